"""A killed study goes on and ends as if nothing had been; `make soak` does it for longer."""

import random

import pytest
from soak import ONE_PROBLEM, kill_and_resume, undisturbed

pytestmark = pytest.mark.slow


def test_a_killed_study_goes_on_by_the_same_command_and_ends_the_same(tmp_path):
    expected = undisturbed(tmp_path / "undisturbed", ONE_PROBLEM)
    assert expected["jobs of sweep_chunk"] == "3"
    outcome = kill_and_resume(tmp_path / "killed", [ONE_PROBLEM], [expected], 3, random.Random(4))
    assert outcome.kills >= 2
    assert outcome.faults == 0
