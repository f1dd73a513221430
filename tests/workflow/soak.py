"""Kill the study again and again, at random moments, and see whether it ends as if nothing was.

A round goes on with the same command, killed each time, until the study is through; then its
manifest is held to that of an undisturbed run. Some kills hit the whole process group, some only
Snakemake, whose jobs live on for a while; in some rounds the configuration is edited
on the way. `make soak` runs rounds until there were enough kills, and writes a row for each; then
it runs random studies (`random_studies.py`), each of which must end well.
"""

import argparse
import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64decode
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from random_studies import run_studies

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "results" / "benchmarks" / "soak.csv"

# A problem in small, and in chunks; compiled code is another test's matter.
ROSENBROCK = """
rosenbrock:
  sweep:
    learning_rate: {count: 3}
    momentum: [0, 0.9]
    decay: [0.9]
    beta1: [0.9]
    starts: {count: 4}
    evaluation: 4
    headline: {target: 1, hold: 3, trials: 2}
    multiverse: {targets: [10], holds: [1, 3], budgets: [20], trials: [1, 0]}
    iterations: 60
    chunks: 3
    engine: numpy
"""
BOWL = """
objectives:
  - name: bowl
    objective: quadratic
    parameters: {spectrum: [1, 10]}
    sweep:
      methods: [gradient_descent, momentum]
      learning_rate: {low: 1e-2, high: 1, count: 3}
      momentum: [0, 0.5]
      starts: {low: -1, high: 1, count: 4, seed: 1}
      evaluation: 4
      headline: {target: 1e-3, hold: 3}
      multiverse: {targets: [1e-1], holds: [1, 3], trials: [1, 0]}
      iterations: 60
      chunks: 3
      engine: numpy
"""
# Of few jobs.
ONE_PROBLEM = f"rosenbrock: null\nnetwork: null\n{BOWL.replace('[1, 10]', '[1, 10, 100]')}"
NETWORK = """
mixture:
  samples: 30
  held_out_samples: 30
network:
  seeds: {count: 2}
  runs:
    - {name: plain, method: gradient_descent, learning_rate: 0.002, iterations: 20}
    - {name: heavy, method: momentum, learning_rate: 0.002, momentum: 0.5, iterations: 20}
  gradient_check: {networks: 1}
  sweep:
    methods: [gradient_descent, momentum]
    learning_rate: {count: 2}
    momentum: [0, 0.9]
    initials: [uniform]
    seeds: {count: 4}
    evaluation: 4
    headline: {target: 1, hold: 3, trials: 2}
    multiverse: {targets: [1.09], holds: [1, 3], budgets: [10], trials: [1, 0]}
    iterations: 20
    chunks: 3
    engine: numpy
"""
# Every stage.
TINY = f"{ROSENBROCK}{BOWL}{NETWORK}"
# An edit that reaches every stage, and changes the cut.
EDITED = (
    TINY.replace("iterations: 60\n    chunks: 3", "iterations: 70\n    chunks: 2")
    .replace("held_out_samples: 30", "held_out_samples: 40")
    .replace("spectrum: [1, 10]", "spectrum: [1, 20]")
) + "report: {title: Edited}\n"


class Round(NamedTuple):
    """What happened in a round."""

    study: str
    kills: int
    of_snakemake_alone: int
    at_work: str
    """Files that were being made when they were killed, by stage."""
    resumed: int
    unlocked_by_hand: int
    half_files: int
    computed_again: int
    lost_or_stale: int
    seconds: float

    @property
    def faults(self) -> int:
        return self.half_files + self.computed_again + self.lost_or_stale


def undisturbed(folder: Path, configuration: str) -> dict[str, str]:
    """Run a study to its end and return the checksums of its manifest."""
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(configuration, encoding="utf-8")
    process = start(folder)
    assert process.wait(600) == 0, (folder / "terminal.log").read_text()
    return checksums(folder)


def checksums(folder: Path) -> dict[str, str]:
    """Return the manifest's checksums, and how many jobs of each rule it knows."""
    manifest = json.loads((folder / "results" / "manifest.json").read_text())
    jobs = {f"jobs of {rule}": str(row["jobs"]) for rule, row in manifest["run_times"].items()}
    return manifest["results"] | jobs


