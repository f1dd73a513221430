"""Reading a configuration: strictly, in layers, with every mistake told at once."""

import difflib
import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import yaml
from pydantic import ValidationError

from descent.config.study import Configuration, configuration_schema
from descent.config.values import KINDS, NUMBER
from descent.support.quoting import printable, shortened, written

LARGEST_FILE = 1_000_000  # bytes, read in seconds
DEEPEST = 20
MOST_TOLD = 50  # mistakes
OPTIONS, IMPORTING = "--config or --configfile", "the importing workflow"


class ConfigurationError(ValueError):
    """All mistakes of a configuration, one a line."""


class _StrictLoader(yaml.SafeLoader):
    """YAML without what goes wrong silently.

    Keys are texts, each given once. There are no anchors, aliases, merged keys and tags. Of plain
    scalars only true, false, null and numbers as `descent.config.values` has them are not text:
    nothing is made of no, 2024-01-01, 010, 1_000 or 1:30.
    """

    yaml_implicit_resolvers: ClassVar[dict] = {}
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._refuse(event, "anchors and aliases are not allowed: write the value out")
        if getattr(event, "tag", None):
            self._refuse(event, f"tags such as {event.tag} are not allowed: write the value alone")
        if self.depth == DEEPEST:
            self._refuse(event, f"lists and keys must be nested in at most {DEEPEST} levels")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._refuse(key, "a key must be text, not a list or further keys")
            if key.value in seen:
                self._refuse(key, f"key {written(key.value)} is given twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def _refuse(self, part: Any, problem: str) -> NoReturn:
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=part.start_mark)


for _kind, _pattern in {
    "null": "~|null|Null|NULL|",
    "bool": "true|True|TRUE|false|False|FALSE",
    "int": "[+-]?(0|[1-9][0-9]{0,100})",
    "float": NUMBER.pattern,
}.items():
    _StrictLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_kind}", re.compile(f"(?:{_pattern})$"), None
    )


def read_yaml(path: Path) -> dict:
    """Read a configuration file: YAML in UTF-8 that holds one mapping, or nothing.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, is not YAML in UTF-8, repeats a key, uses aliases or tags, or
        is larger than any study.
    """
    try:
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise ConfigurationError(
                f"{path}: has {size:,} bytes, but must have at most {LARGEST_FILE:,}"
            )
        if not path.is_file():  # a pipe would be waited for
            raise ConfigurationError(f"{path}: cannot be read: not a file")
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}") from None
    except ConfigurationError:
        raise
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # an escape beyond Unicode
        raise ConfigurationError(f"{path}: not readable as YAML: {_yaml_fault(error)}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: must hold keys and values, not {written(content)}")
    return content


