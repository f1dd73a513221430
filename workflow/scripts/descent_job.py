"""What every script needs first: this workflow's core on the path, and errors in the rule's log.

Import it before anything of `descent`: the code that is tracked is the code that runs.
"""

import fcntl
import os
import sys
import traceback
from contextlib import AbstractContextManager
from pathlib import Path

from __main__ import snakemake

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from descent.run.terminal import open_closed_streams, say_on_terminal
from descent.support.files import DamagedFile

open_closed_streams()

# Figures are drawn without a screen, and from Matplotlib's own settings.
os.environ.pop("MPLBACKEND", None)
os.environ["MATPLOTLIBRC"] = os.devnull
# Kernels are compiled with Numba's own settings.
for name in [name for name in os.environ if name.startswith("NUMBA_")]:
    del os.environ[name]

try:
    # As long as it is at work, this job shares the lock for which a further run waits, if this
    # run is killed and the job goes on (`descent.run.locking`).
    at_work = Path(".snakemake", "descent.jobs").open("a")  # noqa: SIM115
    fcntl.flock(at_work, fcntl.LOCK_SH)
except OSError:  # there are no such locks here
    pass

MOST_NAMED = 6  # tables in a message
LOG = Path(snakemake.log[0])
try:
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_text("", encoding="utf-8")  # what an earlier attempt wrote is gone
except OSError:  # something is in its way; no result needs it
    LOG = Path(os.devnull)


def progress(total: int, unit: str, name: str) -> AbstractContextManager:
    """Show how much is done, on the terminal and in the log; it is no part of what is computed."""
    from descent.run.progress import show_progress

    return show_progress(total, unit, name, LOG)


def _brief(kind: type[BaseException], error: BaseException, details: str) -> str:
    """Return as much of an error as helps a user: one line, or the traceback of our own mistake."""
    if issubclass(kind, KeyboardInterrupt):
        return "interrupted\n"
    if issubclass(kind, MemoryError):
        return f"not enough memory ({error}); lower the counts in the configuration\n"
    # The system raises OSError and a file that is not what it should be DamagedFile: these say all.
    if issubclass(kind, OSError | DamagedFile):
        return f"{error}\n"
    tables = [str(file) for file in snakemake.input if str(file).endswith(".parquet")]
    force = f"--force {' '.join(tables)}" if len(tables) <= MOST_NAMED else "--forceall"
    # The core raises ValueError for what a user can mend. Else tables that were tampered with are
    # likelier than a mistake of ours, which their makers would have met.
    told = str(error) if issubclass(kind, ValueError) else f"{kind.__name__}: {error}"
    if tables:
        return f"{told}; if a table was changed, rebuild it with: snakemake --cores all {force}\n"
    return f"{told}\n" if issubclass(kind, ValueError) else details


def _report(kind: type[BaseException], error: BaseException, trace: object) -> None:
    """Tell the terminal as much as helps a user, and the log the whole traceback."""
    details = "".join(traceback.format_exception(kind, error, trace))
    brief = _brief(kind, error, details)
    where = f"traceback in {LOG}" if LOG.is_file() else "no log"
    try:
        with LOG.open("a", encoding="utf-8") as log:
            log.write(details)
    except OSError as unwritten:  # as when the disk is full
        where = f"no log: {unwritten}"
    say_on_terminal(f"\nRule {snakemake.rule}: {brief}({where})\n")


sys.excepthook = _report
