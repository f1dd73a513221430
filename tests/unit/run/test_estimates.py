"""What a study will need: counted by hand."""

import sys

import pytest

from descent.config.reading import overlay, validate
from descent.core.methods import METHODS
from descent.engine.choice import START_UP_SECONDS
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
    "evaluation": 4,
}


@pytest.fixture
def estimated(shipped):
    """Return a function that estimates the shipped study under some changes."""

    def of(changes):
        study = validate(overlay(shipped, changes)).model_dump()
        return estimated_needs(study)

    return of


EVERY = ["sweep_chunk", "select_settings", "vary_protocols", "evaluate", "compare"]
MIB = 2**20

# Adam alone with 5 rates, from 4 starts and 3 fresh ones, up to 1000 iterations. Three targets,
# three holds and three budgets, three criteria, and one or all of five trials.
ADAM = {
    "methods": ["adam"],
    "learning_rate": {"low": 1e-3, "high": 1e-1, "count": 5},
    "momentum": [0],
    "beta1": [0.9],
    "evaluation": 3,
    "iterations": 1000,
    "headline": {"target": 1e-3, "hold": 10, "trials": 1},
    "multiverse": {"targets": [1, 0.1], "holds": [1, 5], "budgets": None, "trials": [0]},
}
GOALS, PROTOCOLS = 9, 9 * 3 * 3 * 2 * 2


def test_each_rule_with_much_to_do_is_estimated_for_each_problem(estimated):
    assert list(estimated({})) == [
        ("descend_rosenbrock", ""),
        ("train_network", ""),
        *((rule, "rosenbrock") for rule in [*EVERY, "trace_paths"]),
        *((rule, "network") for rule in [*EVERY, "trace_curves"]),
        *((rule, "network-he") for rule in [*EVERY, "trace_curves"]),
        *((rule, "quadratic") for rule in EVERY),
        *((rule, "quadratic-rotated") for rule in EVERY),
        *((rule, "rosenbrock-10") for rule in EVERY),
    ]


def test_paths_are_estimated_where_they_are_drawn(estimated):
    sweep = ADAM | {"starts": {"low": -1, "high": 1, "count": 4, "seed": 1}}
    plane = {"objective": "rosenbrock", "dimension": 2, "sweep": sweep}
    both = [plane | {"name": "straight"}, plane | {"name": "turned", "rotation": 1}]
    found = estimated({"rosenbrock": None, "network": None, "objectives": both})
    assert [problem for rule, problem in found if rule == "trace_paths"] == ["straight"]


def test_what_a_study_leaves_out_is_not_estimated(estimated):
    found = estimated({"rosenbrock": None, "network": None})
    assert {problem for _, problem in found} == {"quadratic", "quadratic-rotated", "rosenbrock-10"}


def test_runs_and_updates_are_those_counted_by_hand(estimated):
    found = estimated(
        {
            "rosenbrock": {"sweep": GRID | {"starts": {"count": 5}}},
            "network": {
                "seeds": {"count": 4},
                "sweep": GRID | {"initials": ["he"], "seeds": {"count": 3}},
            },
            "objectives": [],
        }
    )
    counted = {key: (each.runs, each.updates) for key, each in found.items()}
    # Eight candidates of each method, and the named runs twice, from four fresh starts. From them
    # two selected settings of each method are run twice more, nudged and not, and for ten times as
    # long.
    descents, trainings = (2 * 8 + 2 * 6) * 4, (2 * 8 + 2 * 2) * 4
    further = 2 * 2 * 4 * (2 + 10) * 70
    assert counted == {
        ("descend_rosenbrock", ""): (6, 600),
        ("train_network", ""): (8, 2 * 4 * 350),
        ("sweep_chunk", "rosenbrock"): (45, 45 * 70),
        ("select_settings", "rosenbrock"): (45, 0),
        ("vary_protocols", "rosenbrock"): (45, 0),
        ("evaluate", "rosenbrock"): (descents, descents * 70 + further),
        ("compare", "rosenbrock"): (descents, 0),
        ("trace_paths", "rosenbrock"): (6, 6 * 70),
        ("sweep_chunk", "network-he"): (27, 27 * 70),
        ("select_settings", "network-he"): (27, 0),
        ("vary_protocols", "network-he"): (27, 0),
        ("evaluate", "network-he"): (trainings, trainings * 70 + further),
        ("compare", "network-he"): (trainings, 0),
        ("trace_curves", "network-he"): (8, 8 * 70),
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
        estimated({"network": {"seeds": {"first": 9000, "count": count}}})[
            "train_network", ""
        ].memory
        for count in (1000, 3000)
    )
    # 26 parameters, 351 iterates of a run; 702 rows of both; 10 units for 500 samples.
    assert many - few == 2000 * (351 * 26 * 8 + 702 * 900 + 500 * 10 * 3 * 8)


