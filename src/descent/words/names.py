"""How methods and hyperparameter settings are named, in figures, report and terminal."""

import math
from collections.abc import Container, Iterable, Mapping

from descent.core.methods import METHODS
from descent.core.parameters import PARAMETERS
from descent.words.numbers import number


def method_title(name: str) -> str:
    """Return a method's name as prose has it: gradient descent, RMSProp."""
    return METHODS[name].title if name in METHODS else name.replace("_", " ")


def methods_in_order(names: Iterable[str]) -> list[str]:
    """Return different methods in the order of their records, then the others."""
    known = list(METHODS)
    return sorted(set(names), key=lambda name: ([*known, name].index(name), name))


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
