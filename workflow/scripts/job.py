"""What every script needs first: this workflow's core on the path, and errors in the rule's log.

Import it before anything of `descent`. The core is found where the rule's tracked inputs say it
is, so that the files watched for changes are the files that run.
"""

import sys
import traceback
from pathlib import Path

from __main__ import snakemake

CORE = Path(snakemake.input.core[0]).resolve().parent
sys.path.insert(0, str(CORE.parent))

LOG = Path(snakemake.log[0])
LOG.parent.mkdir(parents=True, exist_ok=True)
LOG.write_text("", encoding="utf-8")  # what an earlier attempt wrote is gone


def _report(kind: type[BaseException], error: BaseException, trace: object) -> None:
    """Write the whole traceback to the log, and to the terminal as much as helps a user."""
    details = "".join(traceback.format_exception(kind, error, trace))
    with LOG.open("a", encoding="utf-8") as log:
        log.write(details)
    # The core raises ValueError for what a user can mend; the message says it all.
    brief = f"{error}\n" if isinstance(error, ValueError) else details
    if isinstance(error, KeyboardInterrupt):
        brief = "interrupted; run the same command again to go on\n"
    if isinstance(error, MemoryError):
        brief = f"not enough memory ({error}); lower the counts in the configuration\n"
    sys.stderr.write(f"\nRule {snakemake.rule}: {brief}(traceback in {LOG})\n")


sys.excepthook = _report
