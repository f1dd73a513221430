"""Objectives: functions to minimise, a file each.

To add one, write a file with a formula and a record of it, as these files have: it is found here,
and configuration, engines, figures and report take it from `OBJECTIVES`.
"""

import importlib
import pkgutil
from collections.abc import Iterator

from descent.core.objective import ObjectiveRecord

LISTED_FIRST = ("rosenbrock", "quadratic", "lessard")  # then the others by name


def _records() -> Iterator[ObjectiveRecord]:
    """Yield the records of all files of this folder."""
    for module in pkgutil.iter_modules(__path__):
        contents = vars(importlib.import_module(f"{__name__}.{module.name}")).values()
        yield from (value for value in contents if isinstance(value, ObjectiveRecord))


def _rank(name: str) -> tuple[int, str]:
    return LISTED_FIRST.index(name) if name in LISTED_FIRST else len(LISTED_FIRST), name


OBJECTIVES = {
    record.name: record for record in sorted(_records(), key=lambda record: _rank(record.name))
}
