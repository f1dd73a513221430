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
from datetime import datetime
from pathlib import Path

import yaml
from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from descent.run.manifest import sha256, table_schema
from descent.support.files import place_of

CRATE_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
RUN_TERMS = "https://w3id.org/ro/terms/workflow-run/context"  # of checksums
BIOSCHEMAS_PROFILES = "https://bioschemas.org/profiles/"
MEDIA_TYPES = {
    ".html": "text/html",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
STUDY_FILE, REPORT_FILE = "workflow/study.yaml", "report.html"
ABOUT_FILES = {
    STUDY_FILE: "The configuration of this run, with every value.",
    REPORT_FILE: "The report.",
    "manifest.json": "Checksums, configuration, versions, machine and run times.",
}


def describe_crate(
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
    crate.metadata.extra_contexts.append(RUN_TERMS)
    title = manifest["configuration"]["report"]["title"]
    began, ended = (time.isoformat(timespec="seconds") if time else None for time in times)
    about, workflow_file = citation["abstract"].strip(), "workflow/Snakefile"
    terms, names = citation["license"], [author["name"] for author in citation["authors"]]
    address = f"https://spdx.org/licenses/{terms}"
    licence = _add_entity(crate, address, "CreativeWork", name=terms)
    authors = _add_entity(crate, "#authors", "Organization", name=" and ".join(names))
    root = crate.root_dataset
    crate.name, crate.description = title, about
    crate.license, crate.datePublished = licence, times[1]
    root["author"] = root["publisher"] = authors
    root["conformsTo"] = [
        _add_entity(crate, address, "CreativeWork", name=name, version=address.rpartition("/")[2])
        for address, name in CRATE_PROFILES.items()
    ]

    main = crate.add_workflow(
        folder / workflow_file,
        workflow_file,
        main=True,
        lang="snakemake",
        lang_version=manifest["versions"]["snakemake"],
        properties={
            "name": citation["title"],
            "version": manifest["descent"],
            "description": about,
            **_file_facts(folder / workflow_file),
        },
    )
    main["license"], main["creator"] = licence, authors
    main["conformsTo"] = {"@id": f"{BIOSCHEMAS_PROFILES}ComputationalWorkflow/1.0-RELEASE"}
    main["softwareRequirements"] = [
        _add_entity(crate, f"#{name}", "SoftwareApplication", name=name, version=version)
        for name, version in manifest["versions"].items()
        if version and name != "snakemake"
    ]
    parts = [name for name in workflow if name not in (workflow_file, STUDY_FILE)]
    main["hasPart"] = [_add_file(crate, folder, name) for name in parts]

    outputs = [place_of(path, manifest["folder"]) for path in manifest["results"]]
    study, *files = (
        _add_file(crate, folder, name)
        for name in [STUDY_FILE, REPORT_FILE, "manifest.json", *outputs]
    )
    main["input"] = _add_parameter(crate, "configuration", study)
    main["output"] = _add_parameter(crate, "report", files[0])
    run = _add_entity(
        crate,
        "#run",
        "CreateAction",
        name=title,
        description=f"A run of {citation['title']}",
        endTime=ended,
        actionStatus="http://schema.org/CompletedActionStatus",
        **({"startTime": began} if began else {}),
    )
    run["instrument"], run["object"], run["result"] = main, study, files
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
    (folder / STUDY_FILE).write_text(text, encoding="utf-8")
    return [*places, STUDY_FILE]


def _add_entity(crate: ROCrate, identifier: str, kind: str, **properties: object) -> ContextEntity:
    """Add something that is no file."""
    entity = ContextEntity(crate, identifier, properties={"@type": kind, **properties})
    return crate.add(entity)


def _add_file(crate: ROCrate, folder: Path, name: str) -> ContextEntity:
    """Add a file, with its format, size, checksum and meaning."""
    path, about = folder / name, ABOUT_FILES.get(name)
    if name.endswith(".parquet") and (schema := table_schema(path, folder)):
        about = f"A table: one row is {schema.row}."
    properties = {"name": name, **_file_facts(path)} | ({"description": about} if about else {})
    return crate.add_file(path, name, properties=properties)


def _file_facts(path: Path) -> dict[str, str]:
    """Return a file's format, size and checksum."""
    return {
        "encodingFormat": MEDIA_TYPES.get(path.suffix, "text/plain"),
        "contentSize": str(path.stat().st_size),
        "sha256": sha256(path),
    }


def _add_parameter(crate: ROCrate, name: str, file: ContextEntity) -> ContextEntity:
    """Add an input or output of the workflow, of which a file is the value."""
    parameter = _add_entity(crate, f"#{name}", "FormalParameter", name=name, additionalType="File")
    parameter["conformsTo"] = {"@id": f"{BIOSCHEMAS_PROFILES}FormalParameter/1.0-RELEASE"}
    parameter["workExample"] = file
    file["exampleOfWork"] = parameter
    return parameter
