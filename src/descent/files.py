"""Files that appear under their name only when they are whole."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree


class DamagedFile(ValueError):
    """A file that is not what it should be; the message says how to rebuild it."""


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to, and move what was written into place.

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
    partial = path.with_name(f"{path.name}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
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


def how_to_rebuild(path: str | Path) -> str:
    """Return what to tell a user whose file is damaged."""
    return f"rebuild it with: snakemake --cores all --force {path}"
