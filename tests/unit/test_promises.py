"""What is promised, and how a date and a time are read (LPS-8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dialer.errors import Refused
from dialer.follow_ups import Promise, Wish, promised, wish

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)


def test_a_time_is_the_prospects() -> None:
    assert wish("2026-03-03", "09:30", " Call Bo ", "America/Chicago", NOW) == Wish(
        datetime(2026, 3, 3, 15, 30, tzinfo=UTC), "Call Bo"
    )


def test_a_time_that_the_clocks_leave_out_is_an_hour_later() -> None:
    found = wish("2026-03-08", "02:30", "", "America/Chicago", NOW)
    assert found == Wish(datetime(2026, 3, 8, 8, 30, tzinfo=UTC))


def test_a_date_that_has_passed_is_allowed() -> None:
    assert wish("2026-02-01", "10:00", "", "UTC", NOW) == Wish(datetime(2026, 2, 1, 10, 0, tzinfo=UTC))


def test_nothing_is_nothing_and_a_note_alone_is_no_date() -> None:
    assert wish(" ", "", "", "UTC", NOW) is None
    assert wish("", "", "Call Bo", "UTC", NOW) == Wish(None, "Call Bo")


@pytest.mark.parametrize(
    ("day", "at", "said"),
    [
        ("2026-03-03", "", "choose its time"),
        ("", "10:00", "choose its date"),
        ("3 March", "10:00", "date cannot be read"),
        ("2026-02-30", "10:00", "date cannot be read"),
        ("2026-03-03", "25:00", "time cannot be read"),
        ("0026-03-03", "10:00", "check its year"),
        ("2062-03-03", "10:00", "check its year"),
    ],
)
def test_bad_input_is_said_in_a_sentence(day: str, at: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        wish(day, at, "", "UTC", NOW)


def test_a_result_that_follows_up_promises_tomorrow_by_itself() -> None:
    assert promised("follow_up", None, "Quote", NOW) == Promise(NOW + timedelta(days=1), "Quote")
    assert promised("follow_up", Wish(None, "Own"), "Quote", NOW) == Promise(NOW + timedelta(days=1), "Own")
    assert promised("follow_up", Wish(LATER, "Own"), "Quote", NOW) == Promise(LATER, "Own")


def test_a_date_counts_more_than_a_delay() -> None:
    assert promised("retry", Wish(LATER), "Quote", NOW) == Promise(LATER, "Quote")
    assert promised("retry", Wish(None, "only a note"), "", NOW) is None


@pytest.mark.parametrize("effect", ["final", "do_not_call", "wrong_number"])
def test_a_result_that_ends_it_leaves_no_promise(effect: str) -> None:
    assert promised(effect, None, "", NOW) is None
    assert promised(effect, Wish(None, "only a note"), "", NOW) is None
    with pytest.raises(Refused, match="clear the follow-up"):
        promised(effect, Wish(LATER), "", NOW)
