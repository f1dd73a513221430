"""What earlier runs left behind that nothing waits for: what they made for themselves, no more."""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

TEMPORARY_NOTES = "descent.temporary"
"""The file, under `.snakemake`, that says which chunks may be removed, a line each."""


def noted_temporary(folder: str | Path) -> set[str]:
    """Return the files that runs have noted down as made for themselves; none if that is lost."""
    try:
        return set((Path(folder) / TEMPORARY_NOTES).read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError):
        return set()


def note_temporary(folder: str | Path, made: Collection[str], kept: Collection[str]) -> None:
    """Note down what a run will make for itself, so that a later one may remove it.

    Parameters
    ----------
    folder : str or Path
        Where Snakemake keeps what it remembers.
    made, kept : collection of str
        The temporary files that the run may make, and those that the user asked for or wants to
        keep, of whichever run they are.
    """
    noted = (noted_temporary(folder) | set(made)) - set(kept)
    with suppress(OSError):  # then they stay
        text = "".join(f"{file}\n" for file in sorted(noted))
        (Path(folder) / TEMPORARY_NOTES).write_text(text, encoding="utf-8")


def clear_chunks(
    cuts: Mapping[str, int],
    inputs: Collection[str],
    awaited: Collection[str],
    temporary: Collection[str],
    folder: str | Path = "results",
) -> None:
    """Remove chunks that nothing waits for: of sweeps that are gathered, or cut in another way.

    Parameters
    ----------
    cuts : Mapping of str to int
        Into how many chunks the sweep of each problem is cut.
    inputs, awaited : collection of str
        Inputs of all jobs, and of those that are still to run.
    temporary : collection of str
        What may be removed at all; other chunks were asked for.
    folder : str or Path
        The folder of the results.
    """
    for problem, chunks in cuts.items():
        for chunk in Path(folder, problem, "chunks").glob("*-of-*.parquet"):
            is_of_this_cut = chunk.stem.endswith(f"-of-{chunks}")
            is_gathered = str(chunk) in inputs and str(chunk) not in awaited
            if str(chunk) in temporary and (is_gathered or not is_of_this_cut):
                chunk.unlink()


def remove_garbled(folder: str | Path) -> str:
    """Remove records of Snakemake that it cannot read, and at which it would stop.

    What it takes for lost by itself stays: text that was cut off, as another run may be writing it.

    Parameters
    ----------
    folder : str or Path
        Where Snakemake keeps what it remembers.

    Returns
    -------
    str
        What a user should know of it; empty where nothing was garbled.
    """
    records = [path for path in (Path(folder) / "metadata").rglob("*") if path.is_file()]
    garbled = [record for record in records if _is_garbled(record)]
    for record in garbled:
        record.unlink(missing_ok=True)
    return f"{folder}/metadata held what is no record; it was removed" if garbled else ""


def _is_garbled(record: Path) -> bool:
    try:
        return not isinstance(json.loads(record.read_text(encoding="utf-8")), dict)
    except json.JSONDecodeError:
        return False
    except (UnicodeDecodeError, RecursionError):
        return True
