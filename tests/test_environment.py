"""pip, conda and the package's metadata speak of the same versions."""

import ast
import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from rattler import MatchSpec, VersionSpec
from rattler import Version as CondaVersion

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PLATFORMS = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "x86_64"), ("darwin", "arm64")]

# Where conda's name of a package is not pip's.
CONDA_NAME = {"matplotlib": "matplotlib-base", "snakemake": "snakemake-minimal"}

# What shapes no table and no figure: conda may take any version that pip may, each list having
# some of both sides.
RANGES = {
    "latex2mathml": ["3.76.0", "3.77.0", "3.81.1", "4.0.0"],
    "snakemake": ["8.30.0", "9.26.0", "9.27.0", "9.27.1", "9.40.2", "10.0.0"],
}


def read_lock():
    """Return the lock's entries, each as its requirement and the hashes it admits."""
    joined = (ROOT / "requirements.txt").read_text().replace("\\\n", " ")
    entries = []
    for line in joined.splitlines():
        if line.strip() and not line.lstrip().startswith(("#", "-")):
            requirement, *hashes = re.split(r"\s+--hash=", line.strip())
            entries.append((Requirement(requirement), hashes))
    return entries


LOCK = read_lock()
LOCKED = {canonicalize_name(r.name): next(iter(r.specifier)).version for r, _ in LOCK}


def requirements(texts):
    """Return requirements by their normal names."""
    return {canonicalize_name(r.name): r for r in map(Requirement, texts)}


EXTRAS = PROJECT["project"]["optional-dependencies"]
# What the study imports: the library's dependencies, and those of the extras that bring the rest.
DIRECT = requirements(
    [*PROJECT["project"]["dependencies"], *EXTRAS["engine"], *EXTRAS["workflow"][1:]]
)
ALL = {
    **DIRECT,
    **requirements(EXTRAS["test"]),
    **requirements(PROJECT["dependency-groups"]["build"]),
    **requirements(PROJECT["build-system"]["requires"]),
}


def markers(python, platform):
    """Return the variables of an environment that markers speak of."""
    system, machine = platform
    return {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_machine": machine,
        "platform_system": system.capitalize(),
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }


def is_admitted(spec, number):
    """Say whether a conda spec admits a version."""
    return VersionSpec(spec.version).matches(CondaVersion(number))


# requirements.txt


def test_every_locked_requirement_is_exact_and_hashed():
    for requirement, hashes in LOCK:
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", requirement
        assert not specifier.version.endswith(".*"), requirement
        assert requirement.url is None, requirement
        assert hashes, requirement
        for digest in hashes:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest), (requirement, digest)


def test_one_version_of_a_package_serves_every_python_and_platform():
    names = [canonicalize_name(requirement.name) for requirement, _ in LOCK]
    assert len(names) == len(set(names)), "a package is locked to more than one version"


@pytest.mark.parametrize("name", sorted(ALL))
def test_what_the_project_asks_for_is_locked(name):
    assert ALL[name].specifier.contains(LOCKED[name]), (ALL[name], LOCKED[name])


@pytest.mark.parametrize(("python", "platform"), list(product(PYTHONS, PLATFORMS)))
def test_the_lock_covers_an_environment(python, platform):
    here = markers(python, platform)
    locked = {
        canonicalize_name(r.name) for r, _ in LOCK if r.marker is None or r.marker.evaluate(here)
    }
    asked = {name for name, r in ALL.items() if r.marker is None or r.marker.evaluate(here)}
    assert asked - locked == set()
    assert ("numba" in locked) == (platform != ("darwin", "x86_64"))
    assert "numpy" in locked


