"""Progress of long work: a bar on a terminal, and lines in the rule's log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

from descent.words.numbers import duration, number, share

SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def show_progress(
    total: int, unit: str, name: str, log: str | Path
) -> Iterator[Callable[[int], None]]:
    """Show how much is done, how quickly, and how much time is left.

    Parameters
    ----------
    total : int
        How much there is to do.
    unit : str
        Of what, such as ``descents``.
    name : str
        What is under way, such as ``sweep_rosenbrock, chunk 1 of 2``.
    log : str or Path
        File to which a line is added every few seconds, and when all is done.

    Yields
    ------
    callable
        To be called with how much more was done.
    """
    with (
        Path(log).open("a", encoding="utf-8") as lines,
        # No terminal, no bar.
        tqdm(total=total, unit=f" {unit}", unit_scale=True, desc=name, disable=None, leave=False,
             file=sys.stderr, dynamic_ncols=True) as bar,
    ):  # fmt: skip
        begin = written = time.monotonic()
        done = 0

        def advance(more: int) -> None:
            nonlocal done, written
            done += more
            bar.update(more)
            now = time.monotonic()
            if done == total or now - written >= SECONDS_BETWEEN_LINES:
                written = now
                _write_progress(lines, done, total, unit, now - begin)

        _write_progress(lines, 0, total, unit, 0.0)
        yield advance


def _write_progress(lines: TextIO, done: int, total: int, unit: str, seconds: float) -> None:
    text = f"{number(done)} of {number(total)} {unit} ({share(done / total)})"
    if done:
        rate = done / max(seconds, 1e-9)
        text += f" in {duration(seconds)}, {number(rate)} a second"
        text += f", {duration((total - done) / rate)} left" if done < total else ""
    lines.write(text + "\n")
    lines.flush()
