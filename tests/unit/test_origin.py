"""Files that lie: of another study, version, table or part, or damaged."""

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from descent.tables import schemas as tables
from descent.support.files import DamagedFile, read_figure, read_json
from descent.run.manifest import SECTIONS, check_inputs, check_results, part_of, sha256
from descent.tables.schemas import TableError, held_out_table, mixture_table, read, read_groups, write

SAMPLES = mixture_table(1)
COLUMNS = {"x1": [-1.0, 1.0], "label": [0, 1]}
MIXTURE = {"seed": 123, "samples": 2, "means": [[0.0], [1.0]], "weights": [1.0, 1.0]}


@pytest.fixture
def path(tmp_path):
    """Return the path of samples of this study."""
    path = tmp_path / "results" / "data" / "mixture.parquet"
    path.parent.mkdir(parents=True)
    write(SAMPLES, COLUMNS, {"mixture": MIXTURE}, path)
    return path


def refused(path, configuration, table=SAMPLES):
    """Return why a table is refused, after checking that the message helps."""
    with pytest.raises(TableError) as caught:
        read(table, path, configuration)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert message.endswith(f"rebuild it with: snakemake --cores all --force {path}")
    return message


def rewrite(path, **facts):
    """Change what a table says of itself, and nothing else."""
    content = pq.read_table(path)
    said = json.dumps(tables.provenance(path) | facts)
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


def test_a_table_of_the_same_columns_is_not_taken_for_another(path):
    held_out = path.with_name("held_out.parquet")
    write(held_out_table(1), COLUMNS, {"mixture": MIXTURE}, held_out)
    shutil.copy(held_out, path)
    message = refused(path, {"mixture": MIXTURE})
    assert "is the table data/held_out.parquet, and should be data/mixture.parquet" in message


def test_a_table_that_does_not_say_what_it_is_is_refused(path):
    pq.write_table(pa.table(COLUMNS, schema=tables.schema(SAMPLES)), path)
    assert "does not say what it is" in refused(path, {"mixture": MIXTURE})
    assert read(SAMPLES, path)["x1"].tolist() == [-1.0, 1.0]  # anyone may read it without asking


# ── Parts that are gathered ──────────────────────────────────────────────────────────────────


@pytest.fixture
def parts(tmp_path):
    """Return three parts of a table of six rows."""
    files = [tmp_path / f"{i}-of-3.parquet" for i in (1, 2, 3)]
    for i, file in enumerate(files):
        with tables.writing(SAMPLES, {"mixture": MIXTURE}, file, (2 * i, 2 * i + 2, 6)) as append:
            append(COLUMNS)
    return files


def test_parts_are_gathered_in_order(parts, tmp_path):
    whole = tmp_path / "whole.parquet"
    tables.gather(SAMPLES, parts, {"mixture": MIXTURE}, whole)
    assert len(read(SAMPLES, whole, {"mixture": MIXTURE})["label"]) == 6
    assert "part" not in tables.provenance(whole)


@pytest.mark.parametrize("order", [(0, 0, 2), (1, 0, 2), (0, 2, 2), (0, 1), (1, 2), (0, 2)])
def test_parts_that_do_not_make_the_whole_are_not_gathered(parts, tmp_path, order):
    chosen, whole = [parts[i] for i in order], tmp_path / "whole.parquet"
    with pytest.raises(TableError, match=r"-of-3\.parquet is not the part .* rebuild it with"):
        tables.gather(SAMPLES, chosen, {"mixture": MIXTURE}, whole)
    assert not whole.exists()


def test_a_whole_table_is_no_part(path, tmp_path):
    with pytest.raises(TableError, match="is not the part"):
        tables.gather(SAMPLES, [path], {"mixture": MIXTURE}, tmp_path / "whole.parquet")


def test_a_part_that_lacks_rows_is_not_gathered(parts, tmp_path):
    with tables.writing(SAMPLES, {"mixture": MIXTURE}, parts[1], (2, 4, 6)) as append:
        append({name: values[:1] for name, values in COLUMNS.items()})
    with pytest.raises(TableError, match=r"2-of-3\.parquet ends with row 3 .*, not 4; rebuild"):
        tables.gather(SAMPLES, parts, {"mixture": MIXTURE}, tmp_path / "whole.parquet")


