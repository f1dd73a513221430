"""Files that appear under their name only when they are whole."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4
from xml.etree import ElementTree

from descent.support.quoting import printable, written

LARGEST_READ = 500_000_000  # bytes, of a file that is read whole
DEEPEST_JSON = 100  # levels, so that no reader of what was read runs out of stack


class DamagedFile(ValueError):
    """A file that is not what it should be; the message says how to rebuild it."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))  # it quotes what the file says


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
    for partial in Path(folder).rglob(f"*.{'[0-9a-f]' * 8}{PARTIAL}"):  # a user's own file stays
        if partial.is_file():
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
        content = _content_of(path)
        root = ElementTree.fromstring(content)
    except (OSError, ValueError, LookupError, ElementTree.ParseError) as error:
        raise DamagedFile(f"{path} is damaged ({error}); {how_to_rebuild(path)}") from None
    if root.tag.rpartition("}")[2] != "svg":
        raise DamagedFile(f"{path} is no SVG figure; {how_to_rebuild(path)}")
    return content


def read_json(path: str | Path) -> Any:
    """Read a JSON file strictly.

    Raises
    ------
    DamagedFile
        If it cannot be read, or is not what `strict_json` takes.
    """
    try:
        return strict_json(_content_of(path))
    except (OSError, ValueError) as error:
        raise DamagedFile(f"{path} is damaged ({error}); {how_to_rebuild(path)}") from None


def strict_json(content: bytes) -> Any:
    """Return what JSON in UTF-8 holds.

    Raises
    ------
    ValueError
        If it is none, repeats a key, holds NaN, infinity or half a character (a lone surrogate),
        or is nested without end.
    """
    try:
        found = json.loads(
            content.decode(), object_pairs_hook=_unrepeated, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise ValueError("nested without end") from None
    level = [found]
    for _ in range(DEEPEST_JSON):
        level = [part for one in level for part in _parts_of(one)]
        if not level:
            json.dumps(found, ensure_ascii=False).encode()  # refuses half a character, as escaped
            return found
    raise ValueError(f"nested in more than {DEEPEST_JSON} levels")


def _parts_of(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"key {written(repeated)} is given twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _content_of(path: str | Path) -> bytes:
    """Read a file that is one: a pipe would be waited for, and a device need not end."""
    path = Path(path)
    if path.exists() and not path.is_file():
        raise OSError("not a file")
    if (count := path.stat().st_size) > LARGEST_READ:
        raise OSError(f"{count:,} bytes, too many to be read")
    return path.read_bytes()


def place_of(path: str | Path, folder: str | Path) -> str:
    """Return a file's place under the folder of the results; its path if it lies elsewhere."""
    path = Path(path)
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def how_to_rebuild(path: str | Path) -> str:
    """Return what to tell a user whose file is damaged."""
    return f"rebuild it with: snakemake --cores all --force {path}"
