"""The workflow by the address of its repository: as a module of others, and by snakedeploy.

`https://github.com/` is a folder here, in which git finds the repository by its address.
"""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

pytestmark = pytest.mark.slow

ADDRESS = "https://github.com/someone/descent"
STUDY = """
rosenbrock:
  sweep:
    methods: [gradient_descent, momentum]
    learning_rate: {count: 4}
    momentum: [0, 0.9]
    starts: {count: 4}
    evaluation: 4
    iterations: 100
    headline: {target: 1, hold: 3, trials: 2}
    multiverse: {targets: [10], holds: [3], trials: [1]}
objectives: []
network: null
"""
MODULE = """
configfile: "config.yaml"


module optimisers:
    snakefile:
        {address}
    config:
        config


use rule * from optimisers
"""


def run(folder, *command, **variables):
    """Run a command in a folder; return what it wrote."""
    done = subprocess.run(
        [*map(str, command)], cwd=folder, env=os.environ | variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def hosted(tmp_path_factory):
    """Return a folder that stands for the host, with the repository, a branch and a tag."""
    host = tmp_path_factory.mktemp("host")
    repository = host / "someone" / "descent"
    repository.mkdir(parents=True)
    for name in run(ROOT, "git", "ls-files", "-co", "--exclude-standard").splitlines():
        if (ROOT / name).is_file():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            (repository / name).write_bytes((ROOT / name).read_bytes())
    own = ("-c", "user.name=someone", "-c", "user.email=someone@example.org")
    run(repository, "git", "init", "--quiet", "--initial-branch", "main")
    run(repository, "git", "add", "--all")
    run(repository, "git", *own, "commit", "--quiet", "--message", "The workflow")
    run(repository, "git", "tag", "v1")
    (host / "gitconfig").write_text(
        f'[url "file://{host}/"]\n\tinsteadOf = https://github.com/\n', encoding="utf-8"
    )
    return host


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Return a Python with everything that the workflow needs, but without its package."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    packages = sysconfig.get_path("purelib", vars={"base": str(folder)})
    # A folder that is named here is searched, but what it names itself, as the package, is not.
    Path(packages, "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    python = folder / "bin" / "python"
    assert subprocess.run([python, "-P", "-c", "import descent"], capture_output=True).returncode
    return python


@pytest.fixture(scope="module")
def local(snakemake, tmp_path_factory):
    """Return the folder of the study, run from this checkout."""
    folder = tmp_path_factory.mktemp("local")
    (folder / "config.yaml").write_text(STUDY, encoding="utf-8")
    done = snakemake(folder)
    assert done.returncode == 0, done.stderr
    return folder


def study_by_address(folder, host, python, *arguments):
    """Run a study in a folder, as Snakemake does that knows the address alone."""
    variables = {
        "GIT_CONFIG_GLOBAL": str(host / "gitconfig"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PATH": f"{python.parent}:{os.environ['PATH']}",
    }
    command = (python, "-P", "-m", "snakemake", "--cores", "2", "--quiet", "host", *arguments)
    return run(folder, *command, **variables)


def assert_is_the_local_study(folder, local):
    compared = run(
        folder, sys.executable, "-m", "descent", "compare", local / "results", folder / "results"
    )
    assert "same" in compared


@pytest.mark.parametrize(
    "address",
    [
        '"git+file://{host}/someone/descent/Snakefile@main"',
        'github("someone/descent", path="Snakefile", branch="main")',
        'github("someone/descent", path="workflow/Snakefile", tag="v1")',
    ],
)
def test_a_module_by_address_is_all_rules(address, hosted, python, tmp_path):
    (tmp_path / "Snakefile").write_text(MODULE.format(address=address.format(host=hosted)))
    (tmp_path / "config.yaml").write_text("rosenbrock: null\n", encoding="utf-8")
    found = study_by_address(tmp_path, hosted, python, "--list-rules")
    assert {"mixture", "sweep_chunk", "report"} <= set(found.split())
    assert "descend_rosenbrock" not in found.split()


def test_a_study_by_address_is_the_local_one(hosted, local, tmp_path):
    """With the package installed, from a branch."""
    address = f'"git+file://{hosted}/someone/descent/Snakefile@main"'
    (tmp_path / "Snakefile").write_text(MODULE.format(address=address), encoding="utf-8")
    (tmp_path / "config.yaml").write_text(STUDY, encoding="utf-8")
    study_by_address(tmp_path, hosted, Path(sys.executable))
    assert_is_the_local_study(tmp_path, local)


def test_snakedeploy_makes_a_folder_that_runs_the_study(hosted, python, local, tmp_path):
    """Without the package installed, from a tag."""
    folder = tmp_path / "deployed"
    variables = {"GIT_CONFIG_GLOBAL": str(hosted / "gitconfig")}
    deploy = (Path(sys.executable).parent / "snakedeploy", "deploy-workflow", ADDRESS, folder)
    run(tmp_path, *deploy, "--tag", "v1", **variables)
    shipped = (folder / "config" / "config.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(shipped)
    assert "docs/configuration.md" in (folder / "config" / "README.md").read_text(encoding="utf-8")
    plan = study_by_address(folder, hosted, python, "--dry-run")
    assert "report" in plan
    (folder / "config" / "config.yaml").write_text(STUDY, encoding="utf-8")
    study_by_address(folder, hosted, python)
    assert_is_the_local_study(folder, local)


def test_the_list_of_files_is_complete():
    """A hosted workflow's files are brought by this list: who adds one writes it there."""
    named = set((ROOT / "workflow" / "files.txt").read_text(encoding="utf-8").split())
    tracked = run(ROOT, "git", "ls-files", "-co", "--exclude-standard").split()
    needed = ("src/", "workflow/rules/", "workflow/scripts/", "workflow/report/")
    needed += ("workflow/schemas/", "workflow/quick.yaml", "workflow/profiles/")
    missing = {name for name in tracked if name.startswith(needed)} - named
    assert not missing
    assert {name for name in named if not (ROOT / name).is_file()} == set()
