"""The command line: ``python -m descent compare A B``."""

import argparse
import contextlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from typing import TextIO

from descent import __version__
from descent.support.quoting import on_one_line

NOT_COMPARABLE = 2


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
        from descent.run import folder_comparison
    except ModuleNotFoundError as error:
        return _give_up(f"compare needs {error.name}: pip install 'descent[workflow]'")
    try:
        findings, differences = folder_comparison.compare_folders(folders.A, folders.B)
        text = folder_comparison.comparison_text(findings, differences)
        _tell(text, sys.stdout)
    except folder_comparison.NoResultsError as error:
        return _give_up(str(error))
    except Exception as error:  # a stranger's files may hold anything
        what = f"{folders.A} and {folders.B} cannot be compared"
        return _give_up(f"{what}: {type(error).__name__}: {error}")
    return int(any(one.agreement == folder_comparison.DIFFERENT for one in findings))


def _give_up(fault: str) -> int:
    with contextlib.suppress(OSError):
        _tell(on_one_line(f"error: {fault}"), sys.stderr)
    return NOT_COMPARABLE


def _tell(text: str, stream: TextIO | None) -> None:
    """Write lines to a stream that may be closed, or in a locale with few characters."""
    if stream is None:
        return
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    try:
        print(text, file=stream, flush=True)
    except OSError as error:
        # What is left would be written, and fail, once more at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not isinstance(error, BrokenPipeError):  # as of `| head`, which has read enough
            raise


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # an interrupt needs no traceback
    sys.exit(main())