@pytest.mark.parametrize("configuration", [{"mixture": MIXTURE | {"seed": 7}}, {}])
def test_parts_of_another_study_are_not_gathered(parts, tmp_path, configuration):
    with pytest.raises(TableError, match=r"1-of-3\.parquet was made from another .* rebuild it"):
        tables.gather(SAMPLES, parts, configuration, tmp_path / "whole.parquet")


# ── Figures and the manifest ─────────────────────────────────────────────────────────────────

SVG = (
    '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><g><path d="M 0 0"/></g></svg>'
)


def test_a_whole_figure_is_read_as_it_is(tmp_path):
    (tmp_path / "a.svg").write_text(SVG + "\n")
    assert read_figure(tmp_path / "a.svg") == SVG.encode() + b"\n"


@pytest.mark.parametrize("cut", [0, 1, 25, 60, len(SVG) - 1])
def test_a_cut_figure_is_refused(tmp_path, cut):
    figure = tmp_path / "a.svg"
    figure.write_text(SVG[:cut])
    with pytest.raises(DamagedFile, match=rf"{figure} is damaged .* --force {figure}"):
        read_figure(figure)


@pytest.mark.parametrize(
    "content", [b"<html></html>", b"\x89PNG", b"<svg>\xff</svg>", SVG.encode() * 2]
)
def test_what_is_no_figure_is_refused(tmp_path, content):
    (tmp_path / "a.svg").write_bytes(content)
    with pytest.raises(DamagedFile, match=r"a\.svg is .* rebuild it with"):
        read_figure(tmp_path / "a.svg")


def test_a_missing_figure_is_refused(tmp_path):
    with pytest.raises(DamagedFile, match="rebuild it with"):
        read_figure(tmp_path / "a.svg")


@pytest.mark.parametrize("content", ["", "{", "{'a': 1}", "\xff"])
def test_a_damaged_manifest_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content, encoding="latin-1")
    with pytest.raises(DamagedFile, match=r"manifest\.json is damaged .* rebuild it with"):
        read_json(tmp_path / "manifest.json")


def test_a_manifest_of_other_results_is_refused(tmp_path, path):
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"results": {str(path): sha256(path)}}))
    check_inputs(manifest, [str(path)])
    rewrite(path, version="0.0.9")
    with pytest.raises(DamagedFile, match=r"manifest\.json does not fit .*mixture\.parquet"):
        check_inputs(manifest, [str(path)])
    for content in ("[]", "{}", '{"results": 1}', '{"results": {}}', '{"results": []}'):
        manifest.write_text(content)
        with pytest.raises(DamagedFile, match="does not fit"):
            check_inputs(manifest, [str(path)])


def test_the_manifest_is_made_of_this_studys_files_only(path, study_of_the_notebook):
    folder = path.parents[1]
    study = study_of_the_notebook | {"mixture": MIXTURE}
    figure = folder / "a.svg"
    figure.write_text(SVG)
    check_results([str(path), str(figure)], folder, study)
    figure.write_text(SVG[:-3])
    with pytest.raises(DamagedFile, match=r"a\.svg"):
        check_results([str(path), str(figure)], folder, study)
    with pytest.raises(TableError, match=r"mixture\.seed = 123, not 7"):
        check_results([str(path)], folder, study | {"mixture": MIXTURE | {"seed": 7}})
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(TableError, match=r"damaged.*rebuild"):
        check_results([str(path)], folder, study)


def test_each_stage_may_come_from_its_own_sections(study_of_the_notebook):
    for stage, sections in SECTIONS.items():
        part = part_of(study_of_the_notebook, f"{stage}/settings.parquet")
        assert part == {name: study_of_the_notebook[name] for name in sections}
    assert part_of(study_of_the_notebook, "findings/faults.parquet") == study_of_the_notebook
    entries = [{"name": "bowl"}, {"name": "valley"}]
    study = study_of_the_notebook | {"objectives": entries}
    assert part_of(study, "objectives/valley/sweep.parquet") == {"objective": entries[1]}
    assert part_of(study, "objectives/other/sweep.parquet") == {}
