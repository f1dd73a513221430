"""Files that are whole or not there, and damaged ones."""

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
    for name in ("deep/a.parquet.1234.partial", "b.partial", "deep/whole.parquet"):
        (tmp_path / name).write_text("")
    remove_partial(tmp_path)
    assert [path.name for path in tmp_path.rglob("*.*")] == ["whole.parquet"]


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
