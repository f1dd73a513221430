"""Where a result comes from: what a file says of it, held against what its reader knows."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from descent import __version__
from descent.support.files import DamagedFile, strict_json
from descent.support.quoting import shortened, written

Kind = Literal["table", "figure"]
MOST_DISAGREEMENTS = 3  # that are told


class TableError(DamagedFile):
    """A file that is not the table it should be; the message says how to rebuild it."""


class TextError(TableError):
    """A table whose text is not UTF-8, so that nobody can say what it holds."""


def provenance_of(kind: Kind, name: str, configuration: Mapping) -> dict:
    """Return what a file says of its origin: only what determines its content."""
    return {"version": __version__, kind: name, "configuration": configuration}


def read_facts(text: bytes) -> dict:
    """Read what a file says of its origin; nothing if that cannot be read."""
    try:
        facts = strict_json(text)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def check_provenance(
    kind: Kind, name: str, path: object, facts: Mapping, configuration: Mapping
) -> None:
    """Check that a file says it is this table or figure, of this version and this study.

    Parameters
    ----------
    kind, name : str
        What is expected: a table by its place under the results, or a figure by its name.
    path : object
        The file, for the message.
    facts : Mapping
        What the file says of itself.
    configuration : Mapping
        What the reader knows of the study: sections with some or all of their keys.

    Raises
    ------
    TableError
        If it says otherwise, or nothing.
    """
    if facts.get(kind) != name:
        holds = (
            f"is the {kind} {_told(facts[kind])}" if kind in facts else "does not say what it is"
        )
        raise TableError(f"{path} {holds}, and should be {name}")
    if (version := facts.get("version")) != __version__:
        raise TableError(
            f"{path} was made by version {_told(version)} of descent, not {__version__}"
        )
    made_from = facts.get("configuration")
    if not isinstance(made_from, dict) or not made_from:
        raise TableError(f"{path} does not say from what configuration it was made")
    if not made_from.keys() & configuration.keys():
        parts = _told(", ".join(made_from))
        raise TableError(f"{path} was made from another part of the configuration: {parts}")
    if wrong := list(disagreements(made_from, as_written(configuration))):
        told = [
            f"{shortened(key)} = {written(theirs)}, not {written(ours)}"
            for key, theirs, ours in wrong[:MOST_DISAGREEMENTS]
        ]
        if len(wrong) > MOST_DISAGREEMENTS:
            told[-1] += f" and {len(wrong) - MOST_DISAGREEMENTS} more"
        raise TableError(f"{path} was made from another configuration: {', '.join(told)}")


def as_written(configuration: Mapping) -> dict:
    """Return a configuration as a file holds it: tuples as lists, and keys as text."""
    return json.loads(json.dumps(configuration))


def disagreements(one: Any, other: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Compare two configurations where both say something.

    Parameters
    ----------
    one, other : Any
        Plain data; of mappings only the keys that both have are compared.
    key : str
        Where in the configuration they stand.

    Yields
    ------
    key, value in one, value in other
        Each difference, by its key as in ``network.runs[0].momentum``.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in one:
            if name in other:
                yield from disagreements(one[name], other[name], f"{key}.{name}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, (mine, yours) in enumerate(zip(one, other, strict=True)):
            yield from disagreements(mine, yours, f"{key}[{i}]")
    elif one != other:
        yield key, one, other


def _told(value: Any) -> str:
    """Write a name or a version that a file gives."""
    return shortened(value) if isinstance(value, str) else written(value)
