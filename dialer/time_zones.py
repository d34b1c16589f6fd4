"""Where a prospect's clock stands: the IANA zone from what a list says of them.

The first that answers is taken: the list's own time-zone column; a US or Canadian postal code or
state; the phone number; the organisation's zone. States and postal codes are believed only for +1
numbers, since ``DE`` is Delaware there and Germany elsewhere.

**Split states.** Fifteen states lie in two zones. For those a postal code decides by its first
three digits; without one, the zone of most of the people is taken. Both are approximations: a
three-digit area on a zone border (for instance 373 in Tennessee, 427 in Kentucky, 498 in Michigan,
575-576 in South Dakota, 677 in Kansas, 691-692 in Nebraska) is given the zone of most of its people,
and the Navajo Nation's daylight saving time is known only for 865. A time-zone column is exact.
A number's zones are those of its prefix: mobile numbers move with their owners.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from zoneinfo import available_timezones

from phonenumbers import PhoneNumber
from phonenumbers.timezone import time_zones_for_geographical_number

from dialer.zone_tables import ABBREVIATIONS, AREAS, CANADIAN_AREAS, STATE_NAMES, STATES, WINDOWS

_ZIP = re.compile(r"(\d{5})(?:-?\d{4})?", re.ASCII)
# Spreadsheets drop the zero that New England's and New Jersey's codes begin with.
_SHORT_ZIP = re.compile(r"(\d{4})(?:-\d{4})?", re.ASCII)
_CANADIAN = re.compile(r"([ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]) ?(?:\d[A-Z]\d)?")


def zone_of(*, time_zone: str, region: str, postal_code: str, number: str, default: str) -> str:
    """Return the IANA zone of a prospect; empty texts are columns that the list does not have.

    ``number`` is E.164, ``default`` the organisation's zone. Never fails.
    """
    if time_zone and (named := zone_from_name(time_zone)):
        return named
    if (
        number.startswith("+1")
        and (region or postal_code)
        and (placed := zone_from_place(region, postal_code))
    ):
        return placed
    return _zone_from_number(number[:_PREFIX], default) if number else default


def zones_of(
    time_zones: Sequence[str],
    regions: Sequence[str],
    postal_codes: Sequence[str],
    numbers: Sequence[str],
    default: str,
) -> list[str]:
    """``zone_of`` for columns at once, all of one length."""
    return [
        zone_of(
            time_zone=time_zone,
            region=region,
            postal_code=postal_code,
            number=number,
            default=default,
        )
        if time_zone
        else (
            placed
            if (region or postal_code)
            and number[:2] == "+1"
            and (placed := zone_from_place(region, _area_code(postal_code)))
            else _zone_from_number(number[:_PREFIX], default)
            if number
            else default
        )
        for time_zone, region, postal_code, number in zip(
            time_zones, regions, postal_codes, numbers, strict=True
        )
    ]


@lru_cache(maxsize=4096)
def zone_from_name(text: str) -> str | None:
    """An IANA name in any case, an abbreviation or name used in North America, or a Windows name.

    ``EST`` and ``MST`` are read as people mean them, with daylight saving time. None: not known.
    """
    key = " ".join(text.split()).lower()
    return ABBREVIATIONS.get(key) or WINDOWS.get(key) or _iana_names().get(key.replace(" ", "_"))


@lru_cache(maxsize=65536)
def zone_from_place(region: str, postal_code: str) -> str | None:
    """The zone of a US state or Canadian province (code or English name) and postal code, or None.

    A postal code outside the state's zones is taken for a mistake.
    """
    area = _zone_from_postal_code(postal_code.strip().upper())
    key = region.strip().upper().replace(".", "")
    zones = STATES.get(STATE_NAMES.get(key, key))
    if zones is None:
        return area
    return area if area in zones else zones[0]


def state_code(text: str) -> str:
    """A state's two letters, from them or from its name; what is no state stays as it is, in capitals."""
    wanted = " ".join(text.split()).upper()
    return STATE_NAMES.get(wanted, wanted)


def zone_from_number(e164: str, default: str) -> str:
    """The zone of a number's prefix; of several the default if it is among them, else the first.

    A number of no place (toll-free, or a whole large country's) has the default.
    """
    return _zone_from_number(e164[:_PREFIX], default)


def is_zone(name: str) -> bool:
    """True for an IANA zone's exact name."""
    return _iana_names().get(name.lower()) == name


# Plus sign, country code and six digits: no North American entry of the library's table is longer,
# and elsewhere it is digits enough to tell a country's zones apart.
_PREFIX = 8
_TOO_MANY = 8


@lru_cache(maxsize=200_000)
def _zone_from_number(prefix: str, default: str) -> str:
    # The library looks its table up by prefix and checks nothing else of the number.
    digits = prefix[1:]
    zones = time_zones_for_geographical_number(
        PhoneNumber(country_code=int(digits[:1] or 0), national_number=int(digits[1:] or 0))
    )
    known = [zone for zone in zones if zone.lower() in _iana_names()]
    if not known or len(known) > _TOO_MANY or default in known:
        return default
    return str(known[0])


def _area_code(postal_code: str) -> str:
    """A postal code of the same zone, alike for a whole area, so that few have to be looked up."""
    is_zip = len(postal_code) == 5 and postal_code.isdecimal() and postal_code.isascii()
    return f"{postal_code[:3]}00" if is_zip else postal_code


def _zone_from_postal_code(text: str) -> str | None:
    if match := _ZIP.fullmatch(text):
        return _areas().get(int(match[1][:3]))
    if match := _SHORT_ZIP.fullmatch(text):
        return _areas().get(int(match[1][:2]))
    if match := _CANADIAN.fullmatch(text):
        for length in (3, 2, 1):
            if zone := CANADIAN_AREAS.get(match[1][:length]):
                return zone
    return None


@cache
def _areas() -> dict[int, str]:
    """First three digits of a US postal code → zone."""
    return {area: zone for first, last, zone in AREAS for area in range(first, last + 1)}


@cache
def _iana_names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}