def test_memory_of_a_sweep_does_not_grow_with_its_runs(estimated):
    def memory(count):
        return estimated({"rosenbrock": {"sweep": {"starts": {"count": count}}}})[SWEEP].memory

    assert memory(10_000) - memory(1000) == 9000 * 2 * 8 * 3  # the starts themselves
    assert memory(10_000) < GIB


@pytest.mark.parametrize(
    ("rule", "held"), [("select_settings", 4 * 8), ("vary_protocols", 3 * 8), ("compare", 4 * 8)]
)
def test_what_reads_a_sweep_holds_a_few_columns_of_it(estimated, rule, held):
    few, many = (
        estimated({"rosenbrock": {"sweep": GRID | {"starts": {"count": count}}}})[
            rule, "rosenbrock"
        ].memory
        for count in (1000, 2000)
    )
    assert many - few == 9 * 1000 * held


def test_numpy_holds_a_term_of_each_weight_and_sample(estimated):
    wide = {"layers": [2, 100, 100, 3]}
    engines = [
        estimated({"network": wide | {"sweep": {"engine": engine}}})["sweep_chunk", "network"]
        for engine in ("numba", "numpy")
    ]
    compiled, plain = engines
    assert plain.memory > compiled.memory + 256 * 500 * 2 * 100 * 100 * 8 - GIB
    assert plain.alone > 10 * compiled.shared


def test_twice_the_starts_take_twice_the_time_and_twice_the_cores_less(estimated):
    one, two = (
        estimated({"rosenbrock": {"sweep": {"starts": {"count": count}}}})[SWEEP]
        for count in (1000, 2000)
    )
    assert two.seconds() == pytest.approx(2 * one.seconds() - START_UP_SECONDS)
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
    assert sum(estimate.seconds(2) for estimate in found) < 400  # if no run ended early
    assert sum(estimate.disk for estimate in found) < GIB


def test_what_is_too_large_is_told_with_the_keys_that_make_it_so(estimated):
    changes = {"rosenbrock": {"sweep": {"starts": {"count": 100_000}}}}
    with pytest.raises(NotReadyError) as error:
        require_memory(estimated(changes).values(), GIB)
    lines = str(error.value).splitlines()
    assert [line.split(" needs")[0] for line in lines] == [
        "select_settings rosenbrock", "vary_protocols rosenbrock", "compare rosenbrock",
    ]  # fmt: skip
    sweep = "rosenbrock.sweep.learning_rate.count or rosenbrock.sweep.starts.count"
    told = ", but this machine has 1.0 GiB: lower "
    assert lines[0].endswith(f"{told}{sweep}")
    assert lines[1].endswith(f"{told}rosenbrock.sweep.multiverse or {sweep}")
    assert lines[2].endswith(f"{told}rosenbrock.sweep.evaluation or {sweep}")


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
        for problem in (
            "rosenbrock",
            "network",
            "network-he",
            "quadratic",
            "quadratic-rotated",
            "rosenbrock-10",
        )
        for rule in ("sweep", "evaluate")
    ]
    jobs = {("sweep_chunk", "quadratic"), ("compare", "network"), ("mixture", "")}
    assert estimate_lines(needs, 2, jobs) == [
        line for line in everything if line.startswith("sweep quadratic:")
    ]


# ── Every term, worked out by hand ───────────────────────────────────────────────────────────


@pytest.fixture
def of_valley(estimated):
    """Return a function that estimates a valley of many dimensions alone, swept by Adam."""

    def of(dimension, rule="sweep_chunk", **changes):
        sweep = ADAM | {"starts": {"low": -1, "high": 1, "count": 4, "seed": 1}} | changes
        valley = {"name": "v", "objective": "rosenbrock", "dimension": dimension, "sweep": sweep}
        return estimated({"rosenbrock": None, "network": None, "objectives": [valley]})[rule, "v"]

    return of


