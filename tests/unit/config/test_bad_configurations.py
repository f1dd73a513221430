"""A corpus of bad configurations (`bad_configurations.yaml`): each is told in one line.

`pytest tests/unit/config/test_bad_configurations.py -k is_rejected` tells how many there are.
"""

import contextlib
import copy
import json
import re
import signal
from pathlib import Path

import jsonschema
import pytest
import yaml
from snakemake.cli import parse_config
from snakemake.common.configfile import load_configfile

from descent.config import reading
from descent.config.reading import ConfigurationError, overlay, read_study, read_yaml
from descent.config.study import configuration_schema
from descent.config.values import NUMBER
from descent.run.estimates import estimated_needs
from descent.run.preflight import NotReadyError, require_memory

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parents[2] / "config.yaml"
CORPUS = read_yaml(HERE / "bad_configurations.yaml")
PLACE = "the value stands here"
SECONDS = 20  # in which a configuration must be told, on a busy machine


@contextlib.contextmanager
def a_limited_time():
    """Fail what hangs."""

    def stop(*_):
        raise TimeoutError(f"not told within {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def written_out(text):
    """Replace `<12 * ab>` by ab twelve times."""
    return re.sub(
        r"<(\d+) \* (.+?)>", lambda found: int(found[1]) * found[2], text, flags=re.DOTALL
    )


def with_value(shipped, key, text):
    """Return the section of the shipped study in which a key has a value, as text."""
    steps = [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", key)]
    content = section = {steps[0]: copy.deepcopy(shipped.get(steps[0]))}
    for step in steps[:-1]:
        content = content[step]
    content[steps[-1]] = PLACE
    return yaml.dump(section, Dumper=yaml.CSafeDumper).replace(PLACE, text)


@pytest.fixture(autouse=True)
def _shipped_is_read_once(monkeypatch, shipped):
    """Spare each test the reading of the same file."""
    monkeypatch.setattr(
        reading, "read_yaml", lambda path: shipped if path == SHIPPED else read_yaml(path)
    )


@pytest.fixture
def told(tmp_path):
    """Return a function that reads what is refused, and returns the one line that tells why."""

    def tell(content=b"", given=None):
        local = tmp_path / "config.yaml"
        local.write_bytes(content if isinstance(content, bytes) else content.encode())
        with a_limited_time(), pytest.raises(ConfigurationError) as caught:
            read_study(SHIPPED, local, {} if given is None else given)
        *head, line = str(caught.value).split("\n")
        assert head == ([] if line.startswith(str(local)) else ["1 mistake in the configuration"])
        assert line.isprintable()
        assert len(line) < 300 + len(str(local))
        origin = f" (in {local})" if given is None else " (given by --config or --configfile)"
        assert not head or line.endswith(origin)
        return line.strip().removesuffix(origin)

    return tell


def cases(name):
    """Return the entries of a part of the corpus, each with a name."""
    found = []
    for key, entry in CORPUS[name].items():
        if isinstance(entry, dict):
            for value, message in entry.items():
                found.append(pytest.param(key, written_out(value), message, id=f"{key}: {value}"))
        else:
            found.append(
                pytest.param(*(entry if isinstance(entry, list) else (key, entry)), id=key)
            )
    return found


@pytest.mark.parametrize(("key", "value", "message"), cases("values"))
def test_a_value_is_rejected(shipped, told, key, value, message):
    line = told(with_value(shipped, key, value))
    assert re.match(rf"{re.escape(key)} = .+: ", line)
    assert message in line


# What no schema can tell: which values a list repeats, what a text is that looks like a number.
BEYOND_A_SCHEMA = (
    "repeat a value|finite|in size|definite|variances|rounding|20 times|Unicode|symmetric|square|"
    "contain 0|control|half a|empty"
)


@pytest.fixture(scope="module")
def validator():
    """Return what holds a configuration against the schema, made once: it takes long."""
    schema = configuration_schema()
    return jsonschema.validators.validator_for(schema)(schema)


@pytest.mark.parametrize(("key", "value", "message"), cases("values"))
def test_the_schema_for_editors_refuses_what_it_can(
    shipped, validator, tmp_path, key, value, message
):
    number = value.startswith('"') and NUMBER.fullmatch(value[1:-1])
    if number or value == r'"a\n"' or re.search(BEYOND_A_SCHEMA, message):
        return
    (tmp_path / "config.yaml").write_text(with_value(shipped, key, value), encoding="utf-8")
    content = overlay(shipped, read_yaml(tmp_path / "config.yaml"))
    assert not validator.is_valid(content)


@pytest.mark.parametrize(("key", "value", "message"), CORPUS["clashes"])
def test_a_clash_is_rejected(shipped, told, key, value, message):
    assert told(with_value(shipped, key, written_out(value))).startswith(message)


@pytest.mark.parametrize(("key", "hint"), cases("unknown"))
def test_an_unknown_key_is_rejected(shipped, told, key, hint):
    name = written_out(key)
    section, _, last = name.rpartition(".")
    if section and "[" not in name:
        line = told(with_value(shipped, section, f"{{{last}: 1}}"))
    else:
        line = told(with_value(shipped, name, "1"))
    assert line.startswith(name[:80])
    assert " = 1: is not a known key" in line
    assert hint in line


@pytest.mark.parametrize(("text", "message"), cases("files"))
def test_a_file_is_rejected(told, text, message):
    line = told(written_out(text))
    assert "config.yaml: " in line
    assert message in line


@pytest.mark.parametrize(("text", "message"), cases("bytes"))
def test_a_file_of_bytes_is_rejected(told, text, message):
    line = told(written_out(text).encode("latin-1"))
    assert "config.yaml: " in line
    assert message in line


@pytest.mark.parametrize(("key", "value", "message"), cases("given"))
def test_a_given_value_is_rejected(shipped, told, tmp_path, key, value, message):
    file = tmp_path / "given.yaml"
    file.write_text(with_value(shipped, key, value), encoding="utf-8")
    line = told(given=load_configfile(file))
    assert line.startswith(f"{key} = ")
    assert message in line


@pytest.mark.parametrize(("option", "message"), cases("options"))
def test_an_option_is_rejected(told, option, message):
    assert told(given=parse_config([option])).startswith(message)


@pytest.mark.parametrize(("text", "key", "value"), cases("taken"))
def test_an_odd_file_is_taken(tmp_path, text, key, value):
    (tmp_path / "config.yaml").write_bytes(text.encode())
    found = read_study(SHIPPED, tmp_path / "config.yaml", {}).model_dump()
    for part in key.split("."):
        found = found[part]
    assert json.dumps(found, ensure_ascii=False) == value


@pytest.mark.parametrize(("text", "message"), cases("too_large"))
def test_a_budget_is_rejected(tmp_path, text, message):
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    study = read_study(SHIPPED, tmp_path / "config.yaml", {}).model_dump()
    with pytest.raises(NotReadyError) as error:
        require_memory(estimated_needs(study).values(), 16 * 2**30)
    assert message in str(error.value)
