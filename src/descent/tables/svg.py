"""Figures on disk: SVG files that say what they are and what they were made from, as tables do.

What they say stands in their `metadata` as JSON, with the checksum of all else.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from descent.support.files import DamagedFile, how_to_rebuild, read_figure
from descent.tables.origin import TableError, check_provenance, provenance_of, read_facts

# The text between tags stays the figure's own: what is data stands in a section of its own.
BEFORE, AFTER = "<metadata><![CDATA[", "]]></metadata>\n"


def signed(svg: str, place: int, name: str, configuration: Mapping) -> str:
    """Put into an SVG, at a place in its text, what it is and what it was made from.

    Parameters
    ----------
    svg : str
        The figure.
    place : int
        Where elements may stand.
    name : str
        The figure's name, that of its file without suffix.
    configuration : Mapping
        The part of the configuration that determines the figure.

    Returns
    -------
    str
        The SVG with its `metadata`.
    """
    facts = provenance_of("figure", name, configuration)
    head, tail = svg[:place], svg[place:]
    facts["sha256"] = _checksum(head.encode(), facts, tail.encode())
    return f"{head}{BEFORE}{_written_facts(facts)}{AFTER}{tail}"


def read_signed(path: str | Path, configuration: Mapping) -> bytes:
    """Read a figure and check that it is what its name says, of this study, and as it was drawn.

    Parameters
    ----------
    path : str or Path
        The file; its name without suffix is the figure's.
    configuration : Mapping
        What the reader knows of the study, as `descent.tables.origin.check_provenance` takes it.

    Returns
    -------
    bytes
        The file's content.

    Raises
    ------
    DamagedFile
        If it is damaged, changed, another figure, or of another study or version.
    """
    content = read_figure(path)
    head, _, rest = content.partition(BEFORE.encode())
    text, _, tail = rest.partition(AFTER.encode())
    facts = read_facts(text)
    try:
        check_provenance("figure", Path(path).stem, path, facts, configuration)
        if facts.pop("sha256", None) != _checksum(head, facts, tail):
            raise TableError(f"{path} was changed after it was drawn")
    except TableError as error:
        raise DamagedFile(f"{error}; {how_to_rebuild(path)}") from None
    return content


def _checksum(head: bytes, facts: Mapping, tail: bytes) -> str:
    return hashlib.sha256(head + _written_facts(facts).encode() + tail).hexdigest()


def _written_facts(facts: Mapping) -> str:
    """Return JSON that cannot end the section in which it stands."""
    return json.dumps(facts, sort_keys=True).replace(">", "\\u003e")
