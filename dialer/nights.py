"""When an organisation's night has come: once for each of its own days (LPL-5). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dialer.dialing_rules import first_moment


@dataclass(frozen=True, slots=True)
class Night:
    """The night of an organisation's own ``day``, and the moment (UTC) at which it begins."""

    day: date
    begins: datetime


def latest(night_at: time, zone: str, now: datetime) -> Night:
    """The night that has begun last at ``now`` (aware), where nights begin at ``night_at`` in ``zone``.

    Where a daylight-saving change skips the hour it begins with the first moment after the gap,
    where the hour comes twice with the first of the two.
    """
    tz = ZoneInfo(zone)
    today = now.astimezone(tz).date()
    for day in (today, today - timedelta(days=1)):
        begins = first_moment(datetime.combine(day, night_at, tz))
        if begins <= now:
            return Night(day, begins)
    raise AssertionError("yesterday's night has begun")


def due(night_at: time, zone: str, done_on: date | None, now: datetime) -> Night | None:
    """The night whose duties are to be done now, or None.

    ``done_on`` is the day whose night was done last. After days of standing still only the latest
    is due: what it gives back is what the others would have. A day is never done twice, not even
    when the time of the night or the zone is changed.
    """
    night = latest(night_at, zone, now)
    return night if done_on is None or night.day > done_on else None
