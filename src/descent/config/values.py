"""Values that sections of the configuration hold: numbers, text, lists, intervals."""

import functools
import math
import re
from collections.abc import Callable, Iterable, Sized
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from descent.support.quoting import printable, written
from descent.words.numbers import counted

# As JSON has numbers, but for a sign +, and a dot at either end. Other readings differ: 010 is 8 to
# one reader of YAML and 10 to another, 1:30 is 90.
NUMBER = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
# Far beyond any sensible value, and far from overflow or underflow in a square.
LARGEST_NUMBER, SMALLEST_NUMBER = 1e100, 1e-100
TRUTHS = ("true", "True", "TRUE", "false", "False", "FALSE")  # as YAML has them
JSON_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}

# Kinds of a value that may be given in two ways. A space keeps these out of the way of keys.
KINDS = A_POINT, A_DRAW, A_LIST, A_NUMBER = ("a point", "a draw", "a list", "one number")


def either(names: list[str]) -> str:
    """Write `a`, `a or b`, `a, b or c`; `none` of no names."""
    return " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "none"


def _parse_number(value: object) -> float:
    """Accept a number of sane size, also as text: as YAML has ``1e-4`` and ``--config`` all."""
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    if abs(value) > LARGEST_NUMBER or not math.isfinite(value):
        raise ValueError(f"must be a finite number of at most {LARGEST_NUMBER:g} in size")
    if 0 < abs(value) < SMALLEST_NUMBER:
        raise ValueError(f"must be 0 or a number of at least {SMALLEST_NUMBER:g} in size")
    return float(value) + 0.0  # of -0 too this makes 0


def _parse_integer(value: object) -> int:
    """Accept a whole number, also written as ``1e6`` or as text."""
    try:
        number = _parse_number(value)
    except ValueError as error:
        raise ValueError(str(error).replace("number", "whole number")) from None
    if number != int(number):
        raise ValueError("must be a whole number")
    return int(value) if isinstance(value, int) else int(number)


def _parse_truth(value: object) -> bool:
    """Accept true and false, also as text: as ``--config`` has all."""
    if isinstance(value, str) and value in TRUTHS:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _parse_text(value: object) -> str:
    """Accept text only, and say what YAML made of an unquoted ``no`` or ``1``."""
    if not isinstance(value, str):
        raise ValueError("must be text (put it in quotes)")
    return value


def _without_controls(text: str) -> str:
    """Refuse characters that no HTML or XML may hold, and those that act on a terminal."""
    if found := re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text):
        raise ValueError(f"must not hold the control character {printable(found[0])}")
    # Of each plane of Unicode the last two, and 32 more.
    if found := [c for c in text if ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF]:
        raise ValueError(f"must not hold {printable(found[0])}, which Unicode keeps from text")
    return text


def _bounded(kind: type, parse: Callable, json_type: str, **bounds: float) -> Any:
    """Build the type of a number within bounds, with a JSON Schema that takes text as well."""
    schema = {"type": [json_type, "string"], "pattern": f"^{NUMBER.pattern}$"}
    schema |= {JSON_BOUNDS[bound]: limit for bound, limit in bounds.items()}
    return Annotated[kind, BeforeValidator(parse), Field(**bounds), WithJsonSchema(schema)]


real = functools.partial(_bounded, float, _parse_number, "number")
whole = functools.partial(_bounded, int, _parse_integer, "integer")

Real = real()
Positive = real(gt=0)
Coordinate = real(ge=-1e6, le=1e6)  # within it no objective overflows at a start
Iterations = whole(ge=1, le=1_000_000)
Seed = whole(ge=0, le=2**32 - 1)
Truth = Annotated[
    bool,
    BeforeValidator(_parse_truth),
    WithJsonSchema({"enum": [True, False, *TRUTHS]}),
]
Words = Annotated[str, BeforeValidator(_parse_text)]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    BeforeValidator(_parse_text),
    AfterValidator(_without_controls),
]
Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
    BeforeValidator(_parse_text),
]


Entry = TypeVar("Entry")
Vector = Annotated[list[Entry], Field(min_length=1, max_length=1000)]
Matrix = Annotated[list[Vector[Entry]], Field(min_length=1, max_length=1000)]


def _refuse_repeated(values: list) -> list:
    if len(set(values)) < len(values):
        raise ValueError("must not repeat a value")
    return values


def listed(kind: Any, least: int = 1, most: int = 1000) -> Any:
    """Build the type of a list of different values."""
    return Annotated[
        list[kind], Field(min_length=least, max_length=most), AfterValidator(_refuse_repeated)
    ]


def without_faults(value: Any, faults: list[str]) -> Any:
    """Pass a value on, or refuse it; a fault that begins with a place is about that place."""
    if faults:
        raise ValueError("\n".join(faults))
    return value


def row_faults(rows: Iterable[list[float]], lengths: Iterable[int]) -> list[str]:
    """Return what is wrong with rows that have not their length."""
    return [
        f"[{i}] = {written(row)}: {fault}"
        for i, (row, length) in enumerate(zip(rows, lengths, strict=False))
        for fault in count_faults(row, length)
    ]


def count_faults(entries: Sized, count: int, why: str = "") -> list[str]:
    """Return what is wrong with the number of entries."""
    fault = f"must have {counted(count, 'entry', 'entries')}{why}, not {len(entries)}"
    return [fault] if len(entries) != count else []


class Section(BaseModel):
    """A block of the configuration: no key but those described, no change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Interval(Section):
    """An interval from which values are drawn uniformly."""

    low: Coordinate
    """Lower end, included."""
    high: Coordinate
    """Upper end, excluded; above `low`."""

    @field_validator("high")
    @classmethod
    def _check_order(cls, high: float, info: ValidationInfo) -> float:
        if high <= info.data.get("low", -math.inf):
            raise ValueError(f"must be greater than low = {info.data['low']:g}")
        return high


def refuse_known_name(cls: type, name: str, info: ValidationInfo, message: str) -> None:
    """Refuse a name that an earlier entry of the same list has."""
    # `validate` gives an empty context; each list is of a class of its own.
    names = set() if info.context is None else info.context.setdefault(cls, set())
    if name in names:
        raise ValueError(message)
    names.add(name)
