"""How a run ends."""

STATUSES = ("reached", "diverged", "cycle", "plateau", "budget")
"""All final states; of several the first that holds counts. Only a network has a plateau."""
REACHED, DIVERGED, CYCLE, PLATEAU, BUDGET = range(len(STATUSES))
"""Their indices in `STATUSES`, which the engines use."""
