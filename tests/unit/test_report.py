"""The report's numbers, summaries and formulas."""

import math
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent import formulas, report


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (498, "498"), (12345, "12\u202f345"), (-3, "−3"), (0.717, "0.717"),
        (1e-5, "10⁻⁵"), (5e-5, "5\u00a0×\u00a010⁻⁵"), (2.44e-14, "2.44\u00a0×\u00a010⁻¹⁴"),
        (-0.00299, "−0.00299"), (547.1089, "547"), (3.8e127, "3.8\u00a0×\u00a010¹²⁷"),
        (None, "–"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_print_does(value, text):
    assert report.number(value) == text


@given(st.floats(-1e15, 1e15))
def test_a_written_number_is_the_number_to_its_digits(value):
    text = report.number(value, 6).translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789"))
    text = text.replace("\u202f", "").replace("\u00a0×\u00a010", "e")
    text = text.replace("10-", "1e-") if text.lstrip("-").startswith("10-") else text
    if not text.lstrip("-").startswith("10"):  # 10⁷ without a factor is not a Python number
        assert float(text) == pytest.approx(value, rel=2e-3, abs=1e-300)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1.0, "100"), (0.0225, "2.2"), (0.53, "53"), (0.99999, "99.9"), (1e-5, "0.001")],
)
def test_shares_are_not_rounded_to_none_or_all(value, text):
    assert report.share(value) == f"{text}\u00a0%"


def test_groups_keep_the_order_of_first_occurrence():
    table = {"run": np.array(["b", "a", "b"]), "x": np.array([1, 2, 3])}
    found = report.groups(table, "run")
    assert [group["x"].tolist() for group in found] == [[1, 3], [2]]


def test_the_best_setting_has_the_least_expected_running_time():
    """By hand: (10 + 90) / 1 = 100 against (60 + 60) / 2 = 60; the second method never reaches."""
    table = {
        "method": np.array(["a"] * 4 + ["b"] * 2),
        "learning_rate": np.array([1.0, 1.0, 2.0, 2.0, 1.0, 1.0]),
        "momentum": np.zeros(6),
        "start": np.array([0, 1, 0, 1, 0, 1]),
        "status": np.array(["reached", "budget", "reached", "reached", "budget", "diverged"]),
        "iterations": np.array([10, 90, 60, 60, 90, 5]),
    }
    found = report.best_settings(table, "start")
    first, second = found["best"]
    assert (first["learning_rate"], first["expected"], first["reached"]) == (2.0, 60.0, 2)
    assert (second["reached"], second["expected"], second["median"]) == (0, math.inf, None)
    assert found["settings"] == {"a": 2, "b": 1}
    assert report.outcome_counts(table)["b"] == {"reached": 0, "budget": 1, "diverged": 1}


@pytest.mark.parametrize("layers", [(2, 3), (2, 3, 2, 3), (4, 5, 6, 7, 8), (2, 3, 4, 5, 6, 7)])
def test_every_formula_becomes_mathml(layers):
    texts = [
        *formulas.network_formula(layers), *formulas.ROSENBROCK.values(),
        *formulas.METHODS.values(), *formulas.BACKPROPAGATION.values(),
    ]  # fmt: skip
    for text in texts:
        tree = ElementTree.fromstring(str(report.math_markup(text)))
        assert tree.tag.endswith("math")
        assert "\\" not in "".join(tree.itertext())
