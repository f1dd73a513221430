"""This project's compiled engine."""

import numpy as np
import problems as p

from descent.core.networks import network_objective
from descent.core.objectives.rosenbrock_function import rosenbrock_objective
from descent.engine import compiled_engine as compiled
from descent.engine.ladders import ladder_of


def cases() -> list[p.Case]:
    """Return the contests' whole work, as one call each."""
    rosenbrock = rosenbrock_objective().kernel
    network = network_objective(p.INPUTS, p.LABELS, p.LAYERS).kernel
    settings = np.array([p.RATE, p.MOMENTUM])
    rates = np.repeat([[p.NETWORK_RATE], [p.NETWORK_MOMENTUM]], p.TRAININGS, axis=1)
    descents = ("momentum", p.START, np.zeros((1, *p.START.shape)), settings)
    trainings = ("momentum", p.INITIAL, np.zeros((1, *p.INITIAL.shape)), rates)

    def checked() -> np.ndarray:
        ladder = ladder_of(0.0, p.TARGET)
        ends = compiled.run_compiled(rosenbrock, *descents, p.ITERATIONS, ladder, p.THREADS)
        return np.array([ends.status, ends.iterations])

    return [
        p.Case(
            "descents",
            "descent",
            lambda: compiled.advance_compiled(rosenbrock, *descents, p.ITERATIONS, p.THREADS)[0],
        ),
        p.Case("checked descents", "descent", checked),
        p.Case(
            "trainings",
            "descent",
            lambda: compiled.advance_compiled(network, *trainings, p.EPOCHS, p.THREADS)[0],
        ),
    ]
