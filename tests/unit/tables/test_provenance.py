"""Tables that lie: of another study, version, table or part."""

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tables_of_anything import columns_of

from descent.tables.origin import TableError, disagreements
from descent.tables.parquet import (
    arrow_schema,
    check_origin,
    gather,
    provenance,
    read,
    read_groups,
    read_samples,
    write,
    writing,
)
from descent.tables.schemas import FIXED, OF_PROBLEMS, held_out_schema, mixture_schema

SAMPLES = mixture_schema(1)
COLUMNS = {"x1": [-1.0, 1.0], "label": [0, 1]}
MIXTURE = {"seed": 123, "samples": 2, "means": [[0.0], [1.0]], "weights": [1.0, 1.0]}


@pytest.fixture
def path(tmp_path):
    """Return the path of samples of this study."""
    path = tmp_path / "results" / "data" / "mixture.parquet"
    path.parent.mkdir(parents=True)
    write(SAMPLES, COLUMNS, {"mixture": MIXTURE}, path)
    return path


def refused(path, configuration, schema=SAMPLES):
    """Return why a table is refused, after checking that the message helps."""
    with pytest.raises(TableError) as caught:
        read(schema, path, configuration)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert message.endswith(f"rebuild it with: snakemake --cores all --force {path}")
    return message


def rewrite(path, **facts):
    """Change what a table says of itself, and nothing else."""
    content = pq.read_table(path)
    said = json.dumps(provenance(path) | facts)
    pq.write_table(content.replace_schema_metadata({"descent": said}), path)


# ── Another configuration, version or table ──────────────────────────────────────────────────

AGREEING = {
    "the same": {"mixture": MIXTURE},
    "less of it": {"mixture": {"seed": 123}},
    "more of it": {"mixture": MIXTURE | {"new": 1}, "network": {"layers": [1, 2]}},
    "tuples for lists": {"mixture": {"means": ((0.0,), (1.0,)), "weights": (1, 1)}},
}


@pytest.mark.parametrize("case", AGREEING)
def test_keys_that_both_know_must_agree(path, case):
    assert read(SAMPLES, path, AGREEING[case])["label"].tolist() == [0, 1]


CONTRARY = {
    "a number": ({"mixture": {"seed": 7}}, "mixture.seed = 123, not 7;"),
    "an entry": ({"mixture": {"means": [[0.0], [2.0]]}}, "mixture.means[1][0] = 1.0, not 2.0;"),
    "a longer list": ({"mixture": {"weights": [1, 1, 1]}}, "weights = [1.0, 1.0], not [1, 1, 1];"),
    "another type": ({"mixture": {"means": {"low": 0}}}, "means = [[0.0], [1.0]], not {"),
    "four keys": (
        {"mixture": {"seed": 1, "samples": 3, "means": [[1.0], [0.0]]}},
        "means[0][0] = 0.0, not 1.0, mixture.means[1][0] = 1.0, not 0.0, "
        "mixture.samples = 2, not 3 and 1 more;",
    ),
    "no section": ({"rosenbrock": {"a": 1}}, "another part of the configuration: mixture;"),
}


@pytest.mark.parametrize("case", CONTRARY)
def test_a_table_of_another_study_is_refused_with_the_keys(path, case):
    configuration, told = CONTRARY[case]
    assert told in refused(path, configuration)


def test_a_table_of_another_version_is_refused(path):
    rewrite(path, version="0.0.9")
    assert "was made by version 0.0.9 of descent, not " in refused(path, {"mixture": MIXTURE})
    with pytest.raises(TableError, match=r"version 0\.0\.9"):
        next(read_groups(SAMPLES, path, ["label"], {"mixture": MIXTURE}))


@pytest.mark.parametrize("case", CONTRARY)
def test_samples_and_origins_are_refused_alike(path, case):
    configuration, told = CONTRARY[case]
    for ask in (read_samples, check_origin):
        with pytest.raises(TableError) as caught:
            ask(SAMPLES, path, configuration)
        assert told in str(caught.value)
        assert str(caught.value).endswith(f"snakemake --cores all --force {path}")


def test_an_origin_that_agrees_is_none_to_complain_of(path):
    check_origin(SAMPLES, path, {"mixture": MIXTURE})
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(TableError, match=r"is damaged .*; rebuild it with"):
        check_origin(SAMPLES, path, {"mixture": MIXTURE})


def test_a_table_of_the_same_columns_is_not_taken_for_another(path):
    held_out = path.with_name("held_out.parquet")
    write(held_out_schema(1), COLUMNS, {"mixture": MIXTURE}, held_out)
    shutil.copy(held_out, path)
    message = refused(path, {"mixture": MIXTURE})
    assert "is the table data/held_out.parquet, and should be data/mixture.parquet" in message


def test_a_table_that_does_not_say_what_it_is_is_refused(path):
    pq.write_table(pa.table(COLUMNS, schema=arrow_schema(SAMPLES)), path)
    assert "does not say what it is" in refused(path, {"mixture": MIXTURE})
    assert read(SAMPLES, path)["x1"].tolist() == [-1.0, 1.0]  # anyone may read it without asking


