"""A manifest as the report and the crate read it: of this study, and as it was written."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from descent import __version__
from descent.run.manifest import sha256, sum_of_manifest
from descent.support.files import DamagedFile, how_to_rebuild, read_json
from descent.support.quoting import shortened, written
from descent.tables.origin import as_written, disagreements

ShortText = Annotated[str, Field(max_length=1000)]
Amount = Annotated[float, Field(ge=0.0, le=1e15)]
Count = Annotated[int, Field(ge=0, le=10**15)]


class Exactness(BaseModel, strict=True):
    """What `descent.run.manifest.exactness_of` returns, as far as the report reads it."""

    kind: Literal["exact", "tolerance", "figure"] = Field(alias="class")


class RunTime(BaseModel, strict=True):
    """What `descent.run.run_times.run_time` returns."""

    jobs: Count
    seconds: Amount | None
    memory_mib: Amount | None


class Machine(BaseModel, strict=True):
    """What `descent.run.manifest.machine` returns, as far as the report reads it."""

    system: ShortText
    architecture: ShortText
    processors: Count | None
    longdouble: ShortText


class OwnManifest(BaseModel, strict=True):
    """What `descent.run.manifest.manifest_of` returns: nothing of it is lacking."""

    descent: ShortText
    commit: ShortText | None
    configuration: dict[str, Any]
    versions: dict[ShortText, ShortText | None]
    machine: Machine
    folder: ShortText
    results: dict[ShortText, Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]
    exactness: dict[ShortText, Exactness]
    run_times: dict[ShortText, RunTime]
    sha256: str


def read_own_manifest(
    path: str | Path, folder: str | Path, configuration: Mapping, inputs: Iterable[str] = ()
) -> dict:
    """Read a study's manifest and check that it is of this study, and as it was written.

    Parameters
    ----------
    path : str or Path
        The manifest.
    folder, configuration
        As in `descent.run.manifest.manifest_of`.
    inputs : iterable of str
        Results, named as in the manifest, that must be as it found them.

    Returns
    -------
    dict
        What `descent.run.manifest.manifest_of` returned, as far as it is read.

    Raises
    ------
    DamagedFile
        If it is damaged, changed, of another study or version, or of other results.
    """
    content = read_json(path)
    try:
        made = OwnManifest.model_validate(content)
    except ValidationError as error:
        fault = f"is no manifest of results ({first_fault(error)})"
    else:
        fault = _fault_of(made, content, Path(folder).as_posix(), configuration, inputs)
    if fault:
        raise DamagedFile(f"{path} {fault}; {how_to_rebuild(path)}")
    return made.model_dump(by_alias=True)


def _fault_of(
    made: OwnManifest, content: Mapping, folder: str, configuration: Mapping, inputs: Iterable[str]
) -> str:
    """Say why a manifest is not that of a study and its results; empty if it is."""
    known = as_written(configuration)
    if made.descent != __version__:
        return f"was made by version {shortened(made.descent)} of descent, not {__version__}"
    if made.configuration != known:
        for key, theirs, ours in disagreements(made.configuration, known):
            return f"says {shortened(key)} = {written(theirs)}, not {written(ours)}"
        return "holds other keys of the configuration"
    if made.folder != folder or made.results.keys() != made.exactness.keys():
        return "is that of other results"
    if made.sha256 != sum_of_manifest(content):
        return "was changed after it was written"
    return next((f"does not fit {n}" for n in inputs if made.results.get(n) != sha256(n)), "")


def first_fault(error: ValidationError) -> str:
    """Return the first of a manifest's mistakes: where it is, and what is wrong."""
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"])) or "it"
    return f"{shortened(where)}: {first['msg']}"
