"""The engine beside other libraries: the same work, in turn, each in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

HERE = Path(__file__).resolve().parent
OWN = ("descent", "numpy", "python")
PEERS = ("jax", "torch", "sklearn")
CLOSE = 1e-9  # relative; libraries differ in rounding


class Worker(NamedTuple):
    """A contestant's process."""

    contestant: str
    process: subprocess.Popen
    cases: list


def measure(peers: Path, threads: int, repeats: int, quick: bool) -> list[dict]:
    """Time all cases in turn; return a row for each: medians, and how many times the engine's.

    Parameters
    ----------
    peers : Path
        Python of the environment in which the other libraries are.
    threads : int
        Threads of each contestant.
    repeats : int
        Rounds.
    quick : bool
        Take a smaller work.
    """
    with tempfile.TemporaryDirectory() as folder:
        pythons = dict.fromkeys(OWN, sys.executable) | dict.fromkeys(PEERS, str(peers))
        workers = [
            _start(contestant, python, folder, threads, quick)
            for contestant, python in pythons.items()
        ]
        order = [(worker, number) for worker in workers for number in range(len(worker.cases))]
        times: dict[tuple[str, int], list[np.ndarray]] = {}
        for _ in range(repeats):
            for worker, number in order:
                _, _, share = worker.cases[number]
                taken = _ask(worker, number) / share
                times.setdefault((worker.contestant, number), []).append(taken)
        for worker in workers:
            worker.process.stdin.close()
            worker.process.wait()
        results = {
            (worker.contestant, number): np.load(f"{folder}/{worker.contestant}{number}.npy")
            for worker, number in order
        }
    medians = {key: np.median(values, axis=0) for key, values in times.items()}
    firsts: dict[str, tuple[str, int]] = {}  # the engine's own, which comes first
    rows = []
    for worker, number in order:
        contest, name, share = worker.cases[number]
        key = (worker.contestant, number)
        own = firsts.setdefault(contest, key)
        seconds, busy = medians[key]
        rows.append(
            {
                "contest": contest,
                "threads": threads,
                "contestant": name,
                "seconds": seconds,
                "processor_seconds": busy,
                "ratio": seconds / medians[own][0],
                "processor_ratio": busy / medians[own][1],
                "measured_share": share,
                "agreement": _agreement(contest, results[key], results[own]),
            }
        )
    return sorted(rows, key=lambda row: row["contest"])


def _start(contestant: str, python: str, folder: str, threads: int, quick: bool) -> Worker:
    environment = os.environ | {
        "DESCENT_BENCH_THREADS": str(threads),
        "DESCENT_BENCH_QUICK": "1" if quick else "",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "PYTHONPATH": str(HERE.parent / "src") if contestant in OWN else "",
    }
    process = subprocess.Popen(
        [python, HERE / "worker.py", contestant, folder],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return Worker(contestant, process, json.loads(process.stdout.readline()))


def _ask(worker: Worker, number: int) -> np.ndarray:
    """Let a worker do a case; return the seconds by the clock and of the processors."""
    worker.process.stdin.write(f"{number}\n")
    worker.process.stdin.flush()
    return np.array(worker.process.stdout.readline().split(), float)


def _agreement(contest: str, found: np.ndarray, expected: np.ndarray) -> str:
    """Say how well a result agrees with the engine's, on the runs that both have."""
    if contest == "checked descents":
        same = (found == expected).all(axis=0).mean()
        return f"{same:.3%} end alike at the same iteration"
    runs = found.shape[1]
    error = np.abs(found - expected[:, :runs]).max(axis=0)
    close = (error <= CLOSE * np.abs(expected[:, :runs]).max(axis=0)).mean()
    return f"{close:.3%} of {runs} to {CLOSE:.0e}"
