"""The workflow's own files, and the git commit that they are."""

import os
import subprocess
from pathlib import Path

WORKFLOW_FILES = (
    "Snakefile", "config.yaml", "environment.yml", "requirements.txt", "LICENSE", "CITATION.cff",
    "profiles/default/config.yaml", "src/descent/**/*.py", "src/descent/py.typed",
    "workflow/*.yaml", "workflow/profiles/*/config.yaml", "workflow/report/**/*.jinja",
    "workflow/report/**/*.rst", "workflow/rules/*.smk", "workflow/schemas/*.json",
    "workflow/scripts/*.py",
)  # fmt: skip
"""What is needed to run the workflow again."""
GIT_PLACES = {"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"}


def workflow_files(root: Path) -> list[str]:
    """Return the workflow's own files, the package among them."""
    return sorted({str(path) for pattern in WORKFLOW_FILES for path in root.glob(pattern)})


def commit_of(root: Path) -> str | None:
    """Return the workflow's git commit, marked where its files differ; None outside its own git."""
    git = ["git", "-C", str(root)]
    paths = ["Snakefile", "workflow", "profiles", "src", "config.yaml"]
    commands = [
        [*git, "ls-files", "--error-unmatch", "Snakefile"],  # or the git is another project's
        [*git, "rev-parse", "HEAD"],
        [*git, "status", "--porcelain", "--", *paths],
    ]
    # Within a hook of git, these name another repository.
    own = {name: value for name, value in os.environ.items() if name not in GIT_PLACES}
    try:
        _, head, edits = [
            subprocess.run(command, capture_output=True, check=True, text=True, env=own).stdout
            for command in commands
        ]
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.strip() + (" with edits" if edits else "")


if __name__ == "__main__":  # writes workflow/files.txt
    for path in workflow_files(here := Path.cwd()):
        print(Path(path).relative_to(here).as_posix())
