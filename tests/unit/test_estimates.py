"""What a study will need: counted by hand."""

import pytest

from descent.run.estimates import (
    Estimate,
    Need,
    describe,
    estimates,
    too_large,
)
from descent.core.methods import METHODS
from descent.study.sweeps import settings_of
from descent.config.reading import overlay, validate

GIB = 2**30
# Two methods with 3 rates: 3 settings of one, 6 of the other, from 5 starts, up to 70 iterations.
GRID = {
    "methods": ["gradient_descent", "momentum"],
    "learning_rate": {"low": 1e-3, "high": 1e-1, "count": 3},
    "momentum": [0, 0.9],
    "iterations": 70,
}


@pytest.fixture
def estimated(shipped):
    """Return a function that estimates the shipped study under some changes, by rule."""

    def of(changes):
        study = validate(overlay(shipped, changes)).model_dump()
        return {estimate.rule: estimate for estimate in estimates(study)}

    return of


def test_each_rule_with_much_to_do_is_estimated(estimated):
    assert list(estimated({})) == [
        "descend_rosenbrock",
        "sweep_rosenbrock",
        "compare_rosenbrock",
        "judge_rosenbrock",
        "sweep_objective quadratic",
        "compare_objective quadratic",
        "sweep_objective rosenbrock-10",
        "compare_objective rosenbrock-10",
        "train_network",
        "sweep_network",
        "compare_network",
        "judge_network",
    ]
    assert not any("objective" in rule for rule in estimated({"objectives": []}))


def test_runs_and_updates_are_those_counted_by_hand(estimated):
    found = estimated(
        {
            "rosenbrock": {"sweep": GRID | {"starts": {"count": 5}, "tuning": 0.5}},
            "network": {
                "seeds": {"count": 4},
                "sweep": GRID | {"initials": ["he"], "seeds": {"count": 3}},
            },
            "objectives": [],
        }
    )
    counted = {rule: (each.runs, each.updates) for rule, each in found.items()}
    assert counted == {
        "descend_rosenbrock": (6, 600),
        "sweep_rosenbrock": (45, 45 * 70),
        "compare_rosenbrock": (45, 0),
        # Two methods and six named runs, from the 3 starts that remain of 5.
        "judge_rosenbrock": (24, 24 * 70),
        "train_network": (8, 2 * 4 * 350),
        "sweep_network": (27, 27 * 70),
        "compare_network": (27, 0),
        "judge_network": (4, 4 * 70),
    }


@pytest.mark.parametrize("methods", [list(METHODS), ["adam", "rmsprop"], ["gradient_descent"]])
def test_settings_are_as_many_as_the_sweep_makes(estimated, shipped, methods):
    grid = {"methods": methods, "starts": {"count": 1}, "beta2": [0.9, 0.99, 0.999]}
    found = estimated({"rosenbrock": {"sweep": grid}})["sweep_rosenbrock"]
    study = validate(overlay(shipped, {"rosenbrock": {"sweep": grid}})).model_dump()
    assert found.runs == len(settings_of(study["rosenbrock"]["sweep"])["method"])


def test_named_trainings_hold_every_parameter_of_every_iterate(estimated):
    few, many = (
        estimated({"network": {"seeds": {"count": count}}})["train_network"].memory
        for count in (1000, 3000)
    )
    # 26 parameters, 351 iterates of a run; 702 rows of both; 10 units for 500 samples.
    assert many - few == 2000 * (351 * 26 * 8 + 702 * 900 + 500 * 10 * 3 * 8)


def test_memory_of_a_sweep_does_not_grow_with_its_runs(estimated):
    def memory(count):
        return estimated({"rosenbrock": {"sweep": {"starts": {"count": count}}}})[
            "sweep_rosenbrock"
        ].memory

    assert memory(10_000) - memory(1000) == 9000 * 2 * 8 * 3  # the starts themselves
    assert memory(10_000) < GIB


