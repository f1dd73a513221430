"""Do a contestant's cases on demand: `worker.py CONTESTANT FOLDER`.

It first writes each case's result to the folder and describes the cases on one line; then each
line of input is the number of a case, and each line of output the seconds that its share took, by
the clock and of the processors.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path

threads = int(os.environ["DESCENT_BENCH_THREADS"])
if hasattr(os, "sched_setaffinity"):  # before a library counts the cores
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

import numpy as np  # noqa: E402

contestant, folder = sys.argv[1], Path(sys.argv[2])
cases = importlib.import_module(f"contestants.{contestant}_").cases()
for number, case in enumerate(cases):
    np.save(folder / f"{contestant}{number}.npy", case.work())
print(json.dumps([(case.contest, case.name, case.share) for case in cases]), flush=True)
for line in sys.stdin:
    begin, busy = time.perf_counter(), time.process_time()
    cases[int(line)].work()
    print(time.perf_counter() - begin, time.process_time() - busy, flush=True)
