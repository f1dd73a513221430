"""What earlier runs left behind that nothing waits for."""

from collections.abc import Collection, Mapping
from pathlib import Path


def clear_chunks(
    cuts: Mapping[str, int],
    inputs: Collection[str],
    awaited: Collection[str],
    folder: str | Path = "results",
) -> None:
    """Remove chunks that nothing waits for: of sweeps that are gathered, or cut in another way.

    Parameters
    ----------
    cuts : Mapping of str to int
        Into how many chunks the sweep of each problem is cut.
    inputs, awaited : collection of str
        Inputs of all jobs, and of those that are still to run.
    folder : str or Path
        The folder of the results.
    """
    for problem, chunks in cuts.items():
        for chunk in Path(folder, problem, "chunks").glob("*-of-*.parquet"):
            is_of_this_cut = chunk.stem.endswith(f"-of-{chunks}")
            is_gathered = str(chunk) in inputs and str(chunk) not in awaited
            if is_gathered or not is_of_this_cut:
                chunk.unlink()
