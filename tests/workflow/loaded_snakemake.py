"""The `snakemake` command, loaded once: each line of standard input runs it in a fork of its own.

Loading Snakemake takes most of the time of a run that does little. A line holds, as JSON, the
command's arguments and the files for its output and its errors; the answer is the exit status.
"""

import json
import os
import signal
import sys

from snakemake.cli import main

SECONDS = 600  # after which a run hangs

for line in sys.stdin:
    call = json.loads(line)
    if not (child := os.fork()):
        signal.alarm(SECONDS)
        for stream, file in enumerate((os.devnull, call["output"], call["errors"])):
            os.dup2(os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC), stream)
        sys.argv = ["snakemake", *call["arguments"]]
        sys.exit(main())
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
