"""Reading a configuration: strictly, in layers, with every mistake told at once."""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from descent.config import DRAW, KINDS, POINT, Configuration, schema_of


class ConfigurationError(ValueError):
    """All mistakes of a configuration, one a line."""


class _StrictLoader(yaml.SafeLoader):
    """YAML without what goes wrong silently: duplicate keys, anchors and aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.composer.ComposerError(
                None, None, "anchors and aliases are not allowed: write the value out",
                event.start_mark,
            )  # fmt: skip
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} is given twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict:
    """Read a configuration file strictly.

    Parameters
    ----------
    path : Path
        A YAML file in UTF-8 that holds one mapping.

    Returns
    -------
    dict
        Its content; empty for an empty file.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, is not YAML in UTF-8, repeats a key, or uses aliases.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}") from None
    except Exception as error:  # PyYAML lets errors of all kinds through on malformed tags
        raise ConfigurationError(f"{path}: not readable as YAML: {error}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: must hold keys and values, not {_shown(content)}")
    return content


def read_study(shipped: Path, local: Path | None, given: Mapping) -> Configuration:
    """Read the study: the shipped configuration, overlaid by a local one and by what is given.

    Parameters
    ----------
    shipped : Path
        The configuration that comes with the workflow.
    local : Path or None
        The working directory's own, where there is one.
    given : Mapping
        What Snakemake was given by ``--configfile``, ``--config`` or an importing workflow.

    Returns
    -------
    Configuration
        The validated study.

    Raises
    ------
    ConfigurationError
        If a file cannot be read, or anything in the whole is wrong.
    """
    content: Any = read_yaml(shipped)
    is_there = local and (local.exists() or local.is_symlink())
    if local and is_there and local.resolve() != shipped.resolve():
        content = overlay(content, read_yaml(local))
    return validate(overlay(content, given))


def overlay(base: Any, top: Any) -> Any:
    """Lay a partial configuration over another: mappings merge key by key, all else replaces."""
    if not (isinstance(base, Mapping) and isinstance(top, Mapping)):
        return top
    return {**base, **{key: overlay(base.get(key), value) for key, value in top.items()}}


def validate(content: Mapping) -> Configuration:
    """Turn plain data into a configuration.

    Parameters
    ----------
    content : Mapping
        Data as read from YAML or given on the command line.

    Returns
    -------
    Configuration
        The validated configuration, defaults filled in.

    Raises
    ------
    ConfigurationError
        If anything is wrong: one line per mistake, each with key, value and what is allowed.
    """
    try:
        return Configuration.model_validate(content, context={})
    except ValidationError as error:
        mistakes = error.errors()
    # Without the unknown keys, rules that compare sections get their turn.
    unknown = [mistake["loc"] for mistake in mistakes if mistake["type"] == "extra_forbidden"]
    if unknown:
        try:
            Configuration.model_validate(_without(content, unknown), context={})
        except ValidationError as error:
            mistakes += error.errors()
    lines = dict.fromkeys(f"  {line}" for mistake in mistakes for line in _describe(mistake))
    count = f"{len(lines)} mistake{'s' if len(lines) > 1 else ''}"
    raise ConfigurationError(f"{count} in the configuration\n" + "\n".join(lines))


def _without(content: Any, locations: list[tuple]) -> Any:
    """Copy plain data, leaving out the keys at the locations."""
    if not isinstance(content, Mapping | list):
        return content
    items = content.items() if isinstance(content, Mapping) else enumerate(content)
    kept = {
        key: _without(value, [place[1:] for place in locations if place[0] == key])
        for key, value in items
        if (key,) not in locations
    }
    return kept if isinstance(content, Mapping) else list(kept.values())


MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a known key",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "list_type": "must be a list",
    "model_type": "must hold keys and values",
    "dict_type": "must hold keys and values",
    "model_attributes_type": "must hold keys and values",
    "too_short": "must have at least {min_length} entries, not {actual_length}",
    "too_long": "must have at most {max_length} entries, not {actual_length}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must begin with a letter or digit and hold only letters, digits, "
    "dot, dash and underscore, at most 64",
    "value_error": "{error}",
}


def _describe(mistake: Any) -> list[str]:
    """Tell one of pydantic's errors as lines `key = value: what is allowed`."""
    key = _key(mistake["loc"])
    text = MESSAGES.get(mistake["type"], mistake["msg"]).format(**mistake.get("ctx", {}))
    if mistake["type"] == "missing":
        return [f"{key}: {text}"]
    if mistake["type"] == "extra_forbidden":
        text += _suggestion(mistake["loc"])
    start = f"{key} = {_shown(mistake['input'])}: " if key else ""
    # A rule about a part of the value begins with the part's place.
    return [f"{key}{line}" if line[0] in "[." else f"{start}{line}" for line in text.split("\n")]


def _key(location: tuple) -> str:
    """Write a location as `rosenbrock.runs[0].start.low`."""
    parts = (part for part in location if part not in (*KINDS, "[key]"))
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return _printable(text.removeprefix("."))


def _shown(value: object) -> str:
    """Show a value on one short line, as YAML would write it."""
    try:
        text = json.dumps(value, default=str, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):  # keys that are no text; too large; too deep
        text = f"a value of type {type(value).__name__}"
    return _printable(text if len(text) <= 80 else f"{text[:77]}...")


def _printable(text: str) -> str:
    """Write control characters as escapes, so that they cannot break the line or the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _suggestion(location: tuple) -> str:
    """List the keys allowed where an unknown one stands, the closest first."""
    model: Any = Configuration
    schema = schema_of(model)
    node: Any = schema
    for part in location[:-1]:
        node = _child(schema, node, part)
    allowed = list(_resolve(schema, node).get("properties", {}))
    wrong = str(location[-1])
    if "." in wrong:
        outer, inner = wrong.split(".", 1)
        return f"; write nested keys as --config '{outer}={{{inner}: ...}}'"
    close = difflib.get_close_matches(wrong, allowed, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{hint} (allowed here: {', '.join(allowed)})"


def _resolve(schema: dict, node: dict) -> dict:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node


def _child(schema: dict, node: dict, part: str | int) -> dict:
    node = _resolve(schema, node)
    if isinstance(part, int):
        return node.get("items", {})
    if part in (POINT, DRAW):
        return next(option for option in node["oneOf"] if ("$ref" in option) == (part == DRAW))
    return node.get("properties", {}).get(part, {})
