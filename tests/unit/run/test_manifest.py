"""The manifest: what it says of results, and which results it is made of."""

import copy
import hashlib
import json
import math

import pytest

from descent.config.problems import part_for, problem_parts, sweep_cuts
from descent.run.manifest import (
    check_results,
    manifest_of,
    part_of,
    sha256,
)
from descent.run.manifest_reading import read_own_manifest
from descent.support.files import DamagedFile, place_of
from descent.tables.origin import TableError
from descent.tables.parquet import write
from descent.tables.schemas import ANOVA, FIXED, mixture_schema
from descent.tables.svg import signed

MIXTURE = {
    "seed": 123,
    "samples": 2,
    "held_out_samples": 2,
    "means": [[0.0], [1.0]],
    "weights": [1.0, 1.0],
}
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>'
HEAD = SVG.index("<g/>")


@pytest.fixture
def path(tmp_path):
    """Return the path of samples of this study."""
    path = tmp_path / "results" / "data" / "mixture.parquet"
    path.parent.mkdir(parents=True)
    write(mixture_schema(1), {"x1": [-1.0, 1.0], "label": [0, 1]}, {"mixture": MIXTURE}, path)
    return path


def test_the_manifest_holds_checksums_exactness_and_run_times(
    path, tmp_path, monkeypatch, study_of_the_notebook
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs" / "sweep").mkdir(parents=True)
    for name, seconds in (("mixture", 1.5), ("sweep/rosenbrock", 2.0), ("sweep/other", 9.0)):
        text = f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t-\n"
        (tmp_path / "logs" / f"{name}.tsv").write_text(text)
    figure = tmp_path / "results" / "a.svg"
    figure.write_text(SVG)
    rules = ["mixture", "sweep", "compare"]
    results = [str(path), str(figure)]
    made = manifest_of(results, path.parents[1], study_of_the_notebook, None, rules)
    assert made["exactness"][str(figure)] == {"class": "figure"}
    assert made["exactness"][str(path)] == {
        "class": "tolerance",
        "columns": {"x1": {"relative": 1e-12, "absolute": 1e-12, "outliers": 0.0}},
    }
    assert made["results"] == {
        result: hashlib.sha256(file.read_bytes()).hexdigest()
        for result, file in zip(results, (path, figure), strict=True)
    }
    assert made["run_times"] == {
        "mixture": {"jobs": 1, "seconds": 1.5, "memory_mib": None},
        "sweep": {"jobs": 1, "seconds": 2.0, "memory_mib": None},
    }
    assert json.loads(json.dumps(made))["configuration"]


@pytest.fixture
def manifest(path, study_of_the_notebook):
    """Return the path of the manifest of a study with a single table."""
    manifest = path.parents[1] / "manifest.json"
    made = manifest_of([str(path)], path.parents[1], study_of_the_notebook, None, [])
    manifest.write_text(json.dumps(made, indent=2))
    return manifest


def refused(manifest, study, inputs=()):
    """Return why a manifest is refused, after checking that the message helps."""
    with pytest.raises(DamagedFile) as caught:
        read_own_manifest(manifest, manifest.parent, study, inputs)
    message = str(caught.value)
    assert message.startswith(str(manifest))
    assert message.endswith(f"rebuild it with: snakemake --cores all --force {manifest}")
    assert len(message) < 700
    assert message.isprintable()
    return message


def test_a_manifest_is_read_as_it_was_written(manifest, path, study_of_the_notebook):
    made = read_own_manifest(manifest, manifest.parent, study_of_the_notebook, [str(path)])
    written = json.loads(manifest.read_text())
    assert made["results"] == {str(path): sha256(path)}
    assert made["configuration"] == json.loads(json.dumps(study_of_the_notebook))
    assert made["exactness"] == {str(path): {"class": "tolerance"}}
    assert made["versions"] == written["versions"]
    manifest.write_text(json.dumps(dict(reversed(written.items()))))
    read_own_manifest(manifest, manifest.parent, study_of_the_notebook)


def test_a_manifest_of_other_results_or_another_study_is_refused(
    manifest, path, study_of_the_notebook
):
    study = copy.deepcopy(study_of_the_notebook)
    study["rosenbrock"]["sweep"]["iterations"] = 999_999
    told = refused(manifest, study)
    assert "says rosenbrock.sweep.iterations = " in told
    assert "not 999999" in told
    assert "holds other keys" in refused(manifest, study_of_the_notebook | {"new": 1})
    path.write_bytes(path.read_bytes() + b" ")
    assert f"does not fit {path}" in refused(manifest, study_of_the_notebook, [str(path)])
    other = manifest.parents[1] / "manifest.json"
    manifest.rename(other)
    assert "of other results" in refused(other, study_of_the_notebook)


EDITS = {
    "the version": {"descent": "0.0.9"},
    "a commit": {"commit": "c0ffee"},
    "a version": {"versions": {"numpy": "9"}},
    "the machine": {"machine": {"system": "a", "architecture": "b", "processors": 9,
                                "longdouble": "c"}},
    "a file": {"results": {"javascript:alert(1)": "0" * 64}},
    "what is exact": {"exactness": {}},
    "the checksum": {"sha256": "0" * 64},
    "a number for a text": {"commit": 5},
    "a text for a number": {"run_times": {"mixture": {"jobs": "1", "seconds": 1, "memory_mib": 1}}},
    "no number": {"run_times": {"mixture": {"jobs": 1, "seconds": math.nan, "memory_mib": 1}}},
    "a huge number": {"run_times": {"mixture": {"jobs": 10**400, "seconds": 1, "memory_mib": 1}}},
    "a huge text": {"commit": "a" * 10**6},
    "a deep configuration": {"configuration": {"a": [[[[[[[[[[]]]]]]]]]]}},
    "a list for all": {"machine": []},
    "nothing": {"versions": None},
    "half a character": {"descent": "\ud800\u001b[31m"},
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_manifest_is_refused(manifest, study_of_the_notebook, edit):
    content = json.loads(manifest.read_text()) | EDITS[edit]
    manifest.write_text(json.dumps(content))
    refused(manifest, study_of_the_notebook)


@pytest.mark.parametrize("key", ["descent", "configuration", "results", "sha256", "machine"])
def test_a_manifest_that_lacks_something_is_refused(manifest, study_of_the_notebook, key):
    content = json.loads(manifest.read_text())
    del content[key]
    manifest.write_text(json.dumps(content))
    assert f"is no manifest of results ({key}: " in refused(manifest, study_of_the_notebook)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"7", b'"a"', b"\xff\xfe", b"[" * 10**5, b"NaN"]
)
def test_what_is_no_manifest_is_refused(manifest, study_of_the_notebook, content):
    manifest.write_bytes(content)
    refused(manifest, study_of_the_notebook)


