"""What lists are sorted by: bytes that compare as the values do (LPL-7)."""

from __future__ import annotations

import random
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.sort_keys import KEY_BYTES, encoder

ANYTHING = st.text(max_size=300)


def in_order(kind: str, values: list[str], *, descending: bool = False) -> list[str]:
    shuffled = random.Random(7).sample(values, len(values))
    return sorted(shuffled, key=encoder(kind, descending))


TEXTS = ["", "10", "9", "Ab", "abc", "Åke", "Björk", "bo", "Élan", "elm", "Zoe", "Ωmega", "ярлык", "王"]


def test_texts_are_sorted_without_regard_to_case_and_accents_and_empty_ones_last() -> None:
    expected = [
        "10",
        "9",
        "Ab",
        "abc",
        "Åke",
        "Björk",
        "bo",
        "Élan",
        "elm",
        "Zoe",
        "Ωmega",
        "ярлык",
        "王",
        "",
    ]
    assert in_order("text", TEXTS) == expected


def test_descending_turns_everything_round_but_the_empty_ones() -> None:
    up = in_order("text", TEXTS)
    assert in_order("text", TEXTS, descending=True) == [*up[-2::-1], ""]


def test_numbers_are_sorted_by_value_then_what_is_none_then_empty_ones() -> None:
    numbers = [
        "-1,000",
        "(12.50)",
        "-0.5",
        "0",
        "7",
        "$12",
        "12,5 %",
        "99",
        "1.234,5",
        "1,500",
        "1e9",
        "many",
        "",
    ]
    assert in_order("number", numbers) == numbers
    assert in_order("number", numbers, descending=True) == [*numbers[-3::-1], "many", ""]


def test_dates_are_sorted_by_day_and_time_however_they_are_written() -> None:
    dates = [
        "12/31/1999",
        "2025-01-02",
        "3.1.2025",
        "1/4/2025",
        "13/2/2025",
        "Mar 1, 2025",
        "2 March 2025",
        "2025-03-02T08:00:00Z",
        "3/2/2025 9:30 AM",
        "2025-03-02 21:30",
        "02-Apr-26",
        "soon",
        "",
    ]
    assert in_order("date", dates) == dates


@pytest.mark.parametrize("kind", ["text", "number", "date"])
@settings(max_examples=200, deadline=None)
@given(value=ANYTHING, descending=st.booleans())
def test_any_text_has_a_short_key(kind: str, value: str, descending: bool) -> None:
    assert 1 <= len(encoder(kind, descending)(value)) <= KEY_BYTES


@settings(max_examples=200, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_keys_of_numbers_compare_as_the_numbers_do(one: float, two: float) -> None:
    up, down = encoder("number", False), encoder("number", True)
    assert (up(repr(one)) < up(repr(two))) == (one < two)
    assert (down(repr(one)) < down(repr(two))) == (one > two)


@settings(max_examples=100, deadline=None)
@given(st.datetimes(), st.datetimes())
def test_keys_of_dates_compare_as_the_dates_do(one: datetime, two: datetime) -> None:
    one, two = one.replace(microsecond=0), two.replace(microsecond=0)
    up, down = encoder("date", False), encoder("date", True)
    assert (up(one.isoformat()) < up(two.isoformat())) == (one < two)
    assert (down(one.isoformat()) < down(two.isoformat())) == (one > two)


@settings(max_examples=100, deadline=None)
@given(st.text("abc", min_size=1, max_size=6), st.text("abc", min_size=1, max_size=6))
def test_keys_of_texts_compare_as_the_texts_do_in_either_order(one: str, two: str) -> None:
    up, down = encoder("text", False), encoder("text", True)
    assert (up(one) < up(two)) == (one < two)
    assert (down(one) < down(two)) == (one > two)


def test_another_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        encoder("colour", False)
