"""How the report writes numbers, names and lists."""

import math
from collections.abc import Container, Mapping, Sequence

from descent.core.methods import METHODS
from descent.core.parameters import PARAMETERS

MISSING = "–"
INFINITE = "∞"
LEAST_P = 0.001  # a smaller p-value is not told apart
NAMES = {"adagrad": "AdaGrad", "adam": "Adam", "nesterov": "Nesterov", "rmsprop": "RMSProp"}


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with so many significant digits, as print does: 1.23 × 10⁻⁷, not 1.23e-07."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if math.isinf(value):
        return INFINITE if value > 0 else f"−{INFINITE}"
    if float(value).is_integer() and abs(value) < 1e7:
        return _grouped(int(value))
    if value and not 1e-3 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        factor = f"{float(mantissa):g}\u00a0×\u00a0" if float(mantissa) != 1.0 else ""
        return f"{factor}10{raised}".replace("-", "−")
    if round(abs(value)) >= 10**digits:
        return _grouped(round(value))
    return f"{value:.{digits}g}".replace("-", "−")


def bound(value: float, digits: int = 3) -> str:
    """Write an end of an interval, which is infinite where a table has null."""
    return INFINITE if math.isnan(value) else number(value, digits)


def share(value: float | None, decimals: int = 0) -> str:
    """Write a share as a percentage; one that is not quite 0 or 100 % is not rounded to it."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{_percent(value, decimals)}\u00a0%"


def points(difference: float) -> str:
    """Write a difference of shares in percentage points."""
    sign = "−" if difference < 0.0 else ""
    return f"{sign}{_percent(abs(difference))}"


def probability(p: float, bare: bool = False) -> str:
    """Write a p-value as prose has it, p = 0.012, or as a table has it; not to more than 0.001."""
    if p < LEAST_P:
        return f"{'' if bare else 'p '}< {LEAST_P:g}".replace(" ", "\u00a0")
    return f"{'' if bare else 'p = '}{number(p, 2)}".replace(" ", "\u00a0")


def plain(method: str) -> str:
    """Return a method's name as prose has it."""
    return NAMES.get(method, method.replace("_", " "))


def capital(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]


def counted(count: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun: 1 setting, 2 settings."""
    return f"{number(count)} {noun if count == 1 else plural or f'{noun}s'}"


def joined(items: Sequence[str], most: int | None = None) -> str:
    """Join items as prose does, a, b and c; beyond so many, say how many more there are."""
    items = list(items)
    if most is not None and len(items) > most + 1:
        items = [*items[:most], f"{number(len(items) - most)} more"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def setting(row: Mapping, swept: Container[str] = ()) -> str:
    """Write a method's parameters: η = 0.001, μ = 0.9.

    Parameters
    ----------
    row : Mapping
        The method and its parameters; those that are missing, None or NaN are left out.
    swept : container of str
        Parameters to write even at their defaults.

    Returns
    -------
    str
        Symbols and values.
    """
    method = METHODS.get(row["method"])
    defaults = method.parameters if method else dict.fromkeys(PARAMETERS)
    given = {name: row.get(name) for name in defaults}
    return ", ".join(
        f"{PARAMETERS[name].symbol}\u00a0=\u00a0{number(value)}"
        for name, value in given.items()
        if value is not None
        and not math.isnan(value)
        and (value != defaults[name] or name in swept)
    )


def _grouped(value: int) -> str:
    return f"{value:,}".replace("-", "−").replace(",", "\u202f")


def _percent(share: float, decimals: int = 0) -> str:
    percent = 100.0 * share
    if 0.0 < percent < 0.00095:
        return "<\u00a00.001"
    if 0.0 < percent < 0.1:
        return f"{percent:.1g}"
    if 0.1 <= percent < 10.0 or 99.0 < percent < 100.0:
        return f"{min(percent, 99.9) if percent < 100.0 else percent:.1f}"
    return f"{percent:.{decimals if percent < 100.0 else 0}f}"
