"""How methods and hyperparameter settings are named."""

import math

from descent.core.methods import METHODS
from descent.words.names import method_title, methods_in_order, setting


def test_a_setting_leaves_out_what_is_not_given_and_defaults():
    row = {"method": "adam", "learning_rate": 0.1, "momentum": 0.0, "decay": math.nan, "beta1": 0.9}
    assert setting(row) == "η\u00a0=\u00a00.1"
    assert setting(row, ["beta1"]) == "η\u00a0=\u00a00.1, β₁\u00a0=\u00a00.9"
    assert setting({"method": "momentum", "learning_rate": 1e-3, "momentum": 0.5}) == (
        "η\u00a0=\u00a00.001, μ\u00a0=\u00a00.5"
    )


def test_methods_have_the_titles_of_their_records():
    assert method_title("gradient_descent") == "gradient descent"
    assert method_title("rmsprop") == "RMSProp"
    assert method_title("my_new_rule") == "my new rule"


def test_methods_come_in_the_order_of_their_records():
    assert methods_in_order(["new", *reversed(METHODS), "adam"]) == [*METHODS, "new"]