@pytest.fixture
def of_network(estimated):
    """Return a function that estimates a network of 2 + 5 + 3 units alone, swept by Adam."""

    def of(rule="sweep_chunk", **changes):
        sweep = ADAM | {"initials": ["he"], "seeds": {"first": 101, "count": 4}} | changes
        runs = [
            {"name": name, "method": "adagrad", "learning_rate": 0.1, "iterations": iterations}
            for name, iterations in (("short", 30), ("long", 2000))
        ]
        network = {"layers": [2, 5, 3], "sweep": sweep, "runs": runs, "seeds": {"count": 7}}
        mixture = {"samples": 100, "held_out_samples": 400}
        changed = {"rosenbrock": None, "objectives": [], "mixture": mixture, "network": network}
        problem = "" if rule == "train_network" else "network-he"
        return estimated(changed)[rule, problem]

    return of


@pytest.mark.parametrize(("engine", "compiler"), [("numpy", 0), ("numba", 180 * MIB)])
def test_memory_and_disk_of_a_sweep_of_a_formula(of_valley, engine, compiler):
    need = of_valley(50, engine=engine)
    assert (need.runs, need.updates) == (20, 20_000)
    # Twenty rows of 1900 bytes with their hitting times, and twelve copies of a point; three of
    # each start; five settings.
    block = 20 * (1900 + GOALS * 40 + 12 * 50 * 8)
    starts, settings = 3 * 4 * 50 * 8, 5 * 300
    assert need.memory == 100 * MIB + compiler + block + starts + settings
    assert need.disk == 20 * 2 * (12 + GOALS)  # twice: in its chunk, and gathered
    assert of_valley(2).disk == 20 * 2 * (32 + GOALS)  # with four columns of coordinates


def test_a_block_of_a_large_sweep_is_all_that_is_held(of_valley):
    # 4 × 10⁹ numbers are worked on at a time: of 50 coordinates and 10 000 iterations 8000 runs.
    few, many = (
        of_valley(
            50, iterations=10_000, starts={"low": -1, "high": 1, "count": count, "seed": 1}
        ).memory
        for count in (2_000, 20_000)
    )
    assert many - few == 18_000 * 3 * 50 * 8


def test_seconds_of_a_sweep_of_a_formula(of_valley):
    # A million numbers, and a thousand iterations, coordinate after coordinate.
    plain, compiled = (of_valley(50, engine=engine) for engine in ("numpy", "numba"))
    written = 20 * (2e-6 + GOALS * 5e-8)
    assert plain.alone == pytest.approx(1e6 * 2e-8 + 1000 * 50 * 1.5e-5 + written)
    assert (plain.shared, plain.compiling) == (0, 0)
    assert compiled.shared == pytest.approx(1e6 * 1e-9)
    assert compiled.alone == pytest.approx(0.6 + written)
    assert compiled.compiling == 2.0
    # Two methods have a kernel each; and each begins a block of its own.
    two = {"methods": ["adam", "rmsprop"], "decay": [0.9]}
    assert of_valley(50, engine="numba", **two).compiling == 4.0
    assert of_valley(50, engine="numpy", **two).alone == pytest.approx(2 * plain.alone)


def test_the_engine_is_the_one_that_the_sweep_will_choose(of_valley):
    slow, quick = of_valley(1000), of_valley(2, iterations=10)
    assert slow.compiling > 0 == quick.compiling
    assert slow == of_valley(1000, engine="numba")
    assert quick == of_valley(2, iterations=10, engine="numpy")


def test_a_large_network_is_compiled_though_its_iterations_are_few(of_network):
    many = {"iterations": 100, "seeds": {"first": 101, "count": 100}}
    assert of_network(**many) == of_network(engine="numba", **many)
    # NumPy holds 500 networks' 100 samples, more than the 64 · 400 that are measured at once.
    plain, compiled = (of_network(engine=engine, **many) for engine in ("numpy", "numba"))
    assert plain.memory - compiled.memory == 500 * 100 * 8 * (2 * 15 + 5 * 10) - 350 * MIB


def test_a_short_evaluation_is_numpys(of_valley):
    need = of_valley(2, "evaluate", iterations=10)
    # From three starts eight candidates, and of two of them nudged and longer runs.
    updates, steps = 8 * 3 * 10 + 2 * 3 * (2 + 10) * 10, 10 * 13 * 2
    by_numpy = updates * 2 * 2e-8 + steps * 1.5e-5
    assert need.alone == pytest.approx(by_numpy + 24 * (2e-6 + GOALS * 5e-8))
    assert need.compiling == 0


