"""Where a table comes from: what a file says of it, held against what its reader knows."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from descent import __version__
from descent.tables.schemas import Schema


class TableError(ValueError):
    """A file that is not the table it should be; the message says how to rebuild it."""


def provenance_of(schema: Schema, configuration: Mapping) -> dict:
    """Return what a file says of its origin: only what determines its values."""
    return {"version": __version__, "table": schema.path, "configuration": configuration}


def check_provenance(schema: Schema, path: object, facts: Mapping, configuration: Mapping) -> None:
    """Check that a file says it is this table, of this version and this study.

    Parameters
    ----------
    schema : Schema
        What is expected.
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
    if facts.get("table") != schema.path:
        holds = f"is the table {facts['table']}" if "table" in facts else "does not say what it is"
        raise TableError(f"{path} {holds}, and should be {schema.path}")
    if (version := facts.get("version")) != __version__:
        raise TableError(f"{path} was made by version {version} of descent, not {__version__}")
    made_from = facts.get("configuration", {})
    if made_from and not made_from.keys() & configuration.keys():
        raise TableError(
            f"{path} was made from another part of the configuration: {', '.join(made_from)}"
        )
    if wrong := list(disagreements(made_from, json.loads(json.dumps(configuration)))):
        named = [f"{key} = {_short(theirs)}, not {_short(ours)}" for key, theirs, ours in wrong[:3]]
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise TableError(f"{path} was made from another configuration: {', '.join(named)}{more}")


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


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
