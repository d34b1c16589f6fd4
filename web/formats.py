"""How values look on a page: by locale, and in the organisation's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import phonenumbers
from flask import Flask
from flask_babel import format_date, format_datetime, format_decimal, format_time, get_locale, gettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from dialer.store.people import Role


def when(moment: datetime | None) -> str:
    """Date and time of day, short: for tables."""
    return str(format_datetime(moment, "short")) if moment else ""


def day(moment: datetime) -> str:
    """A date without its time of day."""
    return str(format_date(moment, "medium"))


def their_time(zone: str) -> str:
    """What the clock says where the prospect is, and the zone."""
    try:
        there = datetime.now(ZoneInfo(zone))
    except (KeyError, ValueError, OSError):
        return zone
    return f"{time_of_day(there.time())} ({there.tzname()})"


def time_of_day(moment: time) -> str:
    """A time of day, without seconds, as it stands: it belongs to no time zone."""
    return str(format_time(datetime.combine(date(2000, 1, 3), moment), "short", rebase=False))


def number(value: int | float | Decimal) -> str:
    """A number with the locale's separators."""
    return str(format_decimal(value))


def phone_number(e164: str | None) -> str:
    """A number as people write it, internationally; what cannot be read stays as it is."""
    try:
        parsed = phonenumbers.parse(e164 or "", None)
    except phonenumbers.NumberParseException:
        return e164 or ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def clock(length: timedelta | None) -> str:
    """A length of time as m:ss, or h:mm:ss from one hour on."""
    if length is None:
        return ""
    seconds = max(0, int(length.total_seconds()))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def milliseconds_of(length: timedelta) -> int:
    """A length of time in milliseconds."""
    return int(length / timedelta(milliseconds=1))


def milliseconds_clock(length_ms: int) -> str:
    """Milliseconds as ``clock`` writes them."""
    return clock(timedelta(milliseconds=length_ms))


def running(since: datetime | None) -> Markup:
    """A time that counts up from ``since`` in the browser, on the server's clock."""
    if since is None:
        return Markup("")
    text = clock(datetime.now(UTC) - since)
    return Markup('<span class="running" data-since="{}" role="timer" aria-live="off">{}</span>').format(
        milliseconds(since), text
    )


def running_out(until: datetime) -> Markup:
    """The time that is left until ``until``, counted down in the browser, on the server's clock."""
    text = clock(until - datetime.now(UTC))
    return Markup('<span class="running" data-until="{}" role="timer" aria-live="off">{}</span>').format(
        milliseconds(until), text
    )


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, as JavaScript counts."""
    return int(moment.timestamp() * 1000)


def role_name(role: Role) -> str:
    """A role in the reader's language."""
    return str(_ROLES[role])


_ROLES = {
    Role.SUPER_ADMIN: _l("Super admin"),
    Role.ADMIN: _l("Admin"),
    Role.MANAGER: _l("Manager"),
    Role.AGENT: _l("Agent"),
    Role.DIALING_AGENT: _l("Dialing agent"),
}


def file_size(size: int) -> str:
    """A file's size in kB or MB."""
    if size < 1_000_000:
        return str(gettext("%(size)s kB", size=format_decimal(max(1, round(size / 1000)))))
    return str(gettext("%(size)s MB", size=format_decimal(round(size / 1_000_000, 1))))


def register(app: Flask) -> None:
    """Give the filters to the app's templates."""
    for shown in (
        when,
        day,
        their_time,
        time_of_day,
        number,
        phone_number,
        clock,
        running,
        running_out,
        milliseconds,
        milliseconds_of,
        milliseconds_clock,
        file_size,
    ):
        app.add_template_filter(shown, shown.__name__)
    app.add_template_global(lambda: str(get_locale() or "en"), "locale")
    app.add_template_global(lambda: milliseconds(datetime.now(UTC)), "server_time")
    app.add_template_global(role_name, "role_name")
