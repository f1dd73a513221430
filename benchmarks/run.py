"""Measure, side by side and in turn, and write tables and figures under results/benchmarks/."""

import argparse
import os
import platform
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "results" / "benchmarks"


def main() -> None:
    """Run every benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller work, fewer rounds")
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv-peers" / "bin" / "python")
    options = parser.parse_args()
    os.environ["DESCENT_BENCH_THREADS"] = "1"
    os.environ["DESCENT_BENCH_QUICK"] = "1" if options.quick else ""

    # Imported here, since the size of the work is in the environment.
    import contests
    import growth
    import overhead
    import peak
    import pictures
    from problems import cores

    FOLDER.mkdir(parents=True, exist_ok=True)
    machine = f"{processor()}, {cores()} cores, Python {platform.python_version()}"
    print(f"On {machine}.")
    print("\nOther libraries: how many times the engine's seconds they take (medians).")
    rounds = 3 if options.quick else 7
    ratios = [
        row
        for threads in sorted({1, cores()})
        for row in contests.measure(options.peers, threads, rounds, options.quick)
    ]
    pictures.draw_ratios(table("ratios", ratios, machine), FOLDER / "ratios.svg")
    print("\nHow cost grows (medians; the slope is of the larger half, in logarithms):")
    pictures.draw_growth(
        table("growth", growth.measure(options.quick), machine), FOLDER / "growth.svg"
    )
    print("\nShare of the peak without fused operations, on one thread (fewest processor seconds):")
    table("peak", peak.measure(5 if options.quick else 20), machine)
    if not options.quick:
        print("\nA clean run of the study, beside the same DAG with empty scripts:")
        table("overhead", overhead.measure(), machine)


def table(name: str, rows: list[dict], machine: str):
    """Write rows as CSV and Markdown, print them, and return them."""
    import pandas as pd

    frame = pd.DataFrame(rows)
    frame.to_csv(FOLDER / f"{name}.csv", index=False)
    rounded = frame.map(lambda cell: f"{cell:.4g}" if isinstance(cell, float) else str(cell))
    lines = [rounded.columns, ["---"] * len(rounded.columns), *rounded.to_numpy()]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    (FOLDER / f"{name}.md").write_text(f"Measured on {machine}.\n\n{text}\n", encoding="utf-8")
    print(rounded.to_string(index=False), flush=True)
    return frame


def processor() -> str:
    """Return the processor's name."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
