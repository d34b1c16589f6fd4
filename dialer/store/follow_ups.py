"""Promises on record: made and kept with a call's result, and listed by when they are due (LPS-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dialer.db import Connection, Transactions, one
from dialer.follow_ups import Promise
from dialer.sql import load
from dialer.store import agents

SQL = load("follow_ups")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many promises a user has in «Follow Ups (Not due)» and «Follow Ups (Past due)»."""

    not_due: int
    past_due: int


@dataclass(frozen=True, slots=True)
class DueCall:
    """A promise and whom it was given to. ``number`` None: nobody can call them."""

    id: int
    prospect_id: int
    list_id: int
    list_name: str
    account_name: str
    first_name: str
    last_name: str
    number: str | None
    time_zone: str
    due_at: datetime
    note: str


def counts(db: Transactions, user_id: int, now: datetime) -> Counts:
    """The user's own promises, by due time."""
    with db.transaction() as connection:
        organisation_id = agents.organisation_of(connection, user_id)
        of_user = {"organisation_id": organisation_id, "user_id": user_id, "at": now}
        row = one(connection, SQL.counts, of_user)
    assert row is not None
    return Counts(**row)


def due(db: Transactions, user_id: int, now: datetime, *, past_due: bool, limit: int = 500) -> list[DueCall]:
    """The user's own promises that are past due (today's are), or those that are not; first due first."""
    with db.transaction() as connection:
        organisation_id = agents.organisation_of(connection, user_id)
        of_user = {"organisation_id": organisation_id, "user_id": user_id, "at": now}
        rows = connection.execute(SQL.due, {**of_user, "past_due": past_due, "limit": limit}).fetchall()
    return [DueCall(**row) for row in rows]


def settle(
    connection: Connection,
    organisation_id: int,
    user_id: int,
    attempt_id: int,
    prospect_id: int,
    promise: Promise | None,
    now: datetime,
) -> None:
    """With a call's result older promises to the prospect are done, whoever made them, and the new one stands.

    The prospect is in its next place already; one that was barred during the call gets no promise.
    """
    of_prospect = {"organisation_id": organisation_id, "prospect_id": prospect_id, "at": now}
    connection.execute(SQL.close, of_prospect)
    if promise is not None:
        given = {"user_id": user_id, "attempt_id": attempt_id, "due_at": promise.due_at, "note": promise.note}
        connection.execute(SQL.add, {**of_prospect, **given})
