"""scikit-learn's MLPClassifier, full batch, from the same initial weights."""

import warnings

import numpy as np
import problems as p
from sklearn.neural_network import MLPClassifier


class Classifier(MLPClassifier):
    """The classifier, started from given weights (its own are random)."""

    def _init_coef(self, fan_in, fan_out, dtype):
        layer = self._given = getattr(self, "_given", -1) + 1
        weights, biases = p.split(p.INITIAL[:, 0])
        return weights[layer].T.copy(), biases[layer].copy()


def train() -> np.ndarray:
    # Its loss is the mean over the samples.
    model = Classifier(
        p.LAYERS[1:-1], solver="sgd", alpha=0.0, batch_size=p.SAMPLES, shuffle=False,
        learning_rate_init=p.NETWORK_RATE * p.SAMPLES, momentum=p.NETWORK_MOMENTUM,
        nesterovs_momentum=False, max_iter=p.EPOCHS, tol=0.0, n_iter_no_change=p.EPOCHS,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(p.INPUTS, p.LABELS)
    return p.join([weight.T for weight in model.coefs_], model.intercepts_)


def cases() -> list[p.Case]:
    return [p.Case("trainings", "scikit-learn", train, 1.0 / p.TRAININGS)]
