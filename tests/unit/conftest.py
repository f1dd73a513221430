"""What several unit tests share: the shipped configuration and hypothesis's settings."""

import copy
from pathlib import Path

import pytest
import yaml
from hypothesis import Phase, settings

from descent.config.reading import validate

ROOT = Path(__file__).resolve().parents[2]

# The same examples every time: a test that fails once fails always.
settings.register_profile(
    "unit",
    deadline=None,
    max_examples=40,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
settings.load_profile("unit")


@pytest.fixture(scope="session")
def root():
    """Return the folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def _shipped_once():
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def shipped(_shipped_once):
    """Return the shipped configuration as plain data, to be changed at will."""
    return copy.deepcopy(_shipped_once)


@pytest.fixture(scope="session")
def study_of_the_notebook(_shipped_once):
    """Return the shipped study, validated, as plain data."""
    return validate(_shipped_once).model_dump()