def _yaml_fault(error: Exception) -> str:
    """Tell on one line what is wrong in a file, and where."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return printable(str(error).split("\n")[0])
    mark = error.problem_mark or error.context_mark
    text = ", ".join(filter(None, [error.context, error.problem]))
    return f"line {mark.line + 1}, column {mark.column + 1}: {printable(text)}"


def read_study(shipped: Path, local: Path | None, given: Mapping) -> Configuration:
    """Read the study: the shipped configuration, overlaid by a local one and by what is given.

    Parameters
    ----------
    shipped : Path
        The configuration that comes with the workflow.
    local : Path or None
        The working directory's own, where there may be one; None where another workflow imports
        this one.
    given : Mapping
        What Snakemake was given by ``--configfile``, ``--config`` or an importing workflow.

    Raises
    ------
    ConfigurationError
        If a file cannot be read, or anything in the whole is wrong.
    """
    own = local is not None and local.exists() and local.resolve() == shipped.resolve()
    layers: dict[str, Any] = {f"in {local}" if own else "as shipped": read_yaml(shipped)}
    if local and not own and (local.exists() or local.is_symlink()):
        layers[f"in {local}"] = read_yaml(local)
    layers[f"given by {IMPORTING if local is None else OPTIONS}"] = given
    # From the top, so that keys given over null are laid over what lies below the null.
    content = functools.reduce(lambda top, base: overlay(base, top), reversed(layers.values()))
    return validate(content, layers)


def overlay(base: Any, top: Any) -> Any:
    """Lay a partial configuration over another: mappings merge key by key, all else replaces."""
    if not (isinstance(base, Mapping) and isinstance(top, Mapping)):
        return top
    return {**base, **{key: overlay(base.get(key), value) for key, value in top.items()}}


def validate(content: Mapping, layers: Mapping[str, Any] | None = None) -> Configuration:
    """Turn plain data into a configuration.

    Parameters
    ----------
    content : Mapping
        Data as read from YAML or given on the command line.
    layers : Mapping of str to Mapping, optional
        What was overlaid to make it, lowest first, by words that tell where it comes from.

    Raises
    ------
    ConfigurationError
        If anything is wrong: one line per mistake, each with key, value and what is allowed.
    """
    mistakes: list[Any] = []
    # Without the unknown keys, rules that compare sections get their turn.
    for extra in ("forbid", "ignore"):
        try:
            study = Configuration.model_validate(content, context={}, extra=extra)
        except ValidationError as error:
            mistakes += error.errors(include_url=False)
    if not mistakes:
        return study
    lines: dict[str, None] = {}
    for mistake in mistakes:
        origin = _origin(mistake, layers or {})
        lines |= dict.fromkeys(f"  {line}{origin}" for line in _describe(mistake))
        if len(lines) > MOST_TOLD:
            break
    count = f"{len(lines)} mistake{'s' if len(lines) > 1 else ''} in the configuration"
    if len(lines) > MOST_TOLD:
        count = f"more than {MOST_TOLD} mistakes in the configuration, of which these are the first"
    raise ConfigurationError("\n".join([count, *[*lines][:MOST_TOLD]]))


def _origin(mistake: Mapping, layers: Mapping[str, Any]) -> str:
    """Tell which layer a value comes from: the last that gives it, or the list that it is in."""
    path = _key_path(mistake["loc"])
    lowest = next(iter(layers), "")
    if mistake["type"] == "missing" and lowest and layers[lowest].get(path[0], ...) is None:
        return f" ({path[0]} is null {lowest})"
    found = [name for name, content in layers.items() if path and _gives(content, path)]
    return f" ({found[-1]})" if found else ""


def _gives(content: Any, path: list) -> bool:
    """Tell whether a layer gives a value, other than by leaving it to those below."""
    for part in path:
        if not isinstance(content, Mapping):
            return True
        if part not in content:
            return False
        content = content[part]
    return True


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
    "string_unicode": "must not hold half a character (a lone surrogate)",
    "value_error": "{error}",
}


def _describe(mistake: Any) -> list[str]:
    """Tell one of pydantic's errors as lines `key = value: what is allowed`."""
    key = _written(_key_path(mistake["loc"]))
    facts = {"msg": mistake["msg"], **mistake.get("ctx", {})}
    text = MESSAGES.get(mistake["type"], "{msg}").format_map(facts)
    if mistake["type"] == "missing":
        return [f"{key}: {text}"]
    if mistake["type"] == "extra_forbidden":
        text += _suggestion(_key_path(mistake["loc"]))
    start = f"{key} = {written(mistake['input'])}: " if key else ""
    # A rule about a part of the value begins with the part's place.
    return [f"{key}{line}" if line[0] in "[." else f"{start}{line}" for line in text.split("\n")]


def _key_path(location: tuple) -> list:
    """Return where a mistake is, without the words by which pydantic tells kinds of a value."""
    return [part for part in location if part not in (*KINDS, "[key]")]


def _written(path: list) -> str:
    """Write a path as `rosenbrock.runs[0].start.low`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{shortened(part)}" for part in path)
    return text.removeprefix(".")


RENAMED = {
    "target": "headline: {target: ...}",
    "targets": "multiverse: {targets: ...}",
    "tuning": "evaluation, the number of fresh starts: all of the sweep's own are for tuning",
}
"""Keys of sweeps that have another name since 0.2.0."""


def _suggestion(path: list) -> str:
    """Tell what an unknown key is called now, or list those allowed there, the closest first."""
    if path[-2:-1] == ["sweep"] and path[-1] in RENAMED:
        return f"; it is now {RENAMED[path[-1]]}"
    schema = configuration_schema()
    allowed = _known_keys(schema["$defs"], schema, path[:-1])
    wrong = shortened(str(path[-1]))
    if "." in wrong.strip("."):
        outer, inner = wrong.split(".", 1)
        return f"; write nested keys as --config '{outer}={{{inner}: ...}}'"
    close = difflib.get_close_matches(wrong, allowed, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{hint} (allowed here: {', '.join(allowed)})"


def _known_keys(definitions: dict, node: dict, path: list) -> list[str]:
    """Return the keys that a part of the schema allows at a place, in any of its alternatives."""
    if "$ref" in node:
        return _known_keys(definitions, definitions[node["$ref"].rsplit("/", 1)[1]], path)
    if alternatives := node.get("anyOf") or node.get("oneOf"):
        return [key for one in alternatives for key in _known_keys(definitions, one, path)]
    keys = node.get("properties", {})
    if not path:
        return list(keys)
    below = node.get("items") if isinstance(path[0], int) else keys.get(path[0])
    return _known_keys(definitions, below or {}, path[1:])
