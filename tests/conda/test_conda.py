"""An environment really made from environment.yml, and a rule run in it by `--sdm conda`.

No channel is asked: the packages are those of the present environment, packed anew into a channel
on disk. What the rule imports is packed whole, everything else by its metadata; Python is a link
to the present interpreter. The command `conda` is a stand-in on py-rattler. So this shows that
the file can be solved with the locked versions and that the rules find and use the environment;
it does not show what the packages of conda-forge and Bioconda contain.
"""

import asyncio
import io
import json
import os
import platform
import stat
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler import MatchSpec
from rattler.index import index_fs

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PIP_NAME = {"matplotlib-base": "matplotlib", "snakemake-minimal": "snakemake"}
IMPORTED = ("numpy", "pyarrow")  # by the rule that is run
SITE = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"


def asked() -> list[str]:
    """Return the packages of environment.yml, by conda's names, without Python."""
    names = [MatchSpec(spec, strict=True).name.normalized for spec in ENVIRONMENT["dependencies"]]
    return [name for name in names if name != "python"]


def requirements(name: str) -> list[str]:
    """Return what an installed package needs here."""
    needed = map(Requirement, distribution(name).requires or [])
    return [canonicalize_name(r.name) for r in needed if r.marker is None or r.marker.evaluate()]


def closure(names: list[str]) -> set[str]:
    """Return packages with all that they need, as far as it is installed."""
    found, waiting = set(), [*names]
    while waiting:
        if (name := waiting.pop()) not in found:
            try:
                waiting += requirements(name)
            except PackageNotFoundError:
                continue
            found.add(name)
    return found


def pack(channel: Path, name: str, version: str, depends: list[str], files: dict) -> None:
    """Write a package in conda's format: a zip file of two archives, metadata and content."""
    subject = f"{name}-{version}-0"
    index = {
        "name": name, "version": version, "build": "0", "build_number": 0, "subdir": "noarch",
        "noarch": "generic", "depends": depends, "arch": None, "platform": None,
        "timestamp": 1,
    }  # fmt: skip
    paths = [
        {"_path": place, "path_type": "softlink" if isinstance(source, str) else "hardlink"}
        for place, source in files.items()
    ]
    described = {
        "info/index.json": json.dumps(index).encode(),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}).encode(),
    }
    with zipfile.ZipFile(channel / "noarch" / f"{subject}.conda", "w") as package:
        package.writestr("metadata.json", json.dumps({"conda_pkg_format_version": 2}))
        package.writestr(f"pkg-{subject}.tar.zst", archive(files))
        package.writestr(f"info-{subject}.tar.zst", archive(described))


def archive(files: dict) -> bytes:
    """Return a tar archive, compressed, of bytes, files (paths) and links (strings)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for place, source in files.items():
            if isinstance(source, Path):
                tar.add(source, place, recursive=False)
                continue
            entry = tarfile.TarInfo(place)
            if isinstance(source, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, source
                tar.addfile(entry)
            else:
                entry.size = len(source)
                tar.addfile(entry, io.BytesIO(source))
    return pa.Codec("zstd", 1).compress(buffer.getvalue(), asbytes=True)


def content(name: str) -> dict[str, Path]:
    """Return the files of an installed package, by their places in an environment."""
    installed = distribution(name)
    paths = [path for path in installed.files or [] if ".." not in path.parts]
    if name not in IMPORTED:
        paths = [path for path in paths if path.parts[0].endswith(".dist-info")]
    kept = [path for path in paths if path.suffix != ".pyc" and "tests" not in path.parts]
    return {f"{SITE}/{path}": Path(installed.locate_file(path)) for path in kept}


@pytest.fixture(scope="module")
def conda(tmp_path_factory) -> dict[str, str]:
    """Return the variables of a shell in which `conda` is the stand-in, with its channel."""
    home = tmp_path_factory.mktemp("conda")
    channel = home / "channel"
    (channel / "noarch").mkdir(parents=True)
    conda_name = {pip: name for name, pip in PIP_NAME.items()}
    packages = closure([PIP_NAME.get(name, name) for name in asked()])
    for name in packages:
        needed = [conda_name.get(n, n) for n in requirements(name) if n in packages]
        version = distribution(name).version
        pack(channel, conda_name.get(name, name), version, ["python", *needed], content(name))
    python = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    links = {f"bin/{name}": str(python) for name in ("python", "python3", python.name)}
    settings = f"home = {python.parent}\ninclude-system-site-packages = false\n".encode()
    pack(channel, "python", platform.python_version(), [], {**links, "pyvenv.cfg": settings})
    asyncio.run(index_fs(channel))

    (home / "bin").mkdir()
    command = home / "bin" / "conda"
    stand_in = Path(__file__).with_name("stand_in.py")
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{stand_in}" "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    (home / "bin" / "activate").write_text('PATH="$1/bin:$PATH"; export PATH\n')
    return os.environ | {
        "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
        "CONDA_CHANNEL": str(channel),
        "CONDA_PREFIX_DIR": str(home),
    }


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the stand-in is for Linux")
def test_a_rule_runs_in_the_environment_of_the_file(conda, tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--cores", "1",
         "--directory", str(tmp_path), "--sdm", "conda", "--", "check_forward"],
        env=conda, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "Creating conda environment" in run.stderr
    assert (tmp_path / "results" / "checks" / "forward.parquet").is_file()

    (prefix,) = (path for path in (tmp_path / ".snakemake" / "conda").iterdir() if path.is_dir())
    asks = "import numpy, pyarrow, sys; print(sys.prefix, numpy.__file__, pyarrow.__file__)"
    told = subprocess.run(
        [prefix / "bin" / "python", "-c", asks], capture_output=True, text=True, check=True
    )
    assert [place.startswith(str(prefix)) for place in told.stdout.split()] == [True] * 3
    installed = {path.name for path in (prefix / "conda-meta").glob("*.json")}
    for name in asked():
        version = distribution(PIP_NAME.get(name, name)).version
        assert f"{name}-{version}-0.json" in installed
