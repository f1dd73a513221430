"""What is cleared away of earlier runs, and what is not: what a user asked for."""

import json

import pytest

from descent.run.leftovers import (
    TEMPORARY_NOTES,
    clear_chunks,
    note_temporary,
    noted_temporary,
    remove_garbled,
)

NAMES = {
    name: f"results/{name}.parquet"
    for name in (
        "bowl/chunks/1-of-2", "bowl/chunks/2-of-2", "bowl/chunks/1-of-3", "gone/chunks/1-of-1",
        "hill/chunks/1-of-1",
    )
}  # fmt: skip
GATHERED, WAITED_FOR, OTHER_CUT, *OTHERS = NAMES.values()


@pytest.fixture
def clear(tmp_path, monkeypatch):
    """Return a function that clears away chunks and returns those that are left."""
    monkeypatch.chdir(tmp_path)
    for path in map(tmp_path.joinpath, NAMES.values()):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")

    def left():
        read = {GATHERED, WAITED_FOR}
        clear_chunks({"bowl": 2, "hill": 1}, read, {WAITED_FOR}, noted_temporary(tmp_path))
        return {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.parquet")}

    return left


def test_chunks_that_nothing_waits_for_go(clear, tmp_path):
    note_temporary(tmp_path, NAMES.values(), [])
    # Of a sweep that no job of this run asks for, the chunks may still be of use.
    assert clear() == {WAITED_FOR, *OTHERS}


def test_chunks_that_were_asked_for_stay(clear, tmp_path):
    note_temporary(tmp_path, [GATHERED, OTHER_CUT], [])
    note_temporary(tmp_path, [], [OTHER_CUT])  # a later run was given its name
    assert clear() == {*NAMES.values()} - {GATHERED}
    note_temporary(tmp_path, [OTHER_CUT], [OTHER_CUT])
    assert OTHER_CUT in clear()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\x00results", None])
def test_where_the_notes_are_lost_all_stays(clear, tmp_path, content):
    notes = tmp_path / TEMPORARY_NOTES
    notes.mkdir() if content is None else notes.write_bytes(content)
    assert clear() == {*NAMES.values()}
    note_temporary(tmp_path, [GATHERED], [])
    assert (GATHERED in clear()) == (content is None)


@pytest.mark.parametrize("content", [b"\x80", b"[1]", b"3", b"[" * 100_000])
def test_records_at_which_snakemake_would_stop_are_removed(tmp_path, content):
    whole = {"whole": json.dumps({"rule": "a"}), "cut": '{"rule": '}  # one may be being written
    (tmp_path / "metadata" / "@deep").mkdir(parents=True)
    for name, text in whole.items():
        (tmp_path / "metadata" / name).write_text(text)
    assert remove_garbled(tmp_path) == ""
    (tmp_path / "metadata" / "@deep" / "garbled").write_bytes(content)
    assert "metadata held what is no record" in remove_garbled(tmp_path)
    left = {path.name for path in (tmp_path / "metadata").rglob("*") if path.is_file()}
    assert left == whole.keys()
    assert remove_garbled(tmp_path / "nowhere") == ""
