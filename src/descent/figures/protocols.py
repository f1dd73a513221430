"""Protocols as figures name them: their choices, the levels, and what the headline chose."""

from descent.core.problem import Problem
from descent.words.numbers import number

ROWS_LEFT, ROWS_WIDTH, BETWEEN_ROWS = 1.32, 3.4, 0.1  # inches: a row per level, a gap per choice
TINY = 8.5  # points, of the letters within rows and beside them


def level_name(choice: str, level: str) -> str:
    """Return how a level of a choice is written, from how tables have it."""
    if choice == "all" or (choice, level) == ("trials", "0"):
        return "all"
    return level if choice in ("criterion", "split") else number(float(level))


def headline_levels(problem: Problem) -> dict[str, str]:
    """Return what the headline chose, as tables have it; of both splits it chose none."""
    headline = problem.sweep["headline"]
    return {
        "target": str(float(headline["target"])),
        "hold": str(headline["hold"]),
        "budget": str(problem.sweep["iterations"]),
        "criterion": "charged",
        "trials": str(headline["trials"]),
    }
