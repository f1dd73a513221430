"""The terminal, which may be closed or full: what is told there is no result, and stops nothing."""

import os
import sys
from contextlib import suppress


def open_closed_streams() -> None:
    """Let the standard streams that are closed lead nowhere, as `/dev/null` does.

    Otherwise the next file that is opened would take the place of one, and get what libraries
    write to it.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:  # the lowest number that is free
        os.set_inheritable(number, True)
    os.close(number)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115


def say_on_terminal(text: str) -> None:
    """Write text to the terminal, if it takes it."""
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()