def start(folder: Path, *arguments: str, terminal: str = "terminal.log") -> subprocess.Popen:
    """Start the plain command, in a process group of its own."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--cores", "2", *arguments]
    with (folder / terminal).open("w") as output:
        return subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True,
            # A shell's background job ignores interrupts, and so would all that it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip


def kill_and_resume(
    folder: Path,
    configurations: list[str],
    expected: list[dict[str, str]],
    kills: int,
    chance: random.Random,
) -> Round:
    """Kill a study so many times on its way, let it end, and compare.

    Parameters
    ----------
    folder : Path
        Where it runs, empty.
    configurations : list of str
        Of the study; the next one is taken when half of the kills are done.
    expected : list of dict
        Checksums of the undisturbed run of each.
    kills : int
        How often it is killed, if it does not come to its end before.
    chance : random.Random
        Chooses the moments.
    """
    began = time.monotonic()
    folder.mkdir(parents=True)
    done, alone, half, again = 0, 0, 0, 0
    stages: Counter[str] = Counter()
    finished: dict[str, int] = {}
    edited = 0
    (folder / "config.yaml").write_text(configurations[0], encoding="utf-8")
    while done < kills:
        process = start(folder)
        wait_for_a_moment(process, folder, chance)
        if process.poll() is not None:
            break
        only_snakemake = chance.random() < 0.25
        if only_snakemake:
            process.kill()
            process.wait()
        else:
            kill_group(process)
        done, alone = done + 1, alone + only_snakemake
        at_work = incomplete(folder)
        stages.update(stage_of(path) for path in at_work or ["(none)"])
        half += sum(not is_whole(path) for path in results(folder))
        now = {path: made for path, made in times(folder, at_work).items() if made > edited}
        again += len(changed(finished, now))
        finished = now
        if done == max(1, kills // 2) and len(configurations) > 1:
            (folder / "config.yaml").write_text(configurations[1], encoding="utf-8")
            edited, finished, expected = time.time_ns(), {}, expected[1:]
    else:
        process = start(folder)
    code = process.wait(600)
    text = (folder / "terminal.log").read_text()
    assert code == 0, text
    left = times(folder, set())
    again += len(changed(finished, left))
    found = checksums(folder)
    wrong = {
        path for path in found.keys() | expected[0] if found.get(path) != expected[0].get(path)
    }
    wrong |= {str(path) for path in results(folder, partial=True)} - {
        str(folder / path) for path in [*found, "results/manifest.json", "results/report.html"]
    }
    for path in sorted(wrong):
        print(f"  not as in an undisturbed run: {path}")
    return Round(
        study="edited on the way" if len(configurations) > 1 else "as it is",
        kills=done,
        of_snakemake_alone=alone,
        at_work=", ".join(f"{stage} {count}" for stage, count in sorted(stages.items())),
        resumed=done,
        unlocked_by_hand=0,
        half_files=half,
        computed_again=again,
        lost_or_stale=len(wrong),
        seconds=round(time.monotonic() - began, 1),
    )


def wait_for_a_moment(process: subprocess.Popen, folder: Path, chance: random.Random) -> None:
    """Wait for some jobs to end, and a little more; or for any moment of the start."""
    if chance.random() < 0.2:
        time.sleep(chance.uniform(0.1, 4.0))
        return
    jobs, terminal = chance.choice([0, 1, 2, 4, 6, 9]), folder / "terminal.log"
    while process.poll() is None:
        ended = terminal.read_text(errors="replace").count("Finished jobid")
        if ended >= jobs and incomplete(folder):
            break
        time.sleep(0.02)
    time.sleep(chance.uniform(0.0, 1.0))


def kill_group(process: subprocess.Popen) -> None:
    """Kill a run with all its jobs, and wait until they are gone."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    while group_exists(process.pid):
        time.sleep(0.01)


def group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def incomplete(folder: Path) -> set[str]:
    """Return the files that Snakemake has marked as being made."""
    marked = folder / ".snakemake" / "incomplete"
    names = [file.name for file in marked.iterdir()] if marked.is_dir() else []
    return {urlsafe_b64decode(name).decode() for name in names if not name.startswith(("@", "mig"))}


def stage_of(path: str) -> str:
    parts = path.removeprefix("results/").split("/")
    return parts[0] if len(parts) > 1 else path.removeprefix("results/")


def results(folder: Path, partial: bool = False) -> list[Path]:
    """Return all result files; those that were not written to their end only if asked for."""
    files = [path for path in (folder / "results").rglob("*") if path.is_file()]
    return [path for path in files if partial or not path.name.endswith(".partial")]


def times(folder: Path, at_work: set[str]) -> dict[str, int]:
    """Return when the finished results were made."""
    found = {}
    for path in results(folder):
        name = path.relative_to(folder).as_posix()
        if name not in at_work:
            found[name] = path.stat().st_mtime_ns
    return found


def changed(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """Return the files that were made again."""
    again = [path for path in before.keys() & after.keys() if before[path] != after[path]]
    for path in again:
        print(f"  computed again: {path}")
    return again


def is_whole(path: Path) -> bool:
    """Tell whether a file can be read to its end."""
    try:
        if path.suffix == ".parquet":
            pq.read_table(path, page_checksum_verification=True)
        elif path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        else:
            end = "</svg>" if path.suffix == ".svg" else "</html>"
            return path.read_text(encoding="utf-8").rstrip().endswith(end)
    except FileNotFoundError:
        return True  # a job that outlived its run replaced it just now
    except (OSError, ValueError, pa.ArrowException):
        return False
    return True


def soak(kills: int, each: int, chance: random.Random, folder: Path) -> int:
    """Run rounds until there were enough kills, and return how many faults there were."""
    if not kills:
        return 0
    expected = [undisturbed(folder / name, text) for name, text in [("a", TINY), ("b", EDITED)]]
    rounds: list[Round] = []
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    while sum(one.kills for one in rounds) < kills:
        edited = len(rounds) % 2 == 1
        rounds.append(
            kill_and_resume(
                folder / f"round-{len(rounds) + 1}",
                [TINY, EDITED] if edited else [TINY],
                expected if edited else expected[:1],
                each,
                chance,
            )
        )
        print(rounds[-1], flush=True)
        with TABLE.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["round", *Round._fields])
            table.writerows([number, *one] for number, one in enumerate(rounds, 1))
    faults = sum(one.faults for one in rounds)
    print(f"{sum(one.kills for one in rounds)} kills, {faults} faults: {TABLE}")
    return faults


def main() -> int:
    """Kill, then run random studies; exit status 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=50, help="at least so many")
    parser.add_argument("--each", type=int, default=13, help="kills in a round, at most")
    parser.add_argument("--studies", type=int, default=300, help="random studies after the kills")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("folder", type=Path, nargs="?", help="where to run (default: temporary)")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    chance = random.Random(seed)
    folder = Path(options.folder or tempfile.mkdtemp(prefix="soak-"))
    print(f"Seed {seed}, in {folder}.", flush=True)
    faults = soak(options.kills, options.each, chance, folder)
    failed = run_studies(seed, range(1, options.studies + 1), folder / "studies")
    return int(faults + failed > 0)


if __name__ == "__main__":
    sys.exit(main())
