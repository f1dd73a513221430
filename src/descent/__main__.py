"""The command line: ``python -m descent compare A B``."""

import argparse
import signal
import sys
from collections.abc import Sequence

from descent import __version__
from descent.run.folder_comparison import (
    DIFFERENT,
    NoResultsError,
    compare_folders,
    comparison_text,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m descent", description="Tools for results.")
    parser.add_argument("--version", action="version", version=f"descent {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    comparing = commands.add_parser(
        "compare",
        help="tell whether two results folders agree",
        description="Tell file by file whether two results folders agree as exactly as they "
        "should: the same bits, or within a stated tolerance. Exit status: 0 if they do, 1 if "
        "they do not, 2 if they cannot be compared.",
    )
    comparing.add_argument("A", help="a results folder, with its manifest.json")
    comparing.add_argument("B", help="another")
    folders = parser.parse_args(arguments)
    try:
        findings, differences = compare_folders(folders.A, folders.B)
    except NoResultsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(comparison_text(findings, differences))
    return int(any(finding.agreement == DIFFERENT for finding in findings))


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` is no error
    sys.exit(main())
