"""Call Activity: every leg that is over, filtered, in any order, page by page (RING-5, RING-6).

A row is written once, when its leg ends. Of filters that few legs fit the fitting ones are found first and
put in order then. Where many fit, the order's index is walked and mostly meets them soon; where it does not,
all are looked at as they lie on the disk. So no page reads a million rows in an order that the disk does not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dialer.call_activity import Filters, Order, Place, Sort
from dialer.db import Connection, Transactions
from dialer.sql import load
from dialer.store import audit

SQL = load("activity")

PAGE = 50
"""Legs on a page."""

COUNTED = 10_000
"""Legs that fit are counted this far: past it they are «more than 10,000»."""

WALKED = 6_000
"""Legs that are looked at in order, before all are."""

PHONES_FOUND = 30

_CHUNK = 1_000

NEWEST_FIRST = Order()

_UNINDEXED = {Sort.AT: "+ interval '0'", Sort.RANG: "+ 0", Sort.TALK: "+ 0", Sort.CAUSE: "+ 0"}


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg that is over. ``kind``: prospect or agent; ``phone``: number or extension; ``by`` empty: nobody."""

    id: int
    kind: str
    prospect_id: int
    prospect: str
    user_id: int | None
    by: str
    phone: str
    at: datetime
    rang_s: int
    talk_s: int
    outcome: str
    cause: int
    attempt_id: int | None
    result: str | None
    recordings: list[UUID]


@dataclass(frozen=True, slots=True)
class LegUnderWay:
    """A leg that is not over. ``state``: of the attempt, or of the agent's leg in the ring."""

    kind: str
    user_id: int | None
    by: str
    phone: str
    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Page:
    """Legs in order; ``count`` of all that fit, COUNTED + 1 for more; ``next`` None on the last page."""

    legs: list[Leg]
    count: int
    next: Place | None


def page(
    db: Transactions,
    organisation_id: int,
    wanted: Filters,
    order: Order = NEWEST_FIRST,
    *,
    after: Place | None = None,
    limit: int = PAGE,
) -> Page:
    """At most ``limit`` legs, those that come after the place."""
    with db.transaction() as connection:
        count, ids = _look(connection, organisation_id, wanted, order, after, limit + 1)
        legs = _legs(connection, organisation_id, ids[:limit])
    return Page(legs, count, _place(order, legs[-1]) if len(ids) > limit else None)


def export(
    db: Transactions, organisation_id: int, user_id: int | None, wanted: Filters, order: Order = NEWEST_FIRST
) -> Iterator[list[Leg]]:
    """All legs that fit, some at a time, each in a transaction of its own; the audit log says by whom.

    ``user_id`` None: by somebody at the command line. Of many all are walked through once, in the order wanted.
    """
    asked = {name: value for name, value in _parameters(organisation_id, wanted).items() if value is not None}
    with db.transaction() as connection:
        audit.keep(connection, organisation_id, user_id, "calls.export", "calls", None, _plain(asked))
    chunks = _few(db, organisation_id, wanted, order)
    if chunks is None:
        chunks = _walk(db, organisation_id, wanted, order)
    yield from chunks


def _few(db: Transactions, organisation_id: int, wanted: Filters, order: Order) -> Iterator[list[Leg]] | None:
    """All legs that fit; None for more than are counted."""
    asked = _asked(organisation_id, wanted, None, COUNTED)
    with db.transaction() as connection:
        found = _first(connection, order, asked)
    return _read(db, organisation_id, found["ids"]) if found["count"] <= COUNTED else None


def _read(db: Transactions, organisation_id: int, ids: list[int]) -> Iterator[list[Leg]]:
    for first in range(0, len(ids), _CHUNK):
        with db.transaction() as connection:
            legs = _legs(connection, organisation_id, ids[first : first + _CHUNK])
        yield legs


def _walk(db: Transactions, organisation_id: int, wanted: Filters, order: Order) -> Iterator[list[Leg]]:
    ordered = load("activity_pages", **_words(order))
    after = None
    while True:
        asked = _asked(organisation_id, wanted, after, WALKED)
        with db.transaction() as connection:
            found = _ask(connection, ordered.walk, {**asked, "at_most": WALKED})
        if found is None:
            return
        after = Place(found["last"], found["last_id"])
        yield from _read(db, organisation_id, found["ids"])


def of_prospect(db: Transactions, organisation_id: int, prospect_id: int, own: int | None = None) -> Page:
    """A prospect's legs that are over, the newest first: at most 200."""
    return page(db, organisation_id, Filters(own=own, prospect_id=prospect_id), limit=200)


