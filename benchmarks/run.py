"""Measure, side by side and in turn, and write the ratios under results/benchmarks/."""

from pathlib import Path

import overhead
import pandas as pd

FOLDER = Path(__file__).resolve().parents[1] / "results" / "benchmarks"


def main() -> None:
    """Run every benchmark and print its table."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    print("A clean run of the study, beside the same DAG with empty scripts:")
    table = pd.DataFrame(overhead.measure())
    table.to_csv(FOLDER / "overhead.csv", index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
