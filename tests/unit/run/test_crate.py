"""The RO-Crate of the results: what it says is so, and the profiles' validator takes it."""

import json
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

pytest.importorskip("rocrate")

from descent import __version__
from descent.run.crate import copy_workflow, describe_crate
from descent.run.manifest import sha256
from descent.tables.parquet import write
from descent.tables.schemas import THEORY, TRAJECTORIES

ROOT = Path(__file__).resolve().parents[3]
BEGAN, ENDED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 1, 2, 3, 9, tzinfo=UTC)
RESULTS = ("rosenbrock/trajectories.parquet", "checks/theory.parquet", "figures/descents.svg")
SOURCES = ("Snakefile", "config.yaml", "src/descent/__init__.py", "workflow/rules/data.smk")


@pytest.fixture
def folder(tmp_path, study_of_the_notebook):
    """Return a folder of results, and the content of its crate's description."""
    folder = tmp_path / "results"
    for name in (*RESULTS, "report.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"content of {name}")
    for schema in (TRAJECTORIES, THEORY):
        columns = {
            c.name: ["gradient_descent" if c.type == "string" else 1] for c in schema.columns
        }
        write(schema, columns, {}, folder / schema.path)
    manifest = {
        "descent": __version__,
        "configuration": study_of_the_notebook,
        "versions": {"python": "3.13.1", "snakemake": "9.27.1", "numpy": "2.4.6", "numba": None},
        "folder": "results",
        "results": {f"results/{name}": sha256(folder / name) for name in RESULTS},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    copied = copy_workflow(ROOT, [str(ROOT / s) for s in SOURCES], folder, study_of_the_notebook)
    content = describe_crate(folder, manifest, citation, copied, (BEGAN, ENDED))
    (folder / "ro-crate-metadata.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def entities(folder):
    """Return what the crate describes, by identifier."""
    content = json.loads((folder / "ro-crate-metadata.json").read_text())
    return {entity["@id"]: entity for entity in content["@graph"]}


def identifiers(links):
    """Return what an entity links to."""
    return {link["@id"] for link in (links if isinstance(links, list) else [links])}


def test_the_run_leads_from_the_configuration_to_every_result(entities):
    run = entities["#run"]
    assert run["@type"] == "CreateAction"
    assert identifiers(run["instrument"]) == {"workflow/Snakefile"}
    assert identifiers(run["object"]) == {"workflow/study.yaml"}
    assert identifiers(run["result"]) == {*RESULTS, "report.html", "manifest.json"}
    assert run["startTime"] == "2026-01-02T03:04:05+00:00"
    assert run["endTime"] == "2026-01-02T03:09:00+00:00"
    assert "agent" not in run


def test_every_file_is_there_with_its_size_and_checksum(folder, entities):
    described = {name for name, entity in entities.items() if "File" in entity["@type"]}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert described == there - {"ro-crate-metadata.json"}
    assert described == identifiers(entities["./"]["hasPart"])
    for name in described:
        assert entities[name]["sha256"] == sha256(folder / name)
        assert int(entities[name]["contentSize"]) == (folder / name).stat().st_size
        assert entities[name]["encodingFormat"]


def test_the_workflow_is_named_with_its_language_and_parts(entities):
    workflow = entities["workflow/Snakefile"]
    assert workflow["version"] == __version__
    language = entities[workflow["programmingLanguage"]["@id"]]
    assert (language["name"], language["version"]) == ("Snakemake", "9.27.1")
    assert identifiers(workflow["hasPart"]) == {f"workflow/{name}" for name in SOURCES[1:]}
    assert identifiers(workflow["softwareRequirements"]) == {"#python", "#numpy"}
    assert entities["#authors"]["name"] == "The descent developers"
    assert workflow["license"] == {"@id": "https://spdx.org/licenses/MIT"}


def test_tables_are_described_by_what_a_row_is(entities):
    for table in (TRAJECTORIES, THEORY):
        assert entities[table.path]["description"] == f"A table: one row is {table.row}."


def test_nothing_tells_of_this_machine(folder, entities):
    assert str(folder.parent) not in json.dumps(entities)
    assert str(ROOT) not in json.dumps(entities)


def test_the_copied_workflow_holds_the_configuration_of_the_run(folder, study_of_the_notebook):
    found = yaml.safe_load((folder / "workflow" / "study.yaml").read_text(encoding="utf-8"))
    assert found == json.loads(json.dumps(study_of_the_notebook))
    for name in SOURCES:
        assert (folder / "workflow" / name).read_bytes() == (ROOT / name).read_bytes()


# ── The profiles' own validator ──────────────────────────────────────────────────────────────

TERMS = {
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "input": "https://bioschemas.org/ComputationalWorkflow#input",
    "output": "https://bioschemas.org/ComputationalWorkflow#output",
}  # as RO-Crate 1.1 spells what 1.3 spells otherwise


class Answer:
    """What a server would answer when it is asked for a context."""

    status_code = 200
    headers = {"Content-Type": "application/ld+json"}  # noqa: RUF012

    def __init__(self, content):
        self.text = json.dumps(content)
        self.content = self.text.encode()
        self.json = lambda: content


@pytest.fixture
def validate(monkeypatch):
    """Return the validator, which asks no server: contexts are those that rocrate brings."""
    services = pytest.importorskip("rocrate_validator.services")
    from rdflib.plugins.shared.jsonld import context as loader
    from rocrate_validator.models import ValidationSettings
    from rocrate_validator.utils.http import HttpRequester

    shipped = json.loads(files("rocrate").joinpath("data/ro-crate.jsonld").read_text("utf-8"))
    contexts = {
        "https://w3id.org/ro/crate/1.1/context": {"@context": shipped["@context"] | TERMS},
        "https://w3id.org/ro/terms/workflow-run/context": {
            "@context": {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
        },
    }
    monkeypatch.setattr(
        HttpRequester, "get", lambda _, address, **options: Answer(contexts[address]), raising=False
    )
    monkeypatch.setattr(
        loader, "source_to_json", lambda source, *_, **options: (contexts[source], None)
    )

    def validate(folder):
        settings = ValidationSettings(
            rocrate_uri=str(folder), profile_identifier="workflow-run-crate",
            requirement_severity="REQUIRED", offline=True,
        )  # fmt: skip
        return [issue.message for issue in services.validate(settings).get_issues()]

    return validate


@pytest.mark.slow
def test_the_workflow_run_crate_profile_is_met(folder, validate):
    assert validate(folder) == []


@pytest.mark.slow
def test_the_validator_would_notice(folder, validate):
    path = folder / "ro-crate-metadata.json"
    content = json.loads(path.read_text())
    content["@graph"] = [entity for entity in content["@graph"] if entity["@id"] != "#run"]
    for entity in content["@graph"]:
        entity.pop("mainEntity", None)
    path.write_text(json.dumps(content))
    assert validate(folder)
