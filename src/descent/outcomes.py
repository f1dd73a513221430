"""How a run ends."""

REACHED, BUDGET, DIVERGED, CYCLE = range(4)
NAMES = ("reached", "budget", "diverged", "cycle")
