"""Files that appear under their name only when they are whole."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree


class DamagedFile(ValueError):
    """A file that is not what it should be; the message says how to rebuild it."""


PARTIAL = ".partial"
"""How the names of files end that are being written."""


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to, and move what was written into place.

    The temporary name is one of its own: a job that outlives its killed run and the job that does
    its work again do not write into one another's file.

    Parameters
    ----------
    path : str or Path
        The file to make or replace.

    Yields
    ------
    Path
        Where to write. If the block fails, nothing is left there and `path` is untouched.
    """
    path = Path(path)
    partial = path.with_name(f"{path.name}.{uuid4().hex[:8]}{PARTIAL}")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())  # or a power cut may leave the name without the content
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def remove_partial(folder: str | Path) -> None:
    """Remove the files below a folder that killed jobs have not written to their end."""
    for partial in Path(folder).rglob(f"*{PARTIAL}"):
        partial.unlink(missing_ok=True)


def replace_text(path: str | Path, text: str) -> None:
    """Write text in UTF-8, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def read_figure(path: str | Path) -> bytes:
    """Read a figure, an SVG file, and check that it is whole.

    Raises
    ------
    DamagedFile
        If it cannot be read, is no well-formed XML, or its outermost element is not `svg`.
    """
    try:
        content = Path(path).read_bytes()
        root = ElementTree.fromstring(content)
    except (OSError, ElementTree.ParseError) as error:
        raise DamagedFile(f"{path} is damaged ({error}); {how_to_rebuild(path)}") from None
    if root.tag.rpartition("}")[2] != "svg":
        raise DamagedFile(f"{path} is no SVG figure; {how_to_rebuild(path)}")
    return content


def read_json(path: str | Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    DamagedFile
        If it cannot be read, or is no JSON.
    """
    try:
        return json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise DamagedFile(f"{path} is damaged ({error}); {how_to_rebuild(path)}") from None


def place_of(path: str | Path, folder: str | Path) -> str:
    """Return a file's place under the folder of the results; its path if it lies elsewhere."""
    path = Path(path)
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def how_to_rebuild(path: str | Path) -> str:
    """Return what to tell a user whose file is damaged."""
    return f"rebuild it with: snakemake --cores all --force {path}"
