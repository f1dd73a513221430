"""How numbers, shares, times, sizes and lists are written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.words import numbers

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (498, "498"), (12345, "12\u202f345"), (-3, "−3"), (0.717, "0.717"),
        (1e-5, "10⁻⁵"), (5e-4, "5\u00a0×\u00a010⁻⁴"), (2.44e-14, "2.44\u00a0×\u00a010⁻¹⁴"),
        (-0.00299, "−0.00299"), (547.1089, "547"), (3.8e127, "3.8\u00a0×\u00a010¹²⁷"),
        (12345.6, "12\u202f346"), (999.7, "1\u202f000"), (math.inf, "∞"), (-math.inf, "−∞"),
        (None, "–"), (NAN, "–"), (-2.5e9, "−2.5\u00a0×\u00a010⁹"), (1e60, "10⁶⁰"),
        (2.4444e-14, "2.44\u00a0×\u00a010⁻¹⁴"), (45.67, "45.7"), (0.001, "0.001"),
        (9999999, "9\u202f999\u202f999"), (1e7, "10⁷"), (12345678, "1.23\u00a0×\u00a010⁷"),
        (999999.5, "1\u202f000\u202f000"), (1234567.5, "1.23\u00a0×\u00a010⁶"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_print_does(value, text):
    assert numbers.number(value) == text


@given(st.floats(-1e15, 1e15))
def test_a_written_number_is_the_number_to_its_digits(value):
    text = numbers.number(value, 6).translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789"))
    text = text.replace("\u202f", "").replace("\u00a0×\u00a010", "e")
    text = text.replace("10-", "1e-") if text.lstrip("-").startswith("10-") else text
    if not text.lstrip("-").startswith("10"):  # 10⁷ without a factor is not a Python number
        assert float(text) == pytest.approx(value, rel=2e-3, abs=1e-300)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (1.0, "100"), (0.0225, "2.2"), (0.53, "53"), (0.99999, "99.9"),
        (1e-5, "0.001"), (1e-9, "<\u00a00.001"), (9.4e-6, "<\u00a00.001"), (9.6e-6, "0.001"),
        (0.001, "0.1"), (0.0018, "0.2"), (0.1, "10"), (0.99, "99"), (0.993, "99.3"),
    ],
)  # fmt: skip
def test_shares_are_not_rounded_to_none_or_all(value, text):
    assert numbers.share(value) == f"{text}\u00a0%"


def test_shares_have_decimals_where_they_are_close():
    assert numbers.share(0.96231, 1) == "96.2\u00a0%"
    assert numbers.share(0.0, 1) == "0.0\u00a0%"
    assert numbers.share(1.0, 1) == "100\u00a0%"
    assert [numbers.points(x) for x in (-0.15, 0.0, 0.15)] == ["−15", "0", "15"]
    assert numbers.share(NAN) == numbers.share(None) == numbers.points(NAN) == numbers.MISSING


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((0.659245, 0.566717, 0.771336), ["0.66", "0.57", "0.77"]),
        ((0.479933, 0.479503, 0.480258), ["0.4799", "0.4795", "0.4803"]),  # told from each other
        ((0.99, 0.97, 0.9996), ["0.99", "0.97", "0.9996"]),  # told from 1
        ((1.04,), ["1.04"]), ((1.0, 1.0), ["1", "1"]), ((2.0, 2.0), ["2", "2"]),
        ((0.95, 0.9091, 1.0999), ["0.95", "0.91", "1.1"]), ((1.05,), ["1.05"]),
        ((0.0, math.inf), ["0", "∞"]), ((0.05, 20.4), ["0.05", "20"]), ((1e-7,), ["10⁻⁷"]),
        ((1.0 - 1e-9,), ["1"]),
    ],
)  # fmt: skip
def test_ratios_have_the_digits_that_tell_them_apart(values, texts):
    assert numbers.ratios(*values) == texts


def test_a_range_has_two_ends_where_they_differ():
    assert numbers.span([40, 200, 50]) == "40 to 200"
    assert numbers.span(iter([7.0, 7.0])) == "7"
    assert numbers.span([0.29, 0.84], numbers.share) == "29\u00a0% to 84\u00a0%"
    assert numbers.span([0.501, 0.502], numbers.share) == "50\u00a0%"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 runs"), (1, "1 run"), (12000, "12\u202f000 runs")]
)
def test_nouns_agree_with_their_number(count, text):
    assert numbers.counted(count, "run") == text


def test_a_number_with_a_noun_has_the_digits_of_a_number():
    assert numbers.counted(0.12345, "nat") == "0.123 nats"
    assert numbers.counted(0.12345, "nat", digits=2) == "0.12 nats"
    assert numbers.counted(2, "axis", "axes") == "2 axes"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"), (9.95, "10 s"), (9.96, "10 s"), (59.4, "59 s"), (59.7, "1 min 0 s"),
        (60.0, "1 min 0 s"),
        (3725.0, "1 h 2 min"), (200 * 3600.0, "8 days 8 h"), (47.5 * 3600, "47 h 30 min"),
        (48 * 3600.0, "2 days 0 h"), (75 * 3600.0, "3 days 3 h"),
    ],
)  # fmt: skip
def test_times_are_written_for_readers(seconds, text):
    assert numbers.duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"), (120, "120 bytes"), (35 * 1024**2, "35 MiB"), (1.5 * 1024**3, "1.5 GiB"),
        (999, "999 bytes"), (1000, "1 KiB"), (3000 * 1024**4, "3\u202f000.0 TiB"),
    ],
)  # fmt: skip
def test_sizes_are_written_in_a_unit_that_suits_them(count, text):
    assert numbers.size(count) == text


def test_long_lists_are_cut():
    assert numbers.joined(["a"]) == "a"
    assert numbers.joined(["a", "b", "c"]) == "a, b and c"
    assert numbers.joined(list("abc"), 2) == "a, b and c"
    assert numbers.joined(list("abcd"), 2) == "a, b and 2 more"
    assert numbers.joined(list("abcdef"), 2) == "a, b and 4 more"


def test_texts_begin_with_a_capital():
    assert [numbers.capital(text) for text in ("", "a", "the start")] == ["", "A", "The start"]


def test_indices_are_written_below_the_line():
    assert numbers.subscript(1024567893) == "₁₀₂₄₅₆₇₈₉₃"


def test_a_count_may_be_rounded():
    assert numbers.counted(12_345_678, "update", digits=2) == "1.2\u00a0×\u00a010⁷ updates"
    assert numbers.counted(1, "entry", "entries", digits=2) == "1 entry"
