"""How numbers, shares, times, sizes and lists are written, in figures, report and terminal."""

import math
from collections.abc import Callable, Iterable, Sequence

MISSING = "–"
INFINITE = "∞"
RATIO_DIGITS = range(2, 7)  # with which ratios are written
ROUNDED_OFF = 0.03  # of a ratio's distance from 1, at most
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with so many significant digits: 0.001, 12 345, 1.23 × 10⁻⁷.

    Parameters
    ----------
    value : float or None
        The number; integers below ten million are written in full, None and NaN as a dash.
    digits : int
        Significant digits.

    Returns
    -------
    str
        The number, without a space at which a line could break.
    """
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return INFINITE if value > 0 else f"−{INFINITE}"
    if float(value).is_integer() and abs(value) < 1e7:
        return _grouped(int(value))
    if value and not 1e-3 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        factor = f"{float(mantissa):g}\u00a0×\u00a0" if float(mantissa) != 1.0 else ""
        return f"{factor}{power_of_ten(int(exponent))}".replace("-", "−")
    if round(abs(value)) >= 10**digits:
        return _grouped(round(value))
    return f"{value:.{digits}g}".replace("-", "−")


def power_of_ten(exponent: int) -> str:
    """Write a power of ten: 10⁻⁴."""
    return f"10{str(exponent).translate(SUPERSCRIPTS)}"


def subscript(index: int) -> str:
    """Write a number as an index: ₁₂."""
    return str(index).translate(SUBSCRIPTS)


def share(value: float | None, decimals: int = 0) -> str:
    """Write a share as a percentage; one that is not quite 0 or 100 % is not rounded to it."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{_percentage(value, decimals)}\u00a0%"


def points(difference: float) -> str:
    """Write a difference of shares in percentage points."""
    if math.isnan(difference):
        return MISSING
    sign = "−" if difference < 0.0 else ""
    return f"{sign}{_percentage(abs(difference))}"


def ratios(*values: float) -> list[str]:
    """Write ratios with two digits, or as many more as tell them from each other and from 1.

    Rounding takes little of their distance from 1: an interval that lies below 1, or within some
    per cent of it, is not written as if it did not.
    """
    finite = [value for value in values if math.isfinite(value)]
    for digits in RATIO_DIGITS:
        texts = [number(value, digits) for value in values]
        errors = [abs(float(f"{value:.{digits}g}") - value) for value in finite]
        is_close = all(
            error <= ROUNDED_OFF * abs(value - 1.0)
            for error, value in zip(errors, finite, strict=True)
        )
        if is_close and len({*texts}) == len({*values}):
            break
    return texts


def span(values: Iterable[float], write: Callable[[float], str] = number) -> str:
    """Write from where to where values go, 40 to 200; one of them where they are alike."""
    values = list(values)
    low, high = write(min(values)), write(max(values))
    return low if low == high else f"{low} to {high}"


def counted(count: float, noun: str, plural: str = "", digits: int = 3) -> str:
    """Write a number with its noun: 1 run, 2 runs; digits as of `number`."""
    return f"{number(count, digits)} {noun if count == 1 else plural or f'{noun}s'}"


def duration(seconds: float) -> str:
    """Write a time: 0.3 s, 42 s, 3 min 5 s, 2 h 10 min, 4 days 3 h."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{_grouped(hours // 24)} days {hours % 24} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def size(count: float) -> str:
    """Write a number of bytes in a unit that suits it: 120 bytes, 35 MiB, 1.5 GiB."""
    units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
    power = next((k for k in range(4) if count < 1000 * 1024**k), 4)
    return f"{count / 1024**power:,.{int(power > 2)}f} {units[power]}".replace(",", "\u202f")


def joined(items: Sequence[str], most: int | None = None) -> str:
    """Join items as prose does, a, b and c; beyond so many, say how many more there are."""
    items = list(items)
    if most is not None and len(items) > most + 1:
        items = [*items[:most], f"{number(len(items) - most)} more"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def capital(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]


def _grouped(value: int) -> str:
    return f"{value:,}".replace("-", "−").replace(",", "\u202f")


def _percentage(value: float, decimals: int = 0) -> str:
    percent = 100.0 * value
    if 0.0 < percent < 0.00095:
        return "<\u00a00.001"
    if 0.0 < percent < 0.1:
        return f"{percent:.1g}"
    if 0.1 <= percent < 10.0 or 99.0 < percent < 100.0:
        return f"{min(percent, 99.9):.1f}"
    return f"{percent:.{decimals if percent < 100.0 else 0}f}"
