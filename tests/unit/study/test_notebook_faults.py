"""The notebook's faults, against hand-worked and known values."""

import numpy as np
import pytest

from descent.core.mixtures import sample_mixture
from descent.study.notebook_faults import examine, momentum_effect
from descent.tables.parquet import write
from descent.tables.schemas import FAULTS


def samples_of(study):
    """Return the samples of a study."""
    mixture = dict(study["mixture"])
    mixture.pop("held_out_samples")
    return sample_mixture(**mixture)


@pytest.fixture(scope="module")
def found(study_of_the_notebook):
    """Return every number of the shipped study's findings by fault, setting and quantity."""
    columns = examine(study_of_the_notebook, *samples_of(study_of_the_notebook))
    assert set(columns) == set(FAULTS.names)
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


@pytest.mark.parametrize("seeds", [1, 2])
def test_a_single_start_has_no_range(study_of_the_notebook, seeds):
    runs = [run | {"iterations": 2} for run in study_of_the_notebook["network"]["runs"]]
    network = study_of_the_notebook["network"] | {"seeds": {"first": 1, "count": seeds}}
    x, labels = samples_of(study_of_the_notebook)
    rows = list(momentum_effect(network | {"runs": runs}, x[::50], labels[::50]))
    told = {quantity for _, quantity, *_ in rows}
    assert "median change of loss by momentum" in told
    assert ("quartile range of loss over starts" in told) is (seeds > 1)


OF_THE_NETWORK = {"summed loss", "gradient order", "notebook's weights", "momentum", "dead starts"}
OF_ROSENBROCK = {"seeds", "window", "diverging starts", "running on"}


@pytest.mark.parametrize(
    ("section", "missing"), [("network", OF_THE_NETWORK), ("rosenbrock", OF_ROSENBROCK)]
)
def test_a_study_without_a_section_has_the_other_faults(
    found, study_of_the_notebook, tmp_path, section, missing
):
    study = study_of_the_notebook | {section: None}
    columns = examine(study, *samples_of(study) if section == "rosenbrock" else ())
    assert set(columns["fault"]) == {fault for fault, *_ in found} - missing
    assert missing <= {fault for fault, *_ in found}
    write(FAULTS, columns, {}, tmp_path / "faults.parquet")
