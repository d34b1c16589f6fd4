"""IANA time zones under the names that call centers know: EST, CST, …"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

US_ZONES = ("EST", "CST", "MST", "PST", "AKST", "HST", "AST")
INTERNATIONAL = "International"
TOLL_FREE = "Toll Free"


@dataclass(frozen=True, slots=True)
class ZoneLine:
    """One line of the Timezone table: numbers by kind of phone (phone, mobile_phone, work_phone)."""

    name: str
    numbers: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.numbers.values())


@lru_cache(maxsize=1024)
def group_of(time_zone: str) -> str:
    """The zone's abbreviation in standard time, as in EST; one without letters by its offset, as in UTC-3.

    An unknown zone keeps its name.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError):
        return time_zone
    # Standard time is what the clock shows when summer time is not on; which half of the year that is
    # depends on the hemisphere.
    halves = [datetime(2025, month, 1, tzinfo=zone) for month in (1, 7)]
    standard = next((moment for moment in halves if not moment.dst()), halves[0])
    name = standard.tzname() or time_zone
    return name if name.isalpha() else _offset(standard.utcoffset() or timedelta())


def zone_lines(rows: Iterable[tuple[str, bool, str, bool, int]]) -> list[ZoneLine]:
    """The Timezone table from (kind of phone, toll free, time zone, domestic, numbers).

    The zones of the United States come first and always, from east to west, then other domestic zones
    that have numbers, then International and Toll Free.
    """
    sums: dict[str, dict[str, int]] = {name: {} for name in US_ZONES}
    last: dict[str, dict[str, int]] = {INTERNATIONAL: {}, TOLL_FREE: {}}
    for kind, toll_free, time_zone, domestic, numbers in rows:
        if toll_free:
            line = last[TOLL_FREE]
        elif not domestic:
            line = last[INTERNATIONAL]
        else:
            line = sums.setdefault(group_of(time_zone), {})
        line[kind] = line.get(kind, 0) + numbers
    return [ZoneLine(name, numbers) for name, numbers in {**sums, **last}.items()]


def _offset(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    sign, hours, rest = "-" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60
    return f"UTC{sign}{hours}:{rest:02}" if rest else f"UTC{sign}{hours}"
