"""Figures that lie: swapped, foreign, changed, or no figures at all."""

import json
import shutil
import xml.etree.ElementTree as ET

import pytest

from descent import __version__
from descent.support.files import DamagedFile
from descent.tables.svg import read_signed, signed

OPENING = '<?xml version="1.0" encoding="utf-8"?>\n<svg xmlns="http://www.w3.org/2000/svg">\n'
SVG = f'{OPENING}<path d="M 0 0 L 1.25 2"/>\n</svg>\n'
SWEEP = {"iterations": 200, "target": 1e-3, "beta1": None}
STUDY = {"problem": {"name": "valley <&>]]>\x1b\u202e", "sweep": SWEEP}, "other": {"a": 1}}
MADE_FROM = {"problem": STUDY["problem"]}


@pytest.fixture
def figure(tmp_path):
    """Return the path of a figure of this study."""
    return drawn(tmp_path / "figures" / "valley_paths.svg")


def drawn(path, configuration=MADE_FROM):
    path.parent.mkdir(exist_ok=True)
    path.write_text(signed(SVG, len(OPENING), path.stem, configuration), encoding="utf-8")
    return path


def refused(figure, configuration=STUDY):
    """Return why a figure is refused, after checking that the message helps."""
    with pytest.raises(DamagedFile) as caught:
        read_signed(figure, configuration)
    message = str(caught.value)
    assert message.startswith(str(figure))
    assert message.endswith(f"rebuild it with: snakemake --cores all --force {figure}")
    assert message.isprintable()
    assert len(message) < 600
    return message


def test_a_figure_says_what_it_is_and_what_it_was_made_from(figure):
    assert read_signed(figure, STUDY) == figure.read_bytes()
    facts = json.loads(ET.parse(figure).getroot()[0].text)
    assert len(facts.pop("sha256")) == 64
    assert facts == {
        "version": __version__, "figure": "valley_paths", "configuration": MADE_FROM,
    }  # fmt: skip


def test_what_a_figure_says_is_the_same_bytes_wherever_it_lies(figure, tmp_path):
    again = dict(reversed(STUDY["problem"].items()))
    other = drawn(tmp_path / "elsewhere" / figure.name, {"problem": again})
    assert other.read_bytes() == figure.read_bytes()


@pytest.mark.parametrize("name", ["valley_heat_map", "theory"])
def test_a_figure_swapped_for_another_is_refused(figure, name):
    shutil.copy(drawn(figure.with_name(f"{name}.svg")), figure)
    assert f"is the figure {name}, and should be valley_paths" in refused(figure)


def test_a_figure_of_another_study_is_refused(figure):
    sweep = STUDY["problem"]["sweep"] | {"iterations": 999}
    told = refused(figure, {"problem": {**STUDY["problem"], "sweep": sweep}})
    assert "another configuration: problem.sweep.iterations = 200, not 999" in told
    assert "another part of the configuration: problem" in refused(figure, {"network": {}})


def test_every_cut_of_a_figure_is_refused(figure):
    whole = figure.read_bytes()
    for length in range(0, len(whole) - 1, 7):
        figure.write_bytes(whole[:length])
        refused(figure)


def test_every_changed_byte_of_a_figure_is_refused(figure):
    whole = figure.read_bytes()
    for i in range(0, len(whole) - 1, 3):
        figure.write_bytes(whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :])
        refused(figure)


FOREIGN = {
    "empty": b"",
    "a picture": b"\x89PNG\r\n\x1a\n\x00",
    "a page": b"<html><body/></html>",
    "not UTF-8": b"<svg>\xff\xfe</svg>",
    "an unknown encoding": b'<?xml version="1.0" encoding="klingon"?><svg/>',
    "many bytes a character": b'<?xml version="1.0" encoding="utf-7"?><svg/>',
    "UTF-16": SVG.replace("utf-8", "utf-16").encode("utf-16"),
    "an entity of entities": b'<!DOCTYPE s [<!ENTITY a "&b;&b;"><!ENTITY b "&a;">]><svg>&a;</svg>',
    "of another program": SVG.encode(),
    "a script and no origin": SVG.replace("<path", "<script>alert(1)</script><path").encode(),
    "a deep one": b"<svg>" + b"<g>" * 50_000 + b"</g>" * 50_000 + b"</svg>",
}


@pytest.mark.parametrize("case", FOREIGN)
def test_what_is_no_figure_of_ours_is_refused(figure, case):
    figure.write_bytes(FOREIGN[case])
    refused(figure)


@pytest.mark.parametrize("element", ["<script>alert(1)</script>", '<image href="http://a/"/>', " "])
def test_a_figure_with_something_put_into_it_is_refused(figure, element):
    text = figure.read_text(encoding="utf-8")
    figure.write_text(text.replace("<path", f"{element}<path"), encoding="utf-8")
    assert "was changed after it was drawn" in refused(figure)


FACTS = {
    "no JSON": "{",
    "a list": "[1]",
    "a number": "7",
    "too deep": "[" * 100_000,
    "a deep configuration": '{"configuration": ' + '{"a":' * 300 + "1" + "}" * 301,
    "no configuration": "{}",
    "a configuration that is none": '{"configuration": 5}',
    "an empty one": '{"configuration": {}}',
    "numbers for names": '{"figure": 5, "version": [1]}',
    "a huge name": json.dumps({"figure": "a" * 100_000}),
    "a huge key": json.dumps({"configuration": {"a" * 100_000: 1}}),
    "colours and half characters": '{"figure": "\\u001b[31m\\ud800\\u009b\\u202e"}',
    "a colour as version": '{"version": "\\u001b[31m"}',
    "a wrong value of any size": json.dumps({"configuration": {"problem": "a" * 10**6}}),
}


@pytest.mark.parametrize("case", FACTS)
def test_garbled_metadata_is_a_message(figure, case):
    said = FACTS[case]
    if said.startswith("{") and said.endswith("}"):
        mine = {"version": __version__, "figure": "valley_paths", "configuration": MADE_FROM}
        said = json.dumps(mine | json.loads(said))
        if case == "no configuration":
            said = json.dumps({"version": __version__, "figure": "valley_paths"})
    data = f"<metadata><![CDATA[{said}]]></metadata>\n"
    figure.write_text(SVG.replace("<path", f"{data}<path"), encoding="utf-8")
    refused(figure)
