"""Problems: what each part of the configuration becomes."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from descent.config.problems import part_for, problem_parts
from descent.core.mixtures import sample_mixture
from descent.core.networks import accuracy, cross_entropy
from descent.core.problem import MEASURED_AT_ONCE, problem_of, seeds_of
from descent.core.random_streams import uniform
from descent.core.weight_initialisation import initial_parameters

MEANS, COVARIANCES = [[0, 2], [2, -2], [-2, -2]], [np.eye(2)] * 3
SAMPLES = sample_mixture(30, MEANS, COVARIANCES, seed=5)
FRESH = sample_mixture(22, MEANS, COVARIANCES, seed=6)
LAYERS = [2, 4, 5, 3]  # 55 parameters


@pytest.fixture
def parts(study_of_the_notebook):
    """Return the parts of the shipped study."""
    return problem_parts(study_of_the_notebook)


def network_part(parts, name):
    """Return a network's part of the study, with layers of unequal sizes."""
    return {"problem": parts[name]["problem"] | {"layers": LAYERS}}


def as_they_are(objective):
    """Return an objective, no quicker than it is."""
    return objective


def test_every_problem_says_what_it_is(parts):
    problems = [problem_of(part) for part in parts.values()]
    assert [(one.name, one.kind, one.dimension, one.in_plane) for one in problems] == [
        ("rosenbrock", "formula", 2, True),
        ("network", "network", 26, False),
        ("network-he", "network", 26, False),
        ("quadratic", "formula", 5, False),
        ("quadratic-rotated", "formula", 5, False),
        ("rosenbrock-10", "formula", 10, False),
    ]
    assert [one.start_column for one in problems] == ["start", "seed", "seed", *["start"] * 3]
    assert [one.value_column for one in problems] == ["value", "loss", "loss", *["value"] * 3]
    assert [one.start_word for one in problems] == [one.start_column for one in problems]
    assert len({one.title for one in problems}) == len({one.place for one in problems}) == 6
    assert [len(one.runs) for one in problems] == [6, 2, 2, 0, 0, 0]
    assert [one.is_turned for one in problems] == [False] * 4 + [True, False]


def test_a_formula_in_the_plane_is_one_whatever_its_name(parts):
    part = parts["quadratic"]["problem"] | {"parameters": {"spectrum": [1.0, 9.0]}, "dimension": 2}
    problem = problem_of({"problem": part})
    assert problem.in_plane
    assert problem.largest_eigenvalue == 9.0
    points = problem.tuning.points()
    found = problem.measure(points[[3, 0]], points[:2] / 2, as_they_are)
    assert_array_equal(found["start_x1"], points[[3, 0], 0])
    assert_array_equal(found["start_x2"], points[[3, 0], 1])
    assert_array_equal(found["x1"], points[:2, 0] / 2)
    assert_array_equal(found["x2"], points[:2, 1] / 2)


def test_formulas_start_from_streams_of_their_own(parts):
    for name, purpose in (("rosenbrock", "rosenbrock starts"), ("quadratic", "objective starts")):
        problem, sweep = problem_of(parts[name]), parts[name]["problem"]["sweep"]
        low, high, seed = (sweep["starts"][key] for key in ("low", "high", "seed"))
        for starts, of, count in (
            (problem.tuning, purpose, sweep["starts"]["count"]),
            (problem.evaluation, "evaluation starts", sweep["evaluation"]),
        ):
            drawn = uniform(seed, of, 0, count, problem.dimension)
            assert_array_equal(starts.points(), low + (high - low) * drawn)
            assert_array_equal(starts.names, np.arange(count))
        assert problem.scale == 1.0
        some = problem.tuning.points()[:1]
        assert bool(problem.measure(some, some, as_they_are)) == problem.in_plane


def test_fresh_starts_are_none_of_those_that_select(parts):
    for name, part in parts.items():
        problem = problem_of(part)
        tuning, fresh = (
            {tuple(point) for point in starts.points()}
            for starts in (problem.tuning, problem.evaluation)
        )
        assert len(tuning) == len(problem.tuning.names)
        assert len(fresh) == len(problem.evaluation.names) == part["problem"]["sweep"]["evaluation"]
        assert not tuning & fresh, name


def test_fewer_starts_are_the_first_of_many(parts):
    part = parts["quadratic"]["problem"]
    many, few = (
        problem_of({"problem": part | {"sweep": part["sweep"] | {"evaluation": count}}})
        for count in (90, 40)
    )
    assert_array_equal(few.evaluation.points(), many.evaluation.points()[:40])


def test_a_sweep_needs_no_fresh_starts(parts):
    part = part_for(parts["rosenbrock"], "sweep")
    assert problem_of(part).evaluation.points().shape == (0, 2)


def test_what_is_known_of_the_minimum_is_told(parts):
    assert problem_of(parts["rosenbrock"]).largest_eigenvalue == pytest.approx(1001.6, abs=0.01)
    assert problem_of(parts["quadratic"]).largest_eigenvalue == 100.0
    assert problem_of(parts["network"]).largest_eigenvalue is None


@pytest.mark.parametrize(("name", "initial"), [("network", "uniform"), ("network-he", "he")])
def test_networks_start_from_the_weights_of_their_seeds(parts, name, initial):
    part = network_part(parts, name)
    problem, settings = problem_of(part, SAMPLES, FRESH), part["problem"]
    assert problem.dimension == 55
    sweep = settings["sweep"]
    seeds = seeds_of(sweep["seeds"])
    fresh = range(seeds.stop, seeds.stop + sweep["evaluation"])
    for starts, own in ((problem.tuning, seeds), (problem.evaluation, fresh)):
        drawn = initial_parameters(LAYERS, own, **settings["initial"], initial=initial)
        assert_array_equal(starts.points(), drawn)
        assert_array_equal(starts.names, own)
    expected = problem.tuning.points()
    assert problem.scale == 30.0
    assert_array_equal(
        problem.objective.evaluate(expected[:4].T)[0], cross_entropy(expected[:4], *SAMPLES, LAYERS)
    )


def test_a_network_without_its_samples_has_no_objective(parts):
    problem = problem_of(parts["network"])
    assert (problem.objective, problem.scale) == (None, 1.0)


@pytest.mark.parametrize("count", [2, MEASURED_AT_ONCE, MEASURED_AT_ONCE + 1])
def test_networks_are_measured_on_both_samples(parts, count):
    problem = problem_of(network_part(parts, "network"), SAMPLES, FRESH)
    ends = np.random.default_rng(1).normal(size=(count, 55))
    ends[0] = 1e200  # whose loss overflows
    found = problem.measure(ends, ends, as_they_are)
    assert list(found) == ["accuracy", "test_loss", "test_accuracy"]
    assert np.isnan(found["test_loss"][0])
    whole = ends[1:]
    assert_array_equal(found["accuracy"][1:], accuracy(whole, *SAMPLES, LAYERS))
    assert_array_equal(found["test_accuracy"][1:], accuracy(whole, *FRESH, LAYERS))
    loss = cross_entropy(whole, *FRESH, LAYERS) / len(FRESH[1])
    assert_array_equal(found["test_loss"][1:], loss)


def test_seeds_count_up_from_the_first():
    assert list(seeds_of({"first": 1001, "count": 3})) == [1001, 1002, 1003]
