"""What a list is sorted by, as bytes that compare as the values do (LPL-7). Pure."""

from __future__ import annotations

import math
import re
import struct
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

KEY_BYTES = 64
"""A key is at most this long; texts that are the same so far are sorted by their place in the file."""

_VALUE, _UNREADABLE, _EMPTY = b"\x01", b"\x02", b"\x03"
"""How a key starts: what cannot be read as its kind comes after what can, empty ones come last."""

_MARK_ABOVE_OR_BELOW = 200
"""Combining classes from here on are accents; below are signs that letters of some scripts need."""

_INVERT = bytes(255 - byte for byte in range(256))

_TIME = (
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_DATES = [
    re.compile(rf"(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})/(?P<year>\d{{4}}|\d{{2}}){_TIME}$"),
    re.compile(rf"(?P<day>\d{{1,2}})[.-](?P<month>\d{{1,2}})[.-](?P<year>\d{{4}}|\d{{2}}){_TIME}$"),
    re.compile(rf"(?P<year>\d{{4}})[./-](?P<month>\d{{1,2}})[./-](?P<day>\d{{1,2}}){_TIME}$"),
    re.compile(rf"(?P<word>[A-Za-z]{{3,9}})\.? +(?P<day>\d{{1,2}}),? +(?P<year>\d{{4}}){_TIME}$"),
    re.compile(rf"(?P<day>\d{{1,2}})[ -](?P<word>[A-Za-z]{{3,9}})\.?[ -](?P<year>\d{{4}}|\d{{2}}){_TIME}$"),
]
_FIRST_DAY = datetime.min.replace(tzinfo=UTC)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def encoder(kind: str, descending: bool) -> Callable[[str], bytes]:
    """Return the function from a cell's text to its key.

    ``kind``: ``text`` (case and accents make no difference), ``number`` (with thousands
    separators, currency or per cent signs) or ``date`` (ISO, 3/31/2026, 31.3.2026, Mar 31, 2026;
    with or without a time). Empty values come last in either order, before them those that are
    not of the kind. Keys have at most KEY_BYTES bytes. Raises KeyError for another kind.
    """
    read = {"text": _text, "number": _number, "date": _date}[kind]
    return partial(_encode, read, descending)


def is_readable(kind: str, value: str) -> bool:
    """Whether a value that is not empty can be read as its kind."""
    return encoder(kind, False)(value).startswith(_VALUE)


def _encode(read: Callable[[str], bytes | None], descending: bool, value: str) -> bytes:
    value = value.strip()
    if not value:
        return _EMPTY
    key = read(value)
    start = _VALUE
    if key is None:
        start, key = _UNREADABLE, _text(value)
    return start + (key.translate(_INVERT) if descending else key)


def _text(value: str) -> bytes:
    """Folded UTF-8 with a 0 at the end: what begins another is before it, and inverted after it."""
    if value.isascii():
        folded = value[:KEY_BYTES].lower()
    else:
        parts = unicodedata.normalize("NFKD", value[: KEY_BYTES * 4])
        folded = "".join(c for c in parts if unicodedata.combining(c) < _MARK_ABOVE_OR_BELOW).casefold()
    return folded.replace("\0", "").encode(errors="replace")[: KEY_BYTES - 2] + b"\0"


def _number(value: str) -> bytes | None:
    negative = value.startswith(("-", "\N{MINUS SIGN}")) or (value[0] == "(" and value[-1] == ")")
    digits = re.sub(r"[^\d.,eE+-]", "", value.lstrip("-\N{MINUS SIGN}(+"))
    if not re.fullmatch(r"[\d.,]*\d[\d.,]*(?:[eE][+-]?\d{1,3})?", digits):
        return None
    try:
        number = float(_plain(digits))
    except ValueError:
        return None
    return _double(-number if negative else number)


def _plain(digits: str) -> str:
    """Digits with their thousands separators gone and a point before the decimals."""
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma > point:
        grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+", digits)
        return digits.replace(",", "") if grouped else digits.replace(".", "").replace(",", ".", 1)
    digits = digits.replace(",", "")
    return digits.replace(".", "") if digits.count(".") > 1 else digits


def _double(number: float) -> bytes:
    """IEEE 754 doubles compare as their bits do once the sign is turned over, negative ones wholly."""
    if not math.isfinite(number):
        number = math.copysign(1.7976931348623157e308, number)
    bits = struct.unpack(">Q", struct.pack(">d", number + 0.0))[0]
    return struct.pack(">Q", bits ^ (0xFFFFFFFFFFFFFFFF if bits >> 63 else 1 << 63))


def _date(value: str) -> bytes | None:
    moment = _moment(value)
    if moment is None:
        return None
    try:
        since = moment.replace(tzinfo=moment.tzinfo or UTC) - _FIRST_DAY
    except OverflowError:
        return None
    return struct.pack(">Q", max(0, int(since.total_seconds() * 1000)))


def _moment(value: str) -> datetime | None:
    if not value.isdigit() or len(value) == 8:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    for pattern in _DATES:
        if found := pattern.match(value):
            try:
                return _built(found.groupdict())
            except ValueError:
                return None
    return None


def _built(parts: dict[str, str | None]) -> datetime:
    word = parts.get("word")
    month = _MONTHS.index(word[:3].lower()) + 1 if word else int(parts["month"] or 0)
    day = int(parts["day"] or 0)
    if month > 12 and not word:
        month, day = day, month  # written the other way round
    year = int(parts["year"] or 0)
    if year < 100:
        year += 2000 if year < 70 else 1900
    hour = int(parts["hour"] or 0)
    if half := parts["half"]:
        hour = hour % 12 + (12 if half in "Pp" else 0)
    return datetime(year, month, day, hour, int(parts["minute"] or 0), int(parts["second"] or 0), tzinfo=UTC)
