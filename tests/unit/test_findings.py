"""Intervals, faults and the manifest, against hand-worked and known values."""

import hashlib

import numpy as np
import pytest
import scipy.stats

from descent.study import notebook_faults as faults
from descent.tables import schemas as tables
from descent.statistics.wilson import proportion_interval
from descent.run.manifest import manifest, run_time
from descent.core.mixtures import sample_mixture


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (3, 10), (10, 10), (6977, 10_000)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_interval_is_wilsons(successes, trials, confidence):
    expected = scipy.stats.binomtest(successes, trials).proportion_ci(confidence, "wilson")
    found = proportion_interval(successes, trials, confidence)
    np.testing.assert_allclose(found, (expected.low, expected.high), atol=1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (-1, 3), (4, 3)])
def test_impossible_counts_are_refused(successes, trials):
    with pytest.raises(ValueError, match="have no proportion"):
        proportion_interval(successes, trials)


@pytest.fixture(scope="module")
def found(study_of_the_notebook):
    """Return every number of the shipped study's findings by fault, setting and quantity."""
    mixture = dict(study_of_the_notebook["mixture"])
    mixture.pop("held_out_samples")
    columns = faults.examine(study_of_the_notebook, *sample_mixture(**mixture))
    assert set(columns) == {column.name for column in tables.FAULTS.columns}
    keys = zip(columns["fault"], columns["setting"], columns["quantity"], strict=True)
    values = zip(columns["value"], columns["outcome"], strict=True)
    return {
        key: outcome if value is None else value
        for key, (value, outcome) in zip(keys, values, strict=True)
    }


@pytest.mark.parametrize(
    ("fault", "setting", "quantity", "expected"),
    [
        ("sample count", "mixture", "samples made", 498),
        ("window", "uniform(-10, 10)", "share of starts shown", 9 / 400),
        ("softmax", "without a shift", "smallest whole logit that overflows", 710),
        ("softmax", "without a shift", "probability at logit 1000", "nan"),
        ("softmax", "with the shift", "probability at logit 1000", "1.0"),
        ("undefined name", "calling y_hat where yhat is defined", "outcome", "NameError"),
        ("truth of a start", "an array as start", "outcome", "ValueError"),
        ("truth of a start", "a list as start, with momentum", "outcome", "AttributeError"),
        ("ragged array", "arrays of several shapes in one", "outcome", "ValueError"),
        ("removed method", "as_matrix", "outcome", "AttributeError"),
        ("written formula", "derivative at the inputs", "outcome", "ValueError"),
        ("missing reshape", "first layer", "wrong probabilities", 3),
        ("running on", "gradient-descent-0.005", "outcome", "cycle"),
        ("running on", "gradient-descent-0.005", "period", 2),
        ("running on", "momentum-0.0005", "outcome", "diverged"),
        ("dead starts", "constant prediction", "loss", pytest.approx(498 * np.log(3))),
    ],
)
def test_what_is_known_of_the_notebook_is_found(found, fault, setting, quantity, expected):
    assert found[fault, setting, quantity] == expected


def test_twice_the_data_is_twice_the_learning_rate(found):
    (difference,) = (value for key, value in found.items() if key[2] == "largest difference"
                     and key[0] == "summed loss")  # fmt: skip
    assert difference < 1e-9


def test_the_gradient_as_written_trains_worse(found):
    losses = {key[1]: value for key, value in found.items() if key[2] == "median final loss"}
    for run in ("gradient-descent-0.00025", "momentum-0.0005"):
        assert losses[f"{run}, as written"] > losses[f"{run}, corrected"] + 100


def test_momentum_moves_the_loss_far_less_than_the_start(found):
    name = "momentum-0.0005"
    change = found["momentum", name, "median change of loss by momentum"]
    assert 0 < change < found["momentum", name, "quartile range of loss over starts"] / 1000


def test_the_manifest_holds_checksums_and_run_times(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    result = tmp_path / "data" / "mixture.parquet"
    result.write_bytes(b"abc")
    for chunk, seconds in (("1", 1.5), ("2", 2.0)):
        times = tmp_path / f"rule-{chunk}.tsv"
        times.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t-\n")
    study = {"mixture": {"means": [[0.0, 0.0, 0.0]]}}
    made = manifest(
        [str(result)], tmp_path, study, None, {"rule": ["rule-*.tsv"], "other": ["none"]}
    )
    exactness = made["exactness"][str(result)]
    assert exactness["class"] == "tolerance"
    assert list(exactness["columns"]) == ["x1", "x2", "x3"]
    assert made["results"] == {str(result): hashlib.sha256(b"abc").hexdigest()}
    assert made["run_times"] == {"rule": {"jobs": 2, "seconds": 3.5, "memory_mib": None}}
    assert run_time([tmp_path / "rule-1.tsv"])["seconds"] == 1.5