def test_every_cut_of_a_manifest_is_refused(manifest, study_of_the_notebook):
    whole = manifest.read_bytes()
    for length in range(0, len(whole) - 1, len(whole) // 40):
        manifest.write_bytes(whole[:length])
        refused(manifest, study_of_the_notebook)


def test_the_manifest_is_made_of_this_studys_files_only(path, study_of_the_notebook):
    folder = path.parents[1]
    study = study_of_the_notebook | {"mixture": MIXTURE}
    figure = folder / "mixture.svg"
    drawn = signed(SVG, HEAD, "mixture", {"mixture": MIXTURE})
    figure.write_text(drawn)
    check_results([str(path), str(figure)], folder, study)
    figure.write_text(drawn[:-3])
    with pytest.raises(DamagedFile, match=r"mixture\.svg"):
        check_results([str(path), str(figure)], folder, study)
    figure.write_text(drawn)
    with pytest.raises(DamagedFile, match=r"mixture\.svg was made .*mixture\.seed = 123, not 7"):
        check_results([str(figure)], folder, study | {"mixture": MIXTURE | {"seed": 7}})
    with pytest.raises(TableError, match=r"mixture\.seed = 123, not 7"):
        check_results([str(path)], folder, study | {"mixture": MIXTURE | {"seed": 7}})
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(TableError, match=r"damaged.*rebuild"):
        check_results([str(path)], folder, study)


def test_a_problems_tables_are_of_its_part_of_the_study(tmp_path, study_of_the_notebook):
    parts = problem_parts(study_of_the_notebook)

    def decomposed(name):
        rows = 1 + len(parts[name]["problem"]["sweep"]["methods"])
        columns = {"among": [f"set {i}" for i in range(rows)]}
        return columns | dict.fromkeys(("setting", "start", "interaction"), [0.25] * rows)

    for name, part in parts.items():
        path = tmp_path / name / "anova.parquet"
        path.parent.mkdir()
        write(ANOVA, decomposed(name), part_for(part, "sweep"), path)
        check_results([str(path)], tmp_path, study_of_the_notebook)
    path = tmp_path / "rosenbrock" / "anova.parquet"
    write(ANOVA, decomposed("rosenbrock"), part_for(parts["quadratic"], "sweep"), path)
    with pytest.raises(TableError, match="made from another configuration"):
        check_results([str(path)], tmp_path, study_of_the_notebook)
    write(
        ANOVA, decomposed("rosenbrock"), {"rosenbrock": study_of_the_notebook["rosenbrock"]}, path
    )
    with pytest.raises(TableError, match="another part of the configuration: rosenbrock"):
        check_results([str(path)], tmp_path, study_of_the_notebook)


def test_a_table_that_lacks_rows_or_has_too_many_is_refused(path, study_of_the_notebook):
    study = study_of_the_notebook | {"mixture": MIXTURE}
    check_results([str(path)], path.parents[1], study)
    for rows in (1, 3, 4):
        columns = {"x1": [1.0, -1.0, 0.5, 0.0][:rows], "label": [0, 1, 1, 0][:rows]}
        write(mixture_schema(1), columns, {"mixture": MIXTURE}, path)
        with pytest.raises(TableError, match=rf"has {rows} rows, not 2; rebuild it with"):
            check_results([str(path)], path.parents[1], study)


def test_a_problems_figures_are_of_its_part_of_the_study(tmp_path, study_of_the_notebook):
    parts = problem_parts(study_of_the_notebook)
    for name, part in parts.items():
        made_from = part_for(part, "evaluation")
        figure = tmp_path / f"{name}_heat_map.svg"
        figure.write_text(signed(SVG, HEAD, figure.stem, made_from))
        check_results([str(figure)], tmp_path, study_of_the_notebook)
        other = part_for(parts["rosenbrock" if name == "quadratic" else "quadratic"], "sweep")
        figure.write_text(signed(SVG, HEAD, figure.stem, other))
        with pytest.raises(DamagedFile, match="was made from another configuration"):
            check_results([str(figure)], tmp_path, study_of_the_notebook)


def test_other_tables_may_come_from_any_section(study_of_the_notebook):
    for place in (*(schema.path for schema in FIXED), "data/mixture.parquet"):
        assert part_of(study_of_the_notebook, place) == study_of_the_notebook
    assert part_of(study_of_the_notebook, "elsewhere/sweep.parquet") == {}


def test_a_figure_of_all_problems_is_of_their_parts(study_of_the_notebook):
    found = part_of(study_of_the_notebook, "figures/forest.svg")
    parts = problem_parts(study_of_the_notebook)
    assert found == study_of_the_notebook | {"problems": parts}


def test_cuts_are_those_of_all_problems(study_of_the_notebook):
    cuts = sweep_cuts(study_of_the_notebook)
    assert cuts.keys() == problem_parts(study_of_the_notebook).keys()
    assert cuts["rosenbrock"] == study_of_the_notebook["rosenbrock"]["sweep"]["chunks"]


def test_a_place_is_relative_to_the_results_where_it_can_be():
    assert place_of("results/a/b.svg", "results") == "a/b.svg"
    assert place_of("elsewhere/b.svg", "results") == "elsewhere/b.svg"
