"""What a study will need: counted by hand."""

import pytest

from descent.config.reading import overlay, validate
from descent.core.methods import METHODS
from descent.run.estimates import (
    Estimate,
    described,
    estimate_lines,
    estimated_needs,
)
from descent.run.preflight import NotReadyError, require_memory
from descent.study.grids import hyperparameter_settings

GIB = 2**30
SWEEP = ("sweep_chunk", "rosenbrock")
# Two methods with 3 rates: 3 settings of one, 6 of the other, from 5 starts, up to 70 iterations.
GRID = {
    "methods": ["gradient_descent", "momentum"],
    "learning_rate": {"low": 1e-3, "high": 1e-1, "count": 3},
    "momentum": [0, 0.9],
    "iterations": 70,
}


@pytest.fixture
def estimated(shipped):
    """Return a function that estimates the shipped study under some changes."""

    def of(changes):
        study = validate(overlay(shipped, changes)).model_dump()
        return estimated_needs(study)

    return of


EVERY = ["sweep_chunk", "compare", "evaluate"]


def test_each_rule_with_much_to_do_is_estimated_for_each_problem(estimated):
    assert list(estimated({})) == [
        ("descend_rosenbrock", ""),
        ("train_network", ""),
        *((rule, "rosenbrock") for rule in [*EVERY, "trace_paths"]),
        *((rule, "network") for rule in [*EVERY, "trace_curves"]),
        *((rule, "network-he") for rule in [*EVERY, "trace_curves"]),
        *((rule, "quadratic") for rule in EVERY),
        *((rule, "rosenbrock-10") for rule in EVERY),
    ]


def test_what_a_study_leaves_out_is_not_estimated(estimated):
    found = estimated({"rosenbrock": None, "network": None})
    assert {problem for _, problem in found} == {"quadratic", "rosenbrock-10"}


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
    counted = {key: (each.runs, each.updates) for key, each in found.items()}
    # From the 3 starts that remain of 5, the longest named run is of 100 iterations; from the seed
    # that remains of 3, of 350.
    assert counted == {
        ("descend_rosenbrock", ""): (6, 600),
        ("train_network", ""): (8, 2 * 4 * 350),
        ("sweep_chunk", "rosenbrock"): (45, 45 * 70),
        ("compare", "rosenbrock"): (45, 0),
        ("evaluate", "rosenbrock"): (3 * (2 + 6), 3 * (2 * 70 + 6 * 100)),
        ("trace_paths", "rosenbrock"): (6, 6 * 70),
        ("sweep_chunk", "network-he"): (27, 27 * 70),
        ("compare", "network-he"): (27, 0),
        ("evaluate", "network-he"): (2 + 2, 2 * 70 + 2 * 350),
        ("trace_curves", "network-he"): (2, 2 * 70),
    }


@pytest.mark.parametrize("methods", [list(METHODS), ["adam", "rmsprop"], ["gradient_descent"]])
def test_settings_are_as_many_as_the_sweep_makes(estimated, shipped, methods):
    grid = {"methods": methods, "starts": {"count": 2}, "beta2": [0.9, 0.99, 0.999]}
    found = estimated({"rosenbrock": {"sweep": grid}})[SWEEP]
    study = validate(overlay(shipped, {"rosenbrock": {"sweep": grid}})).model_dump()
    settings = hyperparameter_settings(study["rosenbrock"]["sweep"])
    assert found.runs == 2 * len(settings["method"])


def test_named_trainings_hold_every_parameter_of_every_iterate(estimated):
    few, many = (
        estimated({"network": {"seeds": {"count": count}}})["train_network", ""].memory
        for count in (1000, 3000)
    )
    # 26 parameters, 351 iterates of a run; 702 rows of both; 10 units for 500 samples.
    assert many - few == 2000 * (351 * 26 * 8 + 702 * 900 + 500 * 10 * 3 * 8)


def test_memory_of_a_sweep_does_not_grow_with_its_runs(estimated):
    def memory(count):
        return estimated({"rosenbrock": {"sweep": {"starts": {"count": count}}}})[SWEEP].memory

    assert memory(10_000) - memory(1000) == 9000 * 2 * 8 * 3  # the starts themselves
    assert memory(10_000) < GIB