def test_a_comparison_holds_five_bytes_of_a_run(estimated):
    few, many = (
        estimated({"rosenbrock": {"sweep": GRID | {"starts": {"count": count}}}})[
            "compare_rosenbrock"
        ].memory
        for count in (1000, 2000)
    )
    assert many - few == 9 * 1000 * 5


def test_numpy_holds_a_term_of_each_weight_and_sample(estimated):
    wide = {"layers": [2, 100, 100, 3]}
    engines = [
        estimated({"network": wide | {"sweep": {"engine": engine}}})["sweep_network"]
        for engine in ("numba", "numpy")
    ]
    compiled, plain = engines
    assert plain.memory > compiled.memory + 256 * 500 * 2 * 100 * 100 * 8 - GIB
    assert plain.shared > 10 * compiled.shared


def test_twice_the_starts_take_twice_the_time_and_twice_the_cores_less(estimated):
    one, two = (
        estimated({"rosenbrock": {"sweep": {"starts": {"count": count}}}})["sweep_rosenbrock"]
        for count in (1000, 2000)
    )
    assert two.seconds() == pytest.approx(2 * one.seconds())
    assert two.disk == 2 * one.disk
    assert one.shared / 4 + one.alone == one.seconds(4) < one.seconds(2) < one.seconds()


def test_chunks_change_nothing(estimated):
    whole = estimated({})
    cut = estimated({"rosenbrock": {"sweep": {"chunks": 7}}, "network": {"sweep": {"chunks": 3}}})
    assert cut == whole


def test_the_shipped_study_fits_a_small_machine(estimated):
    found = estimated({}).values()
    assert too_large(list(found), 2 * GIB) == []
    assert sum(estimate.seconds(2) for estimate in found) < 60
    assert sum(estimate.disk for estimate in found) < GIB


def test_what_just_fits_is_taken():
    estimate = Estimate("sweep", 1, "descents", 1, 1.0, 0.0, (Need(10), Need(6, ("a.b",))), 0)
    assert too_large([estimate], 16) == []
    assert too_large([estimate], 15) == [
        "sweep needs about 16 bytes of memory, but this machine has 15 bytes: lower a.b"
    ]


DESCRIBED = [
    (
        Estimate("sweep_rosenbrock", 1_024_000, "descents", 3_072_000_000, 6.0, 0.5,
                 (Need(100 << 20), Need(30 << 20)), 60 << 20),
        "sweep_rosenbrock: 1,024,000 descents, at most 3.1e9 updates: about 4 s on 2 cores, "
        "130 MiB of memory, 60 MiB of disk",
    ),
    (
        Estimate("compare", 12, "trainings", 0, 0.0, 0.2, (Need(3 * GIB / 2),), 900),
        "compare: 12 trainings: less than 1 s on 2 cores, 1.5 GiB of memory, 900 bytes of disk",
    ),
    (
        Estimate("train", 1, "trainings", 999_999, 0.0, 7300.0, (Need(1001),), 2000 * GIB),
        "train: 1 trainings, at most 999,999 updates: about 2 h on 2 cores, 1 KiB of memory, "
        "2.0 TiB of disk",
    ),
    (
        Estimate("train", 1, "trainings", 1_000_000, 0.0, 500.0, (Need(0),), 0),
        "train: 1 trainings, at most 1.0e6 updates: about 8 min on 2 cores, 0 bytes of memory, "
        "0 bytes of disk",
    ),
    (
        Estimate("train", 1, "trainings", 0, 864_000.0, 0.0, (Need(0),), 0),
        "train: 1 trainings: about 5 days on 2 cores, 0 bytes of memory, 0 bytes of disk",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("estimate", "line"), DESCRIBED)
def test_an_estimate_is_told_in_one_line(estimate, line):
    assert describe(estimate, 2) == line


def test_a_single_core_is_told_as_one():
    estimate = Estimate("sweep", 9, "descents", 0, 8.0, 1.0, (Need(0),), 0)
    assert "about 9 s on 1 core, " in describe(estimate)
