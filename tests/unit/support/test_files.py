"""Files that are whole or not there, and damaged ones."""

import os

import pytest

from descent.support.files import (
    DamagedFile,
    read_figure,
    read_json,
    remove_partial,
    replace_text,
)

SVG = (
    '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><g><path d="M 0 0"/></g></svg>'
)


def test_a_file_that_is_not_written_to_its_end_is_not_there(tmp_path):
    path = tmp_path / "a.txt"
    replace_text(path, "first")
    with pytest.raises(UnicodeEncodeError):
        replace_text(path, "\ud800")
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_what_killed_jobs_left_is_removed(tmp_path):
    (tmp_path / "deep").mkdir()
    own = {"whole.parquet", "a-users.partial"}
    for name in ("a.parquet.0123cdef.partial", "b.89ab4567.partial", *own):
        (tmp_path / "deep" / name).write_text("")
    remove_partial(tmp_path)
    assert {path.name for path in tmp_path.rglob("*.*")} == own


def test_a_whole_figure_is_read_as_it_is(tmp_path):
    (tmp_path / "a.svg").write_text(SVG + "\n")
    assert read_figure(tmp_path / "a.svg") == SVG.encode() + b"\n"


@pytest.mark.parametrize("cut", [0, 1, 25, 60, len(SVG) - 1])
def test_a_cut_figure_is_refused(tmp_path, cut):
    figure = tmp_path / "a.svg"
    figure.write_text(SVG[:cut])
    with pytest.raises(DamagedFile, match=rf"{figure} is damaged .* --force {figure}"):
        read_figure(figure)


@pytest.mark.parametrize(
    "content", [b"<html></html>", b"\x89PNG", b"<svg>\xff</svg>", SVG.encode() * 2]
)
def test_what_is_no_figure_is_refused(tmp_path, content):
    (tmp_path / "a.svg").write_bytes(content)
    with pytest.raises(DamagedFile, match=r"a\.svg is .* rebuild it with"):
        read_figure(tmp_path / "a.svg")


def test_a_missing_figure_is_refused(tmp_path):
    with pytest.raises(DamagedFile, match="rebuild it with"):
        read_figure(tmp_path / "a.svg")


@pytest.mark.parametrize("content", ["", "{", "{'a': 1}", "\xff"])
def test_damaged_json_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content, encoding="latin-1")
    with pytest.raises(DamagedFile, match=r"manifest\.json is damaged .* rebuild it with"):
        read_json(tmp_path / "manifest.json")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b'{"a": 1, "b": {"a": 1, "a": 2}}', 'key "a" is given twice'),
        (b"[NaN]", "NaN is no number of JSON"),
        (b"[-Infinity]", "-Infinity is no number"),
        (b"[" * 100_000, "nested"),
        (b"[" * 101 + b"]" * 101, "nested in more than 100 levels"),
        (rb'["\ud800"]', "surrogates"),
        (b'["\xed\xa0\x80"]', "utf-8"),
        ("[]".encode("utf-16"), "utf-8"),
    ],
)
def test_json_is_read_strictly(tmp_path, content, fault):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(DamagedFile, match=fault) as told:
        read_json(tmp_path / "a.json")
    assert str(told.value).isprintable()


def test_json_of_any_sensible_depth_is_read(tmp_path):
    (tmp_path / "a.json").write_bytes(b"[" * 99 + b"1.5" + b"]" * 99)
    found = read_json(tmp_path / "a.json")
    for _ in range(99):
        (found,) = found
    assert found == 1.5


@pytest.mark.parametrize("read", [read_json, read_figure])
def test_a_pipe_is_not_waited_for(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DamagedFile, match="not a file"):
        read(tmp_path / "pipe")


@pytest.mark.parametrize("encoding", ["no-such", "utf-32", "idna"])
def test_a_figure_in_an_odd_encoding_is_refused(tmp_path, encoding):
    (tmp_path / "a.svg").write_text(f'<?xml version="1.0" encoding="{encoding}"?><svg/>')
    with pytest.raises(DamagedFile, match="is damaged"):
        read_figure(tmp_path / "a.svg")


def test_what_a_file_says_cannot_act_on_the_terminal():
    assert str(DamagedFile("a\x1b[2K\nb")) == r"a\x1b[2K\nb"
