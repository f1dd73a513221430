"""What is told where the terminal is closed or full."""

import subprocess
import sys

import pytest

TOLD = """
import os
from contextlib import suppress
from descent.run.terminal import open_closed_streams, say_on_terminal
open_closed_streams()
say_on_terminal("told\\n")
print("printed")
with open("own", "w") as own:
    assert own.fileno() > 2
    with suppress(OSError):
        os.write(2, b"of a library\\n")
assert open("own").read() == ""
open("end", "w")
"""


@pytest.mark.parametrize("closing", ["<&- >&- 2>&-", "2>&-", ">&-", "<&- 2>&-", "2>/dev/full", ""])
def test_a_terminal_that_takes_nothing_stops_nothing(root, tmp_path, closing):
    (tmp_path / "told.py").write_text(TOLD)
    run = subprocess.run(
        f"{sys.executable} told.py {closing}", shell=True, cwd=tmp_path, capture_output=True,
        env={"PYTHONPATH": str(root / "src")}, text=True, check=False,
    )  # fmt: skip
    assert (tmp_path / "end").exists(), run.stderr
    if not closing:
        assert (run.stdout, run.stderr) == ("printed\n", "told\nof a library\n")