def under_way(
    db: Transactions, organisation_id: int, prospect_id: int, own: int | None = None
) -> list[LegUnderWay]:
    """A prospect's legs that are not over, the newest first."""
    asked = {"organisation_id": organisation_id, "prospect_id": prospect_id, "own": own}
    with db.transaction() as connection:
        return [LegUnderWay(**row) for row in connection.execute(SQL.under_way, asked).fetchall()]


def callers(db: Transactions, organisation_id: int) -> dict[int, str]:
    """Who has legs, by id, in the order of their names."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.callers, {"organisation_id": organisation_id}).fetchall()
    return {row["id"]: row["name"] for row in rows}


def outcomes(db: Transactions, organisation_id: int) -> list[str]:
    """The outcomes that occur."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.outcomes, {"organisation_id": organisation_id}).fetchall()
    return [row["outcome"] for row in rows]


def phones(db: Transactions, organisation_id: int, text: str, own: int | None = None) -> list[str]:
    """Numbers and extensions whose digits contain those of the text, at most PHONES_FOUND; none for no digits."""
    digits = re.sub(r"\D", "", text)[:20]
    if not digits:
        return []
    asked = {"organisation_id": organisation_id, "digits": digits, "own": own, "limit": PHONES_FOUND}
    with db.transaction() as connection:
        return [row["phone"] for row in connection.execute(SQL.phones, asked, prepare=False).fetchall()]


def _parameters(organisation_id: int, wanted: Filters) -> dict[str, Any]:
    several = {
        name: None if value is None else list(value)
        for name, value in (
            ("user_ids", wanted.user_ids),
            ("phones", wanted.phones),
            ("outcomes", wanted.outcomes),
        )
    }
    return {
        "organisation_id": organisation_id,
        "own": wanted.own,
        "prospect_id": wanted.prospect_id,
        "kind": wanted.kind,
        "since": wanted.since,
        "until": wanted.until,
        "talk_from_s": wanted.talk_from_s,
        "talk_to_s": wanted.talk_to_s,
        **several,
    }


def _look(
    connection: Connection,
    organisation_id: int,
    wanted: Filters,
    order: Order,
    after: Place | None,
    limit: int,
) -> tuple[int, list[int]]:
    """How many legs fit, COUNTED + 1 at most, and the ids of the next ones in order."""
    asked = _asked(organisation_id, wanted, after, limit)
    ordered = load("activity_pages", **_words(order))
    first = _first(connection, order, asked)
    if (count := first["count"]) <= COUNTED:
        return count, first["ids"]
    found = _ask(connection, ordered.walk, {**asked, "at_most": WALKED})
    if found is not None and len(found["ids"]) < limit and found["walked"] == WALKED:
        # What fits is not to be met soon in this order.
        found = _ask(connection, ordered.page_of_all, asked)
    return count, [] if found is None else found["ids"]


def _first(connection: Connection, order: Order, asked: dict[str, Any]) -> dict[str, Any]:
    ordered = load("activity_pages", **_words(order))
    found = _ask(connection, ordered.page_of_few, {**asked, "at_most": COUNTED + 1})
    assert found is not None
    return found


def _asked(organisation_id: int, wanted: Filters, after: Place | None, limit: int) -> dict[str, Any]:
    return {
        **_parameters(organisation_id, wanted),
        "after": after and after.value,
        "after_id": after and after.id,
        "limit": limit,
    }


def _words(order: Order) -> dict[str, str]:
    """What the queries of pages in this order have in them."""
    direction, backward, beyond = ("DESC", "ASC", "<") if order.descending else ("ASC", "DESC", ">")
    unindexed = _UNINDEXED.get(order.sort, "|| ''")
    return {
        "column": order.sort.value,
        "direction": direction,
        "backward": backward,
        "beyond": beyond,
        "unindexed": unindexed,
    }


def _ask(connection: Connection, query: str, asked: dict[str, Any]) -> dict[str, Any] | None:
    # Each combination of filters has a plan, and an index, of its own.
    return connection.execute(query, asked, prepare=False).fetchone()


def _legs(connection: Connection, organisation_id: int, ids: list[int]) -> list[Leg]:
    asked = {"organisation_id": organisation_id, "ids": ids}
    return [Leg(**row) for row in connection.execute(SQL.legs, asked).fetchall()]


def _plain(asked: dict[str, Any]) -> dict[str, Any]:
    """The filters as the audit log keeps them."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asked.items()
        if name != "organisation_id"
    }


def _place(order: Order, leg: Leg) -> Place:
    """Where a page ended that ended with this leg."""
    return Place(leg.by if order.sort is Sort.BY else getattr(leg, order.sort.value), leg.id)
