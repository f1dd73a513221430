"""How a run ends."""

REACHED, BUDGET, DIVERGED, CYCLE = range(4)
NAMES = ("reached", "budget", "diverged", "cycle")
OUTCOMES = ("reached", "diverged", "cycle", "plateau", "budget")
"""All that a table may hold, a network's plateau among them; the first that holds counts."""
