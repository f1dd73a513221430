"""Values that others wrote, on one short line that no terminal obeys."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.support.quoting import LONGEST_SHOWN, printable, shortened, written

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_what_is_shown_has_no_character_that_acts_or_hides(text):
    shown = printable(text)
    acting = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not acting & {unicodedata.category(c) for c in shown}
    assert printable(shown) == shown
    shown.encode()  # also half a character can be told


@given(st.text(st.characters(categories=["L", "N", "P", "S", "M"]) | st.just(" ")))
def test_plain_text_is_shown_as_it_is(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\rover", r"\rover"),
        ("two\nlines", r"two\nlines"),
        ("\u202eback", r"\u202eback"),
        ("\ud800", r"\ud800"),
        ("a\u00a0b", r"a\xa0b"),
    ],
)
def test_escapes_are_those_of_python(text, shown):
    assert printable(text) == shown


def test_what_is_to_be_kept_is_kept():
    assert printable("1\u00a0000\u202f\n", kept="\u00a0\u202f") == "1\u00a0000\u202f\\n"


def test_long_text_is_cut():
    assert shortened("a" * LONGEST_SHOWN) == "a" * LONGEST_SHOWN
    assert shortened("a" * 5000, longest=10) == "aaaaaaa..."
    assert len(written(["a"] * 5000)) == LONGEST_SHOWN


def test_values_that_no_json_holds_are_named_by_their_type():
    circle = []
    circle.append(circle)
    assert written(circle) == "a value of type list"
    assert written({("a",): 1}) == "a value of type dict"
    assert written("\x1b") == r'"\u001b"'