GARBLED = {
    "no JSON": b"{",
    "not UTF-8": b"\xff\xfe",
    "a list": b"[1]",
    "too deep": b"[" * 100_000,
    "no configuration": b'{"configuration": null}',
    "a configuration that is none": b'{"configuration": [1]}',
    "an empty one": b'{"configuration": {}}',
    "a table that is no name": b'{"table": {"a": []}}',
    "colours and half characters": b'{"table": "\\u001b[31m\\ud800\\u202e"}',
    "a huge name": json.dumps({"table": "a" * 10**6}).encode(),
    "a huge value": json.dumps({"configuration": {"mixture": {"seed": "a" * 10**6}}}).encode(),
    "a deep value": b'{"configuration": {"mixture": ' + b'{"seed": ' * 90 + b"1" + b"}" * 92,
}


@pytest.mark.parametrize("case", GARBLED)
def test_garbled_metadata_is_a_message(path, case):
    said, content = GARBLED[case], pq.read_table(path)
    if said.startswith(b"{") and said.endswith(b"}"):
        said = json.dumps(provenance(path) | json.loads(said)).encode()
    pq.write_table(content.replace_schema_metadata({b"descent": said}), path)
    message = refused(path, {"mixture": MIXTURE})
    assert message.isprintable()
    assert len(message) < 700


@pytest.mark.parametrize("part", [5, "abc", [1], {"a": 1}, [[1], None, "x"], [0, 2, 10**400]])
def test_a_garbled_part_is_not_gathered(path, tmp_path, part):
    rewrite(path, part=part)
    with pytest.raises(TableError, match="rebuild it with"):
        gather(SAMPLES, [path], {"mixture": MIXTURE}, tmp_path / "whole.parquet")


# ── Rows that do not fit ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("label", [-1, 2, 10**9])
def test_labels_of_no_class_are_refused(path, label):
    write(SAMPLES, {"x1": [-1.0, 1.0], "label": [0, label]}, {"mixture": MIXTURE}, path)
    with pytest.raises(TableError, match="has labels that are none of its classes; rebuild it"):
        read_samples(SAMPLES, path, {"mixture": MIXTURE})


@pytest.mark.parametrize(
    "schema", [one for one in OF_PROBLEMS + FIXED if one.key], ids=lambda one: one.path
)
def test_rows_that_stand_twice_are_refused(schema, tmp_path):
    columns, path = columns_of(schema), tmp_path / "table.parquet"
    write(schema, columns, {"a": 1}, path)
    assert len(read(schema, path)) == 7
    for i, name in enumerate(schema.key):
        columns[name] = [*list(columns[name])[:6], list(columns[name])[5]]
        write(schema, columns, {"a": 1}, path)
        if i + 1 < len(schema.key):
            assert len(read(schema, path)) == 7
    with pytest.raises(TableError, match=r"has rows of the same .*; rebuild it with"):
        read(schema, path)


def test_disagreements_are_told_by_their_keys():
    one = {"a": 1, "b": {"c": [1, {"d": 2}], "e": None}, "only": 1}
    other = {"a": 1.0, "b": {"c": [0, {"d": 3}], "e": None}, "else": 2}
    assert list(disagreements(one, other)) == [("b.c[0]", 1, 0), ("b.c[1].d", 2, 3)]


# ── Parts that are gathered ──────────────────────────────────────────────────────────────────


@pytest.fixture
def parts(tmp_path):
    """Return three parts of a table of six rows."""
    files = [tmp_path / f"{i}-of-3.parquet" for i in (1, 2, 3)]
    for i, file in enumerate(files):
        with writing(SAMPLES, {"mixture": MIXTURE}, file, (2 * i, 2 * i + 2, 6)) as append:
            append(COLUMNS)
    return files


def test_parts_are_gathered_in_order(parts, tmp_path):
    whole = tmp_path / "whole.parquet"
    gather(SAMPLES, parts, {"mixture": MIXTURE}, whole)
    assert len(read(SAMPLES, whole, {"mixture": MIXTURE})["label"]) == 6
    assert "part" not in provenance(whole)


@pytest.mark.parametrize("order", [(0, 0, 2), (1, 0, 2), (0, 2, 2), (0, 1), (1, 2), (0, 2)])
def test_parts_that_do_not_make_the_whole_are_not_gathered(parts, tmp_path, order):
    chosen, whole = [parts[i] for i in order], tmp_path / "whole.parquet"
    with pytest.raises(TableError, match=r"-of-3\.parquet is not the part .* rebuild it with"):
        gather(SAMPLES, chosen, {"mixture": MIXTURE}, whole)
    assert not whole.exists()


def test_a_whole_table_is_no_part(path, tmp_path):
    with pytest.raises(TableError, match="is not the part"):
        gather(SAMPLES, [path], {"mixture": MIXTURE}, tmp_path / "whole.parquet")


def test_a_part_that_lacks_rows_is_not_gathered(parts, tmp_path):
    with writing(SAMPLES, {"mixture": MIXTURE}, parts[1], (2, 4, 6)) as append:
        append({name: values[:1] for name, values in COLUMNS.items()})
    with pytest.raises(TableError, match=r"2-of-3\.parquet ends with row 3 .*, not 4; rebuild"):
        gather(SAMPLES, parts, {"mixture": MIXTURE}, tmp_path / "whole.parquet")


@pytest.mark.parametrize("configuration", [{"mixture": MIXTURE | {"seed": 7}}, {}])
def test_parts_of_another_study_are_not_gathered(parts, tmp_path, configuration):
    with pytest.raises(TableError, match=r"1-of-3\.parquet was made from another .* rebuild it"):
        gather(SAMPLES, parts, configuration, tmp_path / "whole.parquet")
