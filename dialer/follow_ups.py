"""What is promised to a prospect: when they are called again by whom they talked with (LPS-8). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dialer.errors import Refused

ENDING = ("final", "do_not_call", "wrong_number")
"""Effects of call results after which nobody calls the prospect again."""

LATEST = timedelta(days=3 * 366)
EARLIEST = date(2000, 1, 1)
LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class Wish:
    """A follow-up as an agent filled it in; ``due_at`` None where they gave no date."""

    due_at: datetime | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """A follow-up that stands: due at a time (aware), with its note."""

    due_at: datetime
    note: str = ""


def wish(day: str, at: str, note: str, time_zone: str, now: datetime) -> Wish | None:
    """Read a date (2026-03-31) and a time (14:30) as the clock says where the prospect is.

    None where nothing was filled in. A time that is left out when clocks go forward is taken an hour
    later. A date that has passed is allowed: the promise is past due at once. Raises Refused.
    """
    day, at, note = day.strip(), at.strip(), note.strip()
    if len(note) > LONGEST_NOTE:
        raise Refused("The follow-up's note is too long; shorten it to 2,000 characters.")
    if not day and not at:
        return Wish(None, note) if note else None
    if not day:
        raise Refused("The follow-up has a time but no date; choose its date.")
    if not at:
        raise Refused("The follow-up has a date but no time; choose its time.")
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise Refused(
            "The follow-up's date cannot be read; write it as year-month-day, for example 2027-03-31."
        ) from None
    try:
        clock = time.fromisoformat(at)
    except ValueError:
        raise Refused(
            "The follow-up's time cannot be read; write it as hours and minutes, for example 14:30."
        ) from None
    if not EARLIEST <= on <= (now + LATEST).date():
        raise Refused("The follow-up's date is too far away; check its year.")
    there = datetime.combine(on, clock.replace(tzinfo=None), zone_info(time_zone))
    return Wish(there.astimezone(UTC), note)


def promised(effect: str, wanted: Wish | None, notes: str, now: datetime) -> Promise | None:
    """What a call result with this effect promises, given what the agent filled in.

    A result that follows up always does: without a date tomorrow at this time, with the call's notes
    where it has no note of its own. A date beside a result that calls again after a delay counts more
    than the delay: somebody agreed to it. A result that ends the matter must leave no promise behind,
    and a date that was filled in is not dropped unasked either: saving is refused until the agent
    takes back the one or the other. A note without a date is no promise. Raises Refused.
    """
    if effect == "follow_up":
        wanted = wanted or Wish(None)
        return Promise(wanted.due_at or now + timedelta(days=1), wanted.note or notes)
    if wanted is None or wanted.due_at is None:
        return None
    if effect in ENDING:
        raise Refused(
            "After this call result nobody calls again, but a follow-up is filled in; "
            "clear the follow-up or choose another result."
        )
    return Promise(wanted.due_at, wanted.note or notes)


def zone_info(time_zone: str) -> ZoneInfo:
    """The zone by its name; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
