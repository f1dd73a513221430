"""An edit runs again exactly what depends on it: a table of edits, and of the jobs of each.

Snakemake plans by files, times, checksums and parameters, not by what is in the results: the
jobs of the finished study only leave their files, so that every edit of the whole project can be
tried in seconds.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from conftest import copy_project

pytestmark = pytest.mark.slow

# A job that imports this leaves its files, and is done.
EMPTY_JOB = """
import os
from pathlib import Path
from __main__ import snakemake

for file in snakemake.output:
    Path(file).write_text(snakemake.rule)
os._exit(0)
"""
# A job as a dry run tells it.
JOB = re.compile(
    r"^(?:local)?rule (\w+):\n(?:    (?!wildcards).*\n)*(?:    wildcards: problem=([^,\n]+))?", re.M
)
# The beginning of a docstring, to which something is added.
COMMENTED = re.compile(r"""^( *\""")""", re.MULTILINE)

ROSENBROCK, QUADRATIC, ROTATED = "rosenbrock", "quadratic", "quadratic-rotated"
NETWORKS = ("network", "network-he")
PROBLEMS = (ROSENBROCK, *NETWORKS, QUADRATIC, ROTATED, "rosenbrock-10")
END = "manifest report"
ANSWERS = f"plot_forest {END}"
NAMED_DESCENTS = "descend_rosenbrock plot_descents"
NAMED_TRAININGS = "train_network plot_training plot_regions"
GRADIENTS = "check_gradients plot_gradients"
THEORY = "check_theory plot_theory"
PLOTS = (
    "draw_network plot_mixture plot_rosenbrock plot_descents plot_gradients plot_training "
    "plot_regions plot_theory"
)
DRAWN_FROM_TABLES = {*PLOTS.split()} - {"draw_network", "plot_rosenbrock"}
COMPUTED = (
    f"mixture bayes check_forward {NAMED_DESCENTS} {NAMED_TRAININGS} {GRADIENTS} {THEORY} "
    "examine_notebook"
)


def of(rules: str, problems: Iterable[str]) -> str:
    """Return the jobs of rules for problems."""
    return " ".join(f"{rule}:{problem}" for rule in rules.split() for problem in problems)


def varied(*problems: str) -> str:
    """Return the jobs that know all protocols."""
    return f"{of('vary_protocols plot_problem', problems)} {ANSWERS}"


def drawn(*problems: str) -> str:
    """Return the jobs that draw problems."""
    planes, networks = {ROSENBROCK} & {*problems}, {*NETWORKS} & {*problems}
    return (
        f"{of('plot_problem', problems)} {of('plot_paths', planes)} "
        f"{of('plot_curves', networks)} {ANSWERS}"
    )


def compared(*problems: str) -> str:
    """Return the jobs that compare methods, and those after them."""
    planes, networks = {ROSENBROCK} & {*problems}, {*NETWORKS} & {*problems}
    return (
        f"{of('compare', problems)} {of('trace_paths', planes)} {of('trace_curves', networks)} "
        f"{drawn(*problems)}"
    )


def evaluated(*problems: str) -> str:
    """Return the jobs from the evaluation on."""
    return f"{of('evaluate', problems)} {compared(*problems)}"


def selected(*problems: str) -> str:
    """Return the jobs from the selection on, which knows named runs."""
    return f"{of('select_settings', problems)} {evaluated(*problems)}"


def swept(*problems: str) -> str:
    """Return the jobs on the whole way of problems."""
    return f"{of('sweep_chunk sweep', problems)} {varied(*problems)} {selected(*problems)}"


EVERYTHING = f"{COMPUTED} {PLOTS} {swept(*PROBLEMS)}"

