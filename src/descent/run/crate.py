"""The results as a Research Object Crate: what was run, on what, and what came out.

The folder of the results is the crate. Its description follows the Workflow Run Crate profile,
which archives and workflow registries read; the workflow's own files are copied beside the
results, so that whoever gets the folder can run it again.

References
----------
Soiland-Reyes, S. et al. (2022). Packaging research artefacts with RO-Crate. Data Science 5(2),
97-138. Leo, S. et al. (2024). Recording provenance of workflow runs with RO-Crate. PLOS ONE
19(9), e0309210.
"""

import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import yaml
from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from descent.run.manifest import place, run_time, sha256
from descent.tables.schemas import table_of

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
TERMS = "https://w3id.org/ro/terms/workflow-run/context"  # of checksums
BIOSCHEMAS = "https://bioschemas.org/profiles/"
FORMATS = {
    ".html": "text/html",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
STUDY, REPORT = "workflow/study.yaml", "report.html"
ABOUT = {
    STUDY: "The configuration of this run, with every value.",
    REPORT: "The report.",
    "manifest.json": "Checksums, configuration, versions, machine and run times.",
}


def describe(
    folder: Path,
    manifest: Mapping,
    citation: Mapping,
    workflow: Iterable[str],
    times: tuple[datetime | None, datetime],
) -> dict:
    """Describe results as a Workflow Run Crate.

    Parameters
    ----------
    folder : Path
        The folder of the results, with the workflow's files under `workflow`.
    manifest : Mapping
        Its manifest.
    citation : Mapping
        Content of the workflow's `CITATION.cff`.
    workflow : iterable of str
        The workflow's files, by their places in the folder.
    times : tuple of datetime
        When the first job began, None where it is not known, and when the last one ended.

    Returns
    -------
    dict
        Content of `ro-crate-metadata.json`.
    """
    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(TERMS)
    title = manifest["configuration"]["report"]["title"]
    began, ended = (time.isoformat(timespec="seconds") if time else None for time in times)
    licence = _add(
        crate,
        f"https://spdx.org/licenses/{citation['license']}",
        "CreativeWork",
        name=citation["license"],
    )
    authors = _add(
        crate, "#authors", "Organization", name=" and ".join(a["name"] for a in citation["authors"])
    )
    root = crate.root_dataset
    crate.name, crate.description = title, citation["abstract"].strip()
    crate.license, crate.datePublished = licence, times[1]
    root["author"] = root["publisher"] = authors
    root["conformsTo"] = [
        _add(crate, address, "CreativeWork", name=name, version=address.rpartition("/")[2])
        for address, name in PROFILES.items()
    ]

    main = crate.add_workflow(
        folder / "workflow" / "Snakefile",
        "workflow/Snakefile",
        main=True,
        lang="snakemake",
        lang_version=manifest["versions"]["snakemake"],
        properties={
            "name": citation["title"],
            "version": manifest["descent"],
            "description": citation["abstract"].strip(),
            **_facts(folder / "workflow" / "Snakefile"),
        },
    )
    main["license"], main["creator"] = licence, authors
    main["conformsTo"] = {"@id": f"{BIOSCHEMAS}ComputationalWorkflow/1.0-RELEASE"}
    main["softwareRequirements"] = [
        _add(crate, f"#{name}", "SoftwareApplication", name=name, version=version)
        for name, version in manifest["versions"].items()
        if version and name != "snakemake"
    ]
    parts = [name for name in workflow if name != "workflow/Snakefile"]
    main["hasPart"] = [_add_file(crate, folder, name) for name in parts if name != STUDY]

    study = _add_file(crate, folder, STUDY)
    outputs = [place(path, manifest["folder"]) for path in manifest["results"]]
    files = {name: _add_file(crate, folder, name) for name in [REPORT, "manifest.json", *outputs]}
    main["input"] = _parameter(crate, "#configuration", "configuration", study)
    main["output"] = _parameter(crate, "#report", "report", files[REPORT])
    run = _add(
        crate,
        "#run",
        "CreateAction",
        name=title,
        description=f"A run of {citation['title']}",
        endTime=ended,
        actionStatus="http://schema.org/CompletedActionStatus",
        **({"startTime": began} if began else {}),
    )
    run["instrument"], run["object"], run["result"] = main, study, list(files.values())
    root["mentions"] = run
    return crate.metadata.generate()


def copy_workflow(root: Path, files: Iterable[str], folder: Path, configuration: Mapping) -> list:
    """Copy the workflow's files into a folder, with the configuration of this run.

    Parameters
    ----------
    root : Path
        Where the workflow lies.
    files : iterable of str
        Its files.
    folder : Path
        The folder of the results; they come under `workflow` there.
    configuration : Mapping
        The resolved configuration.

    Returns
    -------
    list of str
        Places of the copies in the folder.
    """
    places = []
    for file in files:
        place = Path("workflow") / Path(file).relative_to(root)
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / place)
        places.append(place.as_posix())
    text = yaml.safe_dump(dict(configuration), sort_keys=False, allow_unicode=True, width=96)
    (folder / STUDY).write_text(text, encoding="utf-8")
    return [*places, STUDY]


def run_span(logs: Iterable[Path], last: Path) -> tuple[datetime | None, datetime]:
    """Return when a run began and ended.

    Parameters
    ----------
    logs : iterable of Path
        Snakemake's benchmark files, written when a job ends, with its seconds.
    last : Path
        The file that was written last.

    Returns
    -------
    began : datetime or None
        When the first of these jobs began; None without any.
    ended : datetime
        When the last file was written.
    """
    begins = [log.stat().st_mtime - (run_time([log])["seconds"] or 0.0) for log in logs]
    return _moment(min(begins)) if begins else None, _moment(last.stat().st_mtime)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)


def _add(crate: ROCrate, identifier: str, kind: str, **properties: object) -> ContextEntity:
    """Add something that is no file."""
    entity = ContextEntity(crate, identifier, properties={"@type": kind, **properties})
    return crate.add(entity)


def _add_file(crate: ROCrate, folder: Path, name: str) -> ContextEntity:
    """Add a file, with its format, size, checksum and meaning."""
    path, table = folder / name, table_of(name)
    about = ABOUT.get(name) or (f"A table: one row is {table.row}." if table else None)
    properties = {
        "name": name,
        **_facts(path),
        **({"description": about} if about else {}),
    }
    return crate.add_file(path, name, properties=properties)


def _facts(path: Path) -> dict[str, str]:
    """Return a file's format, size and checksum."""
    return {
        "encodingFormat": FORMATS.get(path.suffix, "text/plain"),
        "contentSize": str(path.stat().st_size),
        "sha256": sha256(path),
    }


def _parameter(crate: ROCrate, identifier: str, name: str, file: ContextEntity) -> ContextEntity:
    """Add an input or output of the workflow, of which a file is the value."""
    parameter = _add(crate, identifier, "FormalParameter", name=name, additionalType="File")
    parameter["conformsTo"] = {"@id": f"{BIOSCHEMAS}FormalParameter/1.0-RELEASE"}
    parameter["workExample"] = file
    file["exampleOfWork"] = parameter
    return parameter