def test_a_comparison_holds_five_bytes_of_a_run(estimated):
    few, many = (
        estimated({"rosenbrock": {"sweep": GRID | {"starts": {"count": count}}}})[
            "compare", "rosenbrock"
        ].memory
        for count in (1000, 2000)
    )
    assert many - few == 9 * 1000 * 5


def test_numpy_holds_a_term_of_each_weight_and_sample(estimated):
    wide = {"layers": [2, 100, 100, 3]}
    engines = [
        estimated({"network": wide | {"sweep": {"engine": engine}}})["sweep_chunk", "network"]
        for engine in ("numba", "numpy")
    ]
    compiled, plain = engines
    assert plain.memory > compiled.memory + 256 * 500 * 2 * 100 * 100 * 8 - GIB
    assert plain.shared > 10 * compiled.shared


def test_twice_the_starts_take_twice_the_time_and_twice_the_cores_less(estimated):
    one, two = (
        estimated({"rosenbrock": {"sweep": {"starts": {"count": count}}}})[SWEEP]
        for count in (1000, 2000)
    )
    assert two.seconds() == pytest.approx(2 * one.seconds())
    assert two.disk == 2 * one.disk
    assert one.shared / 4 + one.alone == one.seconds(4) < one.seconds(2) < one.seconds()


def test_chunks_change_nothing(estimated):
    whole = estimated({})
    cut = estimated({"rosenbrock": {"sweep": {"chunks": 7}}, "network": {"sweep": {"chunks": 3}}})
    assert cut[SWEEP].chunks == 7
    assert {key: need._replace(chunks=1) for key, need in cut.items()} == {
        key: need._replace(chunks=1) for key, need in whole.items()
    }


def test_the_shipped_study_fits_a_small_machine(estimated):
    found = estimated({}).values()
    require_memory(found, 2 * GIB)
    assert sum(estimate.seconds(2) for estimate in found) < 60
    assert sum(estimate.disk for estimate in found) < GIB


def test_what_is_too_large_is_told_with_the_keys_that_make_it_so(estimated):
    changes = {"rosenbrock": {"sweep": {"starts": {"count": 100_000}}}}
    with pytest.raises(NotReadyError) as error:
        require_memory(estimated(changes).values(), GIB)
    lines = str(error.value).splitlines()
    assert [line.split(" needs")[0] for line in lines] == [
        "compare rosenbrock", "evaluate rosenbrock"
    ]  # fmt: skip
    keys = "rosenbrock.sweep.learning_rate.count or rosenbrock.sweep.starts.count"
    assert lines[0].endswith(f", but this machine has 1.0 GiB: lower {keys}")
    assert lines[1].endswith(": lower rosenbrock.sweep.starts.count")


DESCRIBED = [
    (
        Estimate("sweep_chunk", 1_024_000, "descent", problem="rosenbrock", memory=130 << 20,
                 updates=3_072_000_000, shared=6.0, alone=0.5, disk=60 << 20),
        "sweep rosenbrock: 1 024 000 descents, at most 3.1 × 10⁹ updates: "
        "about 3.5 s on 2 cores, 130 MiB of memory, 60 MiB of disk",
    ),
    (
        Estimate("train_network", 1, "training", memory=3 * GIB / 2, alone=7300.0),
        "train_network: 1 training: about 2 h 1 min on 2 cores, 1.5 GiB of memory, "
        "0 bytes of disk",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("estimate", "line"), DESCRIBED)
def test_an_estimate_is_told_in_one_line(estimate, line):
    plain = described(estimate, 2).replace("\u202f", " ").replace("\u00a0", " ")
    assert plain == line
    assert "on 1 core, " in described(estimate)


def test_only_long_rules_that_are_to_run_are_told(estimated):
    needs = estimated({})
    everything = estimate_lines(needs, 2)
    assert [line.split(":")[0] for line in everything] == [
        f"{rule} {problem}"
        for problem in ("rosenbrock", "network", "network-he", "quadratic", "rosenbrock-10")
        for rule in ("sweep", "evaluate")
    ]
    jobs = {("sweep_chunk", "quadratic"), ("compare", "network"), ("mixture", "")}
    assert estimate_lines(needs, 2, jobs) == [
        line for line in everything if line.startswith("sweep quadratic:")
    ]
