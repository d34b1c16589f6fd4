"""When an organisation's night has come: once for each of its own days (LPL-5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.nights import due, latest

NEW_YORK = "America/New_York"
THREE = time(3)


def at(zone: str, *when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)  # type: ignore[misc, arg-type]


def test_a_night_belongs_to_the_organisations_own_day() -> None:
    before, after = at(NEW_YORK, 2026, 3, 3, 2, 59), at(NEW_YORK, 2026, 3, 3, 3)
    assert latest(THREE, NEW_YORK, before).day == date(2026, 3, 2)
    assert latest(THREE, NEW_YORK, after).day == date(2026, 3, 3)
    assert latest(THREE, NEW_YORK, after).begins == after
    assert latest(THREE, "Asia/Kathmandu", after).day == date(2026, 3, 3), (
        "there it is a quarter to two by day"
    )


def test_it_is_due_once_a_day() -> None:
    monday = date(2026, 3, 2)
    assert due(THREE, NEW_YORK, monday, at(NEW_YORK, 2026, 3, 3, 2, 59)) is None
    night = due(THREE, NEW_YORK, monday, at(NEW_YORK, 2026, 3, 3, 3))
    assert night is not None
    assert due(THREE, NEW_YORK, night.day, at(NEW_YORK, 2026, 3, 3, 23)) is None


def test_after_days_of_standing_still_only_the_latest_is_due() -> None:
    back = at(NEW_YORK, 2026, 3, 9, 10)
    night = due(THREE, NEW_YORK, date(2026, 3, 2), back)
    assert night is not None
    assert (night.day, night.begins) == (date(2026, 3, 9), at(NEW_YORK, 2026, 3, 9, 3))
    assert due(THREE, NEW_YORK, night.day, back) is None


def test_in_the_night_without_that_hour_it_begins_after_the_gap() -> None:
    half_past_two = time(2, 30)  # 2026-03-08 has none in New York
    assert latest(half_past_two, NEW_YORK, at(NEW_YORK, 2026, 3, 8, 1, 59)).day == date(2026, 3, 7)
    night = latest(half_past_two, NEW_YORK, at(NEW_YORK, 2026, 3, 8, 3))
    assert (night.day, night.begins) == (date(2026, 3, 8), at(NEW_YORK, 2026, 3, 8, 3))


def test_in_the_night_with_that_hour_twice_it_is_due_at_the_first_and_not_at_the_second() -> None:
    half_past_one = time(1, 30)  # 2026-11-01 has two in New York
    first, second = (at(NEW_YORK, 2026, 11, 1, 1, 30, fold=fold) for fold in (0, 1))
    assert second - first == timedelta(hours=1)
    saturday = date(2026, 10, 31)
    assert due(half_past_one, NEW_YORK, saturday, first - timedelta(seconds=1)) is None
    night = due(half_past_one, NEW_YORK, saturday, first)
    assert night is not None
    assert due(half_past_one, NEW_YORK, night.day, second) is None


def test_a_night_at_midnight_belongs_to_the_day_that_begins() -> None:
    assert latest(time(0), NEW_YORK, at(NEW_YORK, 2026, 3, 3)).day == date(2026, 3, 3)


@pytest.mark.parametrize("moved_to", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_who_moves_to_another_zone_does_no_day_twice(moved_to: str) -> None:
    now = at(NEW_YORK, 2026, 3, 3, 12)
    done_on = latest(THREE, NEW_YORK, now).day
    night = due(THREE, moved_to, done_on, now)
    assert night is None or night.day > done_on


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from([NEW_YORK, "Europe/Stockholm", "Australia/Lord_Howe", "Africa/Cairo"]),
    night_at=st.times(),
    minutes=st.integers(0, 525_600),
)
def test_every_day_has_its_night_and_only_one(zone: str, night_at: time, minutes: int) -> None:
    night_at = night_at.replace(second=0, microsecond=0)
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    night = latest(night_at, zone, now)
    assert timedelta() <= now - night.begins <= timedelta(hours=25)
    before = latest(night_at, zone, night.begins - timedelta(seconds=1))
    assert before.day == night.day - timedelta(days=1)
