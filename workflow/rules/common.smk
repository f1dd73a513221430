"""What every stage uses: its part of the configuration, and the modules its script imports."""

import os
import re
import subprocess

from descent.dependencies import imported_modules

# What does not change a sweep's table, or only what is made of it.
BESIDE = {"sweep": {"chunks", "engine", "targets"}}


wildcard_constraints:
    chunk=r"\d+",
    chunks=r"\d+",


def require_writable(folder):
    """Stop before any job starts where the results cannot be written."""
    nearest = next(path for path in [folder, *folder.absolute().parents] if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise WorkflowError(
            f"{nearest} must be a folder that can be written to, for the files under {folder}/"
        )


def core(name):
    """Return the modules of the core that a script imports, for its rule to track as inputs."""
    script = ROOT / "workflow" / "scripts" / f"{name}.py"
    return [str(module) for module in imported_modules(script, ROOT / "src" / "descent")]


def part(**sections):
    """Return a part of the study: of each section some keys, or all (`...`).

    Of a sweep it leaves out what does not change its table, or only what is made of it.
    """
    wanted = {name: None if keys is ... else set(keys) for name, keys in sections.items()}
    return {
        name: getattr(study, name).model_dump(include=keys, exclude=BESIDE)
        for name, keys in wanted.items()
    }


def captions(stage, *figures):
    """Return the captions of a stage's figures."""
    return [str(ROOT / "workflow" / "report" / f"{stage}_{figure}.rst") for figure in figures]


def chunk_files(folder, chunks):
    """Return the files of a sweep's chunks, in order."""
    return [f"{folder}/chunks/{chunk}-of-{chunks}.parquet" for chunk in range(1, chunks + 1)]


def threads_of(chunks):
    """Share the cores among the chunks of a sweep; where there is no limit, four for each."""
    return max(1, (workflow.resource_settings.cores or 4 * chunks) // chunks)


def commit():
    """Return the workflow's git commit, marked where its files differ from it; None without git."""
    git = ["git", "-C", str(ROOT)]
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, check=True)
        paths = ["Snakefile", "workflow", "src", "config.yaml"]
        edits = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", *paths]).returncode
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.decode().strip() + (" with edits" if edits else "")