# A text in config.yaml, what it is changed to, and the rules that must run again, each with its
# problem.
VALUES = {
    "report.title": ("  title: First", "  title: Last", END),
    "report.notebook": ("  notebook: true", "  notebook: false", END),
    "question.margin": (
        "margin: 0.1",
        "margin: 0.2",
        f"{of('vary_protocols', PROBLEMS)} {compared(*PROBLEMS)}",
    ),
    "rosenbrock.b": (
        "  b: 100",
        "  b: 99",
        f"{NAMED_DESCENTS} plot_rosenbrock {THEORY} examine_notebook {swept(ROSENBROCK)}",
    ),
    "rosenbrock.runs": (
        "learning_rate: 0.005",
        "learning_rate: 0.006",
        f"{NAMED_DESCENTS} examine_notebook {selected(ROSENBROCK)}",
    ),
    "rosenbrock.sweep.evaluation": (
        "    evaluation: 10000",
        "    evaluation: 9999",
        evaluated(ROSENBROCK),
    ),
    "rosenbrock.sweep.headline.target": ("{target: 1e-3", "{target: 1e-4", swept(ROSENBROCK)),
    "rosenbrock.sweep.headline.trials": (
        "trials: 61}",
        "trials: 60}",
        f"{varied(ROSENBROCK)} {selected(ROSENBROCK)}",
    ),
    # The sweep records its targets and holds; what else the multiverse chooses, it does not know.
    "rosenbrock.sweep.multiverse.holds": ("holds: [1, 10,", "holds: [2, 10,", swept(ROSENBROCK)),
    "rosenbrock.sweep.multiverse.budgets": (
        "holds: [1, 10, 100]\n      criteria",
        "holds: [1, 10, 100]\n      budgets: [200]\n      criteria",
        varied(ROSENBROCK),
    ),
    "rosenbrock.sweep.engine": ("    engine: auto", "    engine: numpy", END),
    # The chunks are other files; the table that is gathered from them has the same bytes.
    "rosenbrock.sweep.chunks": ("    chunks: 1", "    chunks: 2", swept(ROSENBROCK)),
    "objectives": ("iterations: 500", "iterations: 501", swept(QUADRATIC)),
    "objectives.rotation": ("    rotation: 1", "    rotation: 2", swept(ROTATED)),
    "mixture.seed": (
        "  seed: 123",
        "  seed: 124",
        f"mixture plot_mixture {GRADIENTS} {NAMED_TRAININGS} examine_notebook {swept(*NETWORKS)}",
    ),
    "network.gradient_check": ("    tolerance: 1e-6", "    tolerance: 1e-5", f"{GRADIENTS} {END}"),
    # What the other initialisation has is as it was.
    "network.sweep.initials": ("[uniform, he]", "[uniform]", ANSWERS),
}
# A file, a text in it, what that is changed to, and the rules that must run again. Of every module
# the fingerprints have a test: tests/unit/support/test_fingerprints.py.
FILES = {
    "a formula": (
        "src/descent/core/objectives/quadratic_function.py",
        "0.5 * (g[i] * x[i])",
        "0.5 * g[i] * x[i]",
        f"{swept(QUADRATIC, ROTATED)} {THEORY}",
    ),
    "a title of a method": (
        "src/descent/core/methods.py",
        'title="gradient descent"',
        'title="steepest descent"',
        f"{PLOTS} {drawn(*PROBLEMS)}",
    ),
    "a meaning of a column": (
        "src/descent/tables/schemas.py",
        'meaning="',
        'meaning="the ',
        f"{' '.join(DRAWN_FROM_TABLES)} {drawn(*PROBLEMS)}",
    ),
    "a caption": (
        "workflow/report/captions/training.rst",
        "\n",
        "\nMore. ",
        "plot_training manifest report",
    ),
    "a template": ("workflow/report/report.html.jinja", "</main>", "<hr></main>", "report"),
    "a script": (
        "workflow/scripts/evaluate.py",
        "run_further(problem, candidates, ",
        "run_further(problem, candidates=candidates, ",
        evaluated(*PROBLEMS),
    ),
    "what only guards the terminal": ("src/descent/run/recap.py", "longest", "slowest", ""),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory, snakemake) -> Path:
    """Return a copy of the project in which the study is finished."""
    folder = copy_project(tmp_path_factory.mktemp("edited") / "descent")
    (folder / "workflow" / "scripts" / "descent_job.py").write_text(EMPTY_JOB, encoding="utf-8")
    run = snakemake(folder, "--snakefile", str(folder / "Snakefile"))
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture
def planned(project, snakemake) -> Callable[..., set[str]]:
    """Return a function that tells the rules that would run, each with its problem if any."""

    def plan(*arguments: str, told: Iterable[str] = ()) -> set[str]:
        run = snakemake(project, "--snakefile", str(project / "Snakefile"), "-n", *arguments)
        assert run.returncode == 0, run.stderr
        assert [text for text in told if text not in run.stderr] == []
        jobs = JOB.findall(run.stdout)
        return {f"{rule}:{problem}" if problem else rule for rule, problem in jobs} - {"all"}

    return plan


@contextmanager
def edited(path: Path, edit: Callable[[str], str]) -> Iterator[None]:
    """Edit a file, and undo it in the end."""
    before, times = path.read_text(encoding="utf-8"), path.stat()
    path.write_text(edit(before), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("key", VALUES)
def test_a_value_runs_again_what_depends_on_it(project, planned, key):
    old, new, jobs = VALUES[key]
    assert old in (project / "config.yaml").read_text(encoding="utf-8")
    with edited(project / "config.yaml", lambda text: text.replace(old, new, 1)):
        assert planned() == set(jobs.split())


@pytest.mark.parametrize("what", FILES)
def test_a_file_runs_again_what_depends_on_it(project, planned, what):
    file, old, new, jobs = FILES[what]
    assert old in (project / file).read_text(encoding="utf-8")
    with edited(project / file, lambda text: text.replace(old, new, 1)):
        assert planned() == set(jobs.split())


def test_comments_and_docstrings_run_nothing(project, planned):
    """Those of all modules, scripts and rules at once, and files that are touched."""
    files = [*project.glob("src/**/*.py"), *project.glob("workflow/*/*.py")]
    files += [*project.glob("workflow/rules/*.smk"), project / "Snakefile"]
    with ExitStack() as edits:
        for file in files:
            edits.enter_context(edited(file, lambda text: COMMENTED.sub(r"\1Edited. ", text, 1)))
        assert planned() == set()


def test_results_of_another_version_are_told_and_made_anew(project, planned):
    manifest = project / "results" / "manifest.json"
    with edited(manifest, lambda text: '{"descent": "0.0.1"}'):
        shutil.move(project / ".snakemake", project / "remembered")
        try:
            # Results that were copied here: their tables are refused where they are read.
            told = ("is of version 0.0.1 of descent", "add --forceall")
            assert planned("--forceall", told=told) == set(EVERYTHING.split())
        finally:
            shutil.rmtree(project / ".snakemake")
            shutil.move(project / "remembered", project / ".snakemake")