def tracked_files():
    """Return the project's files, from git where there is one."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    named = [name for name in listing.stdout.split("\0") if name]
    return named or ["requirements.txt", "pyproject.toml", "environment.yml", "Makefile", ".ci/run"]


PACKAGING = re.compile(
    r"(^|/)([^/]*(requirements|constraints|environment)[^/]*\.(txt|in|ya?ml)"
    r"|pyproject\.toml|Makefile|pip\.conf|uv\.toml|run)$"
)


def test_no_file_says_where_packages_are_fetched_from():
    files = {name for name in tracked_files() if PACKAGING.search(name)}
    assert {"requirements.txt", "pyproject.toml", "environment.yml", "Makefile"} <= files
    for name in files:
        text = (ROOT / name).read_text()
        found = re.findall(r"(?:--|\b)(?:extra-)?index-url|--find-links|[a-z]+://\S+", text)
        assert found == [], name


def test_the_lock_names_no_path_of_a_machine():
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        words = [word for word in line.split() if not word.startswith("--hash=")]
        assert not [w for w in words if w.startswith(("/", "~", "file:", "-")) or "\\U" in w], line


# environment.yml

ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())
PARSED = [MatchSpec(text, strict=True) for text in ENVIRONMENT["dependencies"]]
SPECS = {spec.name.normalized: spec for spec in PARSED}


def test_conda_environment_has_the_expected_form():
    assert set(ENVIRONMENT) == {"name", "channels", "dependencies"}
    assert ENVIRONMENT["name"] == "descent"
    assert ENVIRONMENT["channels"] == ["conda-forge", "nodefaults"]
    assert len(SPECS) == len(PARSED), "a package is named twice"


def test_the_library_needs_numpy_alone_and_the_workflow_has_the_engine():
    assert [Requirement(text).name for text in PROJECT["project"]["dependencies"]] == ["numpy"]
    assert EXTRAS["workflow"][0] == "descent[engine]"


def test_conda_and_pip_name_the_same_direct_dependencies():
    assert set(SPECS) == {"python"} | {CONDA_NAME.get(name, name) for name in DIRECT}


@pytest.mark.parametrize("name", sorted(DIRECT))
def test_conda_admits_the_locked_version(name):
    spec = SPECS[CONDA_NAME.get(name, name)]
    assert is_admitted(spec, LOCKED[name]), (spec, LOCKED[name])


@pytest.mark.parametrize("name", sorted(set(DIRECT) - set(RANGES)))
def test_conda_admits_no_other_version(name):
    spec = SPECS[CONDA_NAME.get(name, name)]
    locked = Version(LOCKED[name])
    assert not is_admitted(spec, f"{locked.major}.{locked.minor}.{locked.micro + 1}"), spec
    assert not is_admitted(spec, f"{locked.major}.{locked.minor + 1}"), spec


@pytest.mark.parametrize("name", sorted(RANGES))
def test_conda_takes_what_pip_takes(name):
    for number in RANGES[name]:
        by_pip = DIRECT[name].specifier.contains(number)
        assert is_admitted(SPECS[CONDA_NAME.get(name, name)], number) == by_pip, number


def test_conda_takes_the_pythons_of_the_lock():
    allowed = SpecifierSet(PROJECT["project"]["requires-python"])
    for number in ["3.10", *PYTHONS, "3.15"]:
        admitted = is_admitted(SPECS["python"], f"{number}.1")
        assert admitted == (number in PYTHONS), number
        assert allowed.contains(f"{number}.1") or not admitted, number


# CITATION.cff, CHANGELOG.md and the package's version


def package_version():
    """Return `__version__` of the package as it is written, without importing it."""
    tree = ast.parse((ROOT / "src" / "descent" / "__init__.py").read_text())
    (value,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and [ast.unparse(t) for t in node.targets] == ["__version__"]
    )
    return ast.literal_eval(value)


def test_version_is_written_in_one_place():
    assert "version" in PROJECT["project"]["dynamic"]
    assert str(Version(package_version())) == package_version()
    try:
        installed = version("descent")
    except PackageNotFoundError:
        pytest.skip("the package is not installed here, only on the path")
    assert installed == package_version()


def test_citation_has_what_the_format_requires():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "abstract"} <= citation.keys()
    assert citation["authors"] == [{"name": "The descent developers"}]
    assert citation["license"] == PROJECT["project"]["license"] == "MIT"
    assert "The descent developers" in (ROOT / "LICENSE").read_text()


def test_citation_and_changelog_are_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    changelog, here = (ROOT / "CHANGELOG.md").read_text(), Version(package_version())
    releases = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", changelog, re.M)
    versions = [Version(number) for number, _ in releases]
    assert versions == sorted(versions, reverse=True)
    assert citation["version"] == package_version()
    assert str(citation["date-released"]) == releases[0][1]
    assert ("## [Unreleased]" in changelog) == here.is_devrelease
    assert here > versions[0] if here.is_devrelease else here == versions[0]
