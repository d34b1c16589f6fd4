"""May Bo be dialed now, and if not, which rule says so (TEL-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.dialing_rules import (
    Facts,
    Hours,
    Refusal,
    Rule,
    are_open,
    next_common_opening,
    next_opening,
    why_not,
    window_is_open,
)

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
"""12:00 in Chicago."""

FREE = Facts(
    status="held",
    attempts=0,
    max_attempts=3,
    not_before=None,
    time_zone="America/Chicago",
    hours=Hours(time(9), time(17)),
    on_do_not_call=False,
    parked=False,
)


def test_bo_may_be_dialed_at_noon() -> None:
    assert why_not(FREE, NOON) is None


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"on_do_not_call": True}, Refusal(Rule.DO_NOT_CALL)),
        ({"parked": True}, Refusal(Rule.PARKED)),
        ({"has_number": False}, Refusal(Rule.INVALID_NUMBER)),
        ({"on_a_call": True}, Refusal(Rule.ON_A_CALL)),
        ({"status": "done"}, Refusal(Rule.FINAL)),
        ({"status": "follow_up"}, Refusal(Rule.PROMISED)),
        ({"attempts": 3}, Refusal(Rule.ATTEMPTS_USED)),
        ({"status": "done", "attempts": 3}, Refusal(Rule.ATTEMPTS_USED)),
        (
            {"not_before": NOON + timedelta(minutes=1)},
            Refusal(Rule.RETRY_LATER, NOON + timedelta(minutes=1)),
        ),
        (
            {"hours": Hours(time(13), time(17))},
            Refusal(Rule.CALLING_HOURS, NOON + timedelta(hours=1)),
        ),
        (
            {"organisation_hours": Hours(time(14), time(21))},
            Refusal(Rule.ORGANISATION_HOURS, NOON + timedelta(hours=2)),
        ),
        ({"list_is_archived": True}, Refusal(Rule.LIST_ARCHIVED)),
        (
            {"attempt_that_counts": NOON - timedelta(hours=23)},
            Refusal(Rule.ATTEMPTS_PER_DAY, NOON + timedelta(hours=1)),
        ),
    ],
)
def test_each_rule_has_its_name(facts: dict[str, Any], refusal: Refusal) -> None:
    assert why_not(replace(FREE, **facts), NOON) == refusal


def test_every_rule_is_named_by_a_test() -> None:
    marks = test_each_rule_has_its_name.pytestmark  # type: ignore[attr-defined]
    assert {refusal.rule for _, refusal in marks[0].args[1]} == set(Rule)


def test_do_not_call_is_said_first_whatever_else_is_in_the_way() -> None:
    everything = replace(FREE, on_do_not_call=True, parked=True, has_number=False, attempts=9, on_a_call=True)
    assert why_not(everything, NOON) == Refusal(Rule.DO_NOT_CALL)


def test_a_rest_that_is_over_stands_in_nobodys_way() -> None:
    assert why_not(replace(FREE, not_before=NOON), NOON) is None


def test_a_number_is_called_again_when_the_attempt_that_counts_is_a_day_old() -> None:
    assert why_not(replace(FREE, attempt_that_counts=NOON - timedelta(hours=24)), NOON) is None


def test_equal_times_allow_any_hour() -> None:
    midnight = NOON + timedelta(hours=12)
    any_hour = Hours(time(8), time(8))
    assert why_not(replace(FREE, hours=any_hour, organisation_hours=any_hour), midnight) is None


@pytest.mark.parametrize(
    ("of_list", "of_organisation", "hour"),
    [
        (Hours(time(9), time(17)), Hours(time(11), time(21)), 11),
        (Hours(time(12), time(17)), Hours(time(8), time(21)), 12),
        (Hours(time(22), time(2)), Hours(time(0), time(6)), 0),
        (Hours(time(9), time(17)), Hours(time(17), time(10)), 9),
    ],
)
def test_dialing_begins_when_the_lists_and_the_organisations_hours_are_both_open(
    of_list: Hours, of_organisation: Hours, hour: int
) -> None:
    evening = at("Asia/Kathmandu", 2026, 3, 2, 21, 30)
    opening = next_common_opening((of_list, of_organisation), "Asia/Kathmandu", evening)
    assert opening == at("Asia/Kathmandu", 2026, 3, 3, hour)


def test_hours_that_never_meet_are_asked_again_when_one_of_them_opens() -> None:
    never = (Hours(time(9), time(12)), Hours(time(13), time(17)))
    opening = next_common_opening(never, "America/Chicago", NOON)
    assert NOON < opening <= NOON + timedelta(days=1)
    assert not are_open(never, "America/Chicago", opening)


def at(zone: str, *when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "clock", "is_open"),
    [
        ("America/Chicago", time(8, 59, 59), False),
        ("America/Chicago", time(9), True),
        ("America/Chicago", time(16, 59, 59), True),
        ("America/Chicago", time(17), False),
        ("Asia/Kolkata", time(8, 59), False),
        ("Asia/Kolkata", time(9, 1), True),
        ("Asia/Kathmandu", time(9), True),
        ("Australia/Lord_Howe", time(16, 59), True),
        ("America/St_Johns", time(17, 1), False),
    ],
)
def test_hours_are_the_prospects_own(zone: str, clock: time, is_open: bool) -> None:
    moment = datetime.combine(NOON.date(), clock, ZoneInfo(zone)).astimezone(UTC)
    assert window_is_open(time(9), time(17), zone, moment) is is_open


@pytest.mark.parametrize(
    ("clock", "is_open"), [(time(21, 59), False), (time(22), True), (time(0), True), (time(2), False)]
)
def test_a_window_may_run_over_midnight(clock: time, is_open: bool) -> None:
    moment = datetime.combine(NOON.date(), clock, ZoneInfo("Europe/Stockholm"))
    assert window_is_open(time(22), time(2), "Europe/Stockholm", moment) is is_open


def test_after_closing_the_next_opening_is_tomorrow() -> None:
    evening = at("Asia/Kolkata", 2026, 3, 2, 20)
    assert next_opening(time(9), time(17), "Asia/Kolkata", evening) == at("Asia/Kolkata", 2026, 3, 3, 9)


def test_the_opening_keeps_its_local_hour_over_a_daylight_saving_change() -> None:
    saturday = at("America/New_York", 2026, 3, 7, 20)
    opening = next_opening(time(9), time(17), "America/New_York", saturday)
    assert opening == datetime(2026, 3, 8, 13, tzinfo=UTC)  # one day before it was 14:00
    autumn = at("America/New_York", 2026, 10, 31, 20)
    opening = next_opening(time(9), time(17), "America/New_York", autumn)
    assert opening == datetime(2026, 11, 1, 14, tzinfo=UTC)


def test_an_opening_in_the_skipped_hour_comes_right_after_the_gap() -> None:
    night = at("America/New_York", 2026, 3, 8, 1)
    opening = next_opening(time(2, 30), time(17), "America/New_York", night)
    assert opening == at("America/New_York", 2026, 3, 8, 3)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo"]),
    minutes=st.integers(0, 525_600),
    opens=st.integers(0, 95),
    length=st.integers(1, 95),
)
def test_the_window_is_open_at_its_next_opening_and_was_not_before(
    zone: str, minutes: int, opens: int, length: int
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    quarters = [time(n // 4, n % 4 * 15) for n in range(96)]
    window = quarters[opens], quarters[(opens + length) % 96], zone
    if window_is_open(*window, now):
        return
    opening = next_opening(*window, now)
    assert now < opening <= now + timedelta(days=2)
    if length > 8:  # a shorter one can lie within the skipped hour whole
        assert window_is_open(*window, opening)
        assert not window_is_open(*window, opening - timedelta(minutes=1))