def test_without_numba_numpys_time_is_told(of_valley, monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    need = of_valley(1000, iterations=20_000)
    assert need.compiling == 0
    assert need.seconds(8) == need.alone > 300  # twenty thousand thousands of coordinates


def test_memory_and_disk_of_a_sweep_of_a_network(of_network):
    plain, compiled = (of_network(engine=engine) for engine in ("numpy", "numba"))
    # 2 × 5 + 5 × 3 weights and 8 biases; twenty networks are measured at once, of 400 samples
    # that they are tested on, in three numbers a unit.
    own = 20 * (1900 + GOALS * 40 + 12 * 33 * 8) + 3 * 4 * 33 * 8 + 5 * 300
    own += 20 * 400 * 3 * 8 * 10
    assert compiled.memory == 100 * MIB + 350 * MIB + own
    # In NumPy each weight of the widest layer has two numbers a sample, and each unit five.
    assert plain.memory == 100 * MIB + own + 20 * 400 * 8 * (2 * 15 + 5 * 10)
    assert plain.disk == compiled.disk == 20 * 2 * (24 + GOALS)


def test_seconds_of_a_sweep_of_a_network(of_network):
    plain, compiled = (of_network(engine=engine) for engine in ("numpy", "numba"))
    work, measured = 20 * 1000 * 100 * 33, 20 * 500 * 33
    written = 20 * (2e-6 + GOALS * 5e-8)
    assert plain.alone == pytest.approx((work + measured) * 2e-8 + 1000 * 4e-4 + written)
    assert compiled.shared == pytest.approx(work * 4e-10)
    assert compiled.alone == pytest.approx(0.6 + measured * 2.5e-9 + written)
    assert compiled.compiling == 2 * 3.0  # the method's, and the one that measures


@pytest.mark.parametrize("kind", ["formula", "network"])
def test_a_selection_and_the_multiverse(of_valley, of_network, kind):
    """Of the sweep's 20 runs, and of its five settings."""
    need, all_protocols = (
        of_valley(50, rule) if kind == "formula" else of_network(rule)
        for rule in ("select_settings", "vary_protocols")
    )
    assert need.memory == 230 * MIB + 4 * 20 * 8 + 5 * 4000
    assert need.disk == 5 * 100
    assert need.alone == pytest.approx(20 * 3e-7)
    assert all_protocols.memory == 230 * MIB + 3 * 20 * 8 + 5 * 4000
    assert all_protocols.disk == PROTOCOLS * 4
    assert all_protocols.alone == pytest.approx(GOALS * 20 * 1e-7 + PROTOCOLS * 2e-4)


def test_the_multiverse_of_more_methods_takes_as_much_longer(of_valley):
    one, two = (
        of_valley(50, "vary_protocols", methods=methods, decay=[0.9])
        for methods in (["adam"], ["adam", "rmsprop"])
    )
    assert two.alone == pytest.approx(2 * one.alone)
    assert two.disk == 2 * one.disk


def test_an_evaluation(of_valley, of_network):
    formula, network = of_valley(50, "evaluate"), of_network("evaluate")
    # Eight candidates of Adam from three fresh starts; of the network also two named runs, twice.
    # Of two selected settings nudged runs, and runs of ten times the budget.
    further = 2 * 3 * (2 + 10) * 1000
    assert (formula.runs, formula.updates) == (24, 24 * 1000 + further)
    assert (network.runs, network.updates) == (36, 36 * 1000 + further)
    assert (formula.disk, network.disk) == (24 * (6 + GOALS), 36 * (6 + GOALS))
    # The sweep's block of twenty runs is larger than that of three fresh starts.
    row = 1900 + GOALS * 40
    assert formula.memory == 100 * MIB + 180 * MIB + 20 * (12 * 50 * 8 + row)
    activations = 20 * 100 * 3 * 8 * 10
    assert network.memory == 450 * MIB + 20 * (12 * 33 * 8 + row) + activations
    written = 2e-6 + GOALS * 5e-8
    assert formula.shared == pytest.approx((24_000 + further) * 50 * 1e-9)
    assert network.shared == pytest.approx((36_000 + further) * 3300 * 4e-10)
    assert formula.alone == pytest.approx(0.6 + 24 * written)
    assert network.alone == pytest.approx(0.6 + 36 * written)
    # What the sweep has compiled is at hand.
    assert (formula.compiling, network.compiling) == (0.0, 0.0)
    assert of_valley(50, "evaluate", engine="numpy").compiling == 2.0
    assert of_network("evaluate", engine="numpy").compiling == 3.0


@pytest.mark.parametrize(
    ("evaluation", "few", "nudged", "longer"),
    [(3, 3, 3, 3), (300, 250, 64, 300), (10_000, 2_500, 64, 500)],
)
def test_an_evaluation_from_many_starts(of_valley, evaluation, few, nudged, longer):
    """From few starts what is not judged is run; further runs are as many as take some seconds."""
    need = of_valley(2, "evaluate", evaluation=evaluation, iterations=100)
    runs = 2 * evaluation + 6 * few
    assert need.runs == runs
    assert need.updates == runs * 100 + 2 * (2 * nudged + 10 * longer) * 100
    together = max(20, evaluation, 2 * longer)
    assert need.memory == 280 * MIB + together * (12 * 2 * 8 + 1900 + GOALS * 40)


def test_many_fresh_starts_are_held_at_once(of_valley):
    few, many = (of_valley(50, "evaluate", evaluation=count).memory for count in (1000, 3000))
    assert many - few == 2000 * (12 * 50 * 8 + 1900 + GOALS * 40)


def test_a_comparison(of_valley, of_network):
    for need, candidates in ((of_valley(50, "compare"), 8), (of_network("compare"), 12)):
        runs = candidates * 3
        assert need.runs == runs
        held = 4 * 20 * 8 + 40 * runs + 10_000 * 32
        assert need.memory == 230 * MIB + held
        assert need.disk == 1000
        resampled = 2 * 10_000 * 3 * (1e-8 + 2e-10)
        assert need.alone == pytest.approx(runs * 3e-7 + resampled)


def test_what_keeps_every_iterate(of_valley, of_network, estimated):
    paths = of_valley(2, "trace_paths")
    assert (paths.runs, paths.memory, paths.disk) == (3, 100 * MIB + 3000 * 900, 3000 * 28)
    assert of_valley(2, "trace_paths", iterations=100_000).disk == 3 * 10_000 * 28
    assert paths.alone == pytest.approx(3000 * 2e-5)
    curves = of_network("trace_curves")
    assert curves.alone == pytest.approx(3000 * 100 * 33 * 2.9e-9)
    assert (curves.runs, curves.updates, curves.disk) == (3, 3000, 0)
    assert curves.memory == 450 * MIB + 100 * 100 * 3 * 8 * 10
    assert of_network("trace_curves", evaluation=900).runs == 100
    trained = of_network("train_network")
    rows = 7 * (31 + 2001)
    held = 7 * (2001 * 33 * 8 + 100 * 3 * 8 * 10)
    assert trained.memory == 450 * MIB + rows * 900 + held
    assert trained.disk == rows * 10
    assert trained.alone == pytest.approx(7 * 2030 * 100 * 33 * 2.9e-9)
    run = {"name": "a", "method": "adagrad", "learning_rate": 1e-3, "start": [0, 0]}
    runs = [run | {"iterations": 10}, run | {"name": "b", "iterations": 500}]
    descents = estimated({"rosenbrock": {"runs": runs}})["descend_rosenbrock", ""]
    assert (descents.memory, descents.disk) == (100 * MIB + 512 * 900, 512 * 28)
    assert descents.alone == pytest.approx(510 * 2e-5)


def test_work_that_no_threads_share_is_shared_among_chunks():
    need = Estimate("sweep_chunk", 1, "descent", memory=0, shared=12.0, alone=6.0, chunks=3)
    assert [need.seconds(cores) for cores in (1, 2, 4)] == [18.0, 9.0, 5.0]


def test_what_is_not_told_of_a_rule_is_nothing():
    need = Estimate("compare", 1, "descent", memory=0)
    assert (need.seconds(), need.updates, need.disk, need.compiling) == (0, 0, 0, 0)


def test_compiling_is_told_apart():
    need = Estimate("sweep_chunk", 1, "descent", memory=0, alone=1.0, compiling=12.0)
    assert ": about 1.0 s on 2 cores (at first 12 s more), " in described(need, 2).replace(
        "\u202f", " "
    ).replace("\u00a0", " ")
