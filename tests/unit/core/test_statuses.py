"""How runs end: the names, in the order in which the first that holds counts."""

from descent.core.statuses import BUDGET, CYCLE, DEAD, DIVERGED, REACHED, STATUSES, STUCK


def test_every_status_has_its_index():
    assert STATUSES == ("reached", "diverged", "cycle", "dead", "stuck", "budget")
    named = {"reached": REACHED, "diverged": DIVERGED, "cycle": CYCLE}
    named |= {"dead": DEAD, "stuck": STUCK, "budget": BUDGET}
    assert named == {name: i for i, name in enumerate(STATUSES)}
