"""Which legs of Call Activity are wanted, in what order, and from where on (RING-6). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Sort(StrEnum):
    """What legs can be put in order by; the values are the columns."""

    AT = "at"
    KIND = "kind"
    BY = "by_name"
    PHONE = "phone"
    RANG = "rang_s"
    TALK = "talk_s"
    OUTCOME = "outcome"
    CAUSE = "cause"


@dataclass(frozen=True, slots=True)
class Order:
    """The newest first, unless another one is wanted."""

    sort: Sort = Sort.AT
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Filters:
    """Which legs are wanted; None is any. ``since`` belongs to the range, ``until`` does not; both seconds do.

    ``own`` holds the legs to one user's, whatever else is asked.
    """

    own: int | None = None
    prospect_id: int | None = None
    kind: str | None = None
    user_ids: tuple[int, ...] | None = None
    phones: tuple[str, ...] | None = None
    outcomes: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    talk_from_s: int | None = None
    talk_to_s: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the value that it is in order by, and the leg's id."""

    value: Any
    id: int

    @property
    def text(self) -> str:
        """The place as one text, which ``place_of`` reads."""
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        return f"{self.id}~{value}"


def place_of(sort: Sort, text: str) -> Place | None:
    """The place that a text stands for in this order; None for one that we never made."""
    number, separator, value = text.partition("~")
    try:
        if separator and number.isascii() and number.isdecimal() and int(number) < 2**63:
            return Place(_READ.get(sort, str)(value), int(number))
    except ValueError:
        pass  # also more digits than Python reads
    return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment


def _seconds(text: str) -> int:
    number = int(text)
    if abs(number) >= 2**31:
        raise ValueError("more than PostgreSQL's integer holds")
    return number


_READ: dict[Sort, Any] = {
    Sort.AT: _moment,
    Sort.RANG: _seconds,
    Sort.TALK: _seconds,
    Sort.CAUSE: _seconds,
}
