"""Random configurations are refused in a line, or run and read well; `make soak` runs more of them.

A study that fails here is run again, in a folder to look at, by
`python tests/workflow/random_studies.py --seed 1 --first NUMBER --count 1 FOLDER`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from random_studies import (
    Chance,
    faults_of_study,
    faults_of_table,
    random_configuration,
    write_accepted,
)

from descent.config.study import configuration_schema
from descent.tables.schemas import BAYES


def keys_of(content):
    """Return all keys of nested data."""
    if isinstance(content, list):
        return set().union(*map(keys_of, content))
    if isinstance(content, dict):
        return content.keys() | set().union(*map(keys_of, content.values()))
    return set()


def test_every_key_of_the_schema_is_drawn():
    chance = Chance("keys")
    drawn = keys_of([random_configuration(chance) for _ in range(50)])
    schema = configuration_schema()
    sections = [schema, *schema["$defs"].values()]
    assert drawn >= {key for section in sections for key in section.get("properties", {})}


def test_a_study_has_its_number(tmp_path):
    """Nothing that ran before it changes it."""
    for file in ("a", "b"):
        write_accepted(1, 7, tmp_path / file)
    write_accepted(1, 8, tmp_path / "c")
    texts = [(tmp_path / file).read_text(encoding="utf-8") for file in ("a", "b", "c")]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize("number", range(100, 110))
def test_what_is_refused_is_told_in_a_line(tmp_path, number):
    write_accepted(1, number, tmp_path / "config.yaml")


# Studies of one problem each, which take seconds: Lessard's function and Rosenbrock's in three
# dimensions, both rotated; a network of one layer; Rosenbrock's function in the plane; a rotated
# quadratic with odd numbers and an odd title. The second to the fourth do without the notebook.
@pytest.mark.slow
@pytest.mark.parametrize("number", [114, 95, 208, 150, 207])
def test_an_accepted_study_runs_and_reads_well(tmp_path, number):
    write_accepted(1, number, tmp_path / "config.yaml")
    faults = faults_of_study(tmp_path)
    assert not faults, "\n".join([*faults, (tmp_path / "config.yaml").read_text(encoding="utf-8")])


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ([], "is empty"),
        ([0.5, None], "no value in accuracy"),
        ([np.nan], "NaN in accuracy"),
        ([np.inf], "infinity in accuracy"),
    ],
)
def test_a_table_that_is_not_as_it_should_be_is_noticed(tmp_path, values, fault):
    """The look at tables finds what it looks for."""
    place = tmp_path / BAYES.path
    place.parent.mkdir()
    whole = np.ones(len(values))
    columns = {name: values if name == "accuracy" else whole for name in BAYES.names}
    pq.write_table(pa.table(columns | {"points": whole.astype(int)}), place)
    assert fault in next(faults_of_table(place, tmp_path))
