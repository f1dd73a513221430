"""The manifest: what it says of results, and which results it is made of."""

import hashlib
import json

import pytest

from descent.config.problems import part_for, problem_parts, sweep_cuts
from descent.run.manifest import (
    check_inputs,
    check_results,
    manifest_of,
    part_of,
    sha256,
)
from descent.support.files import DamagedFile, place_of
from descent.tables.origin import TableError
from descent.tables.parquet import write
from descent.tables.schemas import ANOVA, FIXED, mixture_schema

MIXTURE = {"seed": 123, "samples": 2, "means": [[0.0], [1.0]], "weights": [1.0, 1.0]}
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>'


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


def test_a_manifest_of_other_results_is_refused(tmp_path, path):
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"results": {str(path): sha256(path)}}))
    check_inputs(manifest, [str(path)])
    path.write_bytes(path.read_bytes() + b" ")
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


def test_a_problems_tables_are_of_its_part_of_the_study(tmp_path, study_of_the_notebook):
    columns = {"among": ["selected"], "setting": [0.5], "start": [0.25], "interaction": [0.25]}
    parts = problem_parts(study_of_the_notebook)
    for name, part in parts.items():
        path = tmp_path / name / "anova.parquet"
        path.parent.mkdir()
        write(ANOVA, columns, part_for(part, "sweep"), path)
        check_results([str(path)], tmp_path, study_of_the_notebook)
    path = tmp_path / "rosenbrock" / "anova.parquet"
    write(ANOVA, columns, part_for(parts["quadratic"], "sweep"), path)
    with pytest.raises(TableError, match="made from another configuration"):
        check_results([str(path)], tmp_path, study_of_the_notebook)
    write(ANOVA, columns, {"rosenbrock": study_of_the_notebook["rosenbrock"]}, path)
    with pytest.raises(TableError, match="another part of the configuration: rosenbrock"):
        check_results([str(path)], tmp_path, study_of_the_notebook)


def test_other_tables_may_come_from_any_section(study_of_the_notebook):
    for place in (*(schema.path for schema in FIXED), "data/mixture.parquet"):
        assert part_of(study_of_the_notebook, place) == study_of_the_notebook
    assert part_of(study_of_the_notebook, "elsewhere/sweep.parquet") == {}


def test_cuts_are_those_of_all_problems(study_of_the_notebook):
    cuts = sweep_cuts(study_of_the_notebook)
    assert cuts.keys() == problem_parts(study_of_the_notebook).keys()
    assert cuts["rosenbrock"] == study_of_the_notebook["rosenbrock"]["sweep"]["chunks"]


def test_a_place_is_relative_to_the_results_where_it_can_be():
    assert place_of("results/a/b.svg", "results") == "a/b.svg"
    assert place_of("elsewhere/b.svg", "results") == "elsewhere/b.svg"
