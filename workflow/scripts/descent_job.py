"""What every script needs first: this workflow's core on the path, and errors in the rule's log.

Import it before anything of `descent`: the code that is tracked is the code that runs.
"""

import fcntl
import sys
import traceback
from contextlib import AbstractContextManager
from pathlib import Path

from __main__ import snakemake

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

try:
    # As long as it is at work, this job shares the lock for which a further run waits, if this
    # run is killed and the job goes on (`descent.run.locking`).
    at_work = Path(".snakemake", "descent.jobs").open("a")  # noqa: SIM115
    fcntl.flock(at_work, fcntl.LOCK_SH)
except OSError:  # there are no such locks here
    pass

LOG = Path(snakemake.log[0])
LOG.parent.mkdir(parents=True, exist_ok=True)
LOG.write_text("", encoding="utf-8")  # what an earlier attempt wrote is gone


def progress(total: int, unit: str, name: str) -> AbstractContextManager:
    """Show how much is done, on the terminal and in the log; it is no part of what is computed."""
    from descent.run.progress import show_progress

    return show_progress(total, unit, name, LOG)


def _report(kind: type[BaseException], error: BaseException, trace: object) -> None:
    """Tell the terminal as much as helps a user, and the log the whole traceback."""
    details = "".join(traceback.format_exception(kind, error, trace))
    brief = details
    # The core raises ValueError for what a user can mend, the system OSError; the message says it.
    if isinstance(error, ValueError | OSError):
        brief = f"{error}\n"
    if isinstance(error, KeyboardInterrupt):
        brief = "interrupted\n"
    if isinstance(error, MemoryError):
        brief = f"not enough memory ({error}); lower the counts in the configuration\n"
    where = f"traceback in {LOG}"
    try:
        with LOG.open("a", encoding="utf-8") as log:
            log.write(details)
    except OSError as unwritten:  # as when the disk is full
        where = f"no log: {unwritten}"
    sys.stderr.write(f"\nRule {snakemake.rule}: {brief}({where})\n")


sys.excepthook = _report
