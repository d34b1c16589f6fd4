"""Drafts: each field by itself, the newest text wins."""

from __future__ import annotations

import pytest

from dialer.drafts import LONGEST_TEXT, MOST_FIELDS, merge, read
from dialer.errors import Refused


def test_the_newer_text_of_each_field_wins() -> None:
    kept = {"notes": ("new", 20), "email": ("old", 10)}
    typed = {"notes": ("stale", 15), "email": ("newer", 16), "region": ("TX", 5)}
    assert merge(kept, typed) == {"notes": ("new", 20), "email": ("newer", 16), "region": ("TX", 5)}


def test_of_one_moment_what_came_last_wins() -> None:
    assert merge({"notes": ("a", 5)}, {"notes": ("b", 5)}) == {"notes": ("b", 5)}


def test_the_order_of_arrival_makes_no_difference() -> None:
    one, two = {"notes": ("a", 5)}, {"notes": ("b", 6)}
    assert merge(one, two) == merge(two, one)


def test_a_clock_that_is_ahead_does_not_win_for_ever() -> None:
    assert read({"notes": ["x", 9_999]}, 1_000) == {"notes": ("x", 1_000)}


@pytest.mark.parametrize(
    "raw",
    [
        [],
        None,
        {"notes": "x"},
        {"notes": ["x"]},
        {"notes": [1, 2]},
        {"notes": ["x", True]},
        {"notes": ["x" * (LONGEST_TEXT + 1), 1]},
        {"notes": ["nul \0", 1]},
        {"n" * 251: ["x", 1]},
        {str(n): ["x", 1] for n in range(MOST_FIELDS + 1)},
    ],
)
def test_what_is_no_draft_is_refused(raw: object) -> None:
    with pytest.raises(Refused):
        read(raw, 10)


def test_a_draft_stays_small() -> None:
    kept = {str(n): ("x", 1) for n in range(MOST_FIELDS)}
    assert len(merge(kept, {"one more": ("x", 2)})) == MOST_FIELDS
