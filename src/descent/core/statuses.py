"""How a run ends."""

STATUSES = ("reached", "diverged", "cycle", "dead", "stuck", "budget")
"""All final states; of several the first that holds counts. Only networks are dead or stuck."""
REACHED, DIVERGED, CYCLE, DEAD, STUCK, BUDGET = range(len(STATUSES))
"""Their indices in `STATUSES`, which the engines use."""
