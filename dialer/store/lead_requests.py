"""Requests that may come twice: the same key and body stand for one lead (RING-2).

Asked and kept inside the transaction that stores the lead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dialer.db import Connection, Database, one
from dialer.errors import RingpoolError
from dialer.sql import load

SQL = load("lead_requests")


class OtherBody(RingpoolError):
    """The key was sent before with other values; a new lead needs a new key."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may come twice: whose token sent it, its key, and the SHA-256 of what it says."""

    token_id: int
    key: str
    body_hash: bytes


def answered(
    connection: Connection, organisation_id: int, request: Request, now: datetime
) -> tuple[int, int] | None:
    """The lead that the request made within the last day, and its prospect. Two at once wait for one another.

    Raises OtherBody.
    """
    asked = {"organisation_id": organisation_id, "token_id": request.token_id, "key": request.key, "now": now}
    connection.execute(SQL.one_at_a_time, asked)
    row = one(connection, SQL.request, asked)
    if row is None:
        return None
    if row["body_hash"] != request.body_hash:
        raise OtherBody(str(OtherBody.__doc__))
    return row["lead_id"], row["prospect_id"]


def keep(connection: Connection, organisation_id: int, request: Request, lead_id: int, now: datetime) -> None:
    """The request made this lead."""
    connection.execute(
        SQL.keep,
        {
            "organisation_id": organisation_id,
            "token_id": request.token_id,
            "key": request.key,
            "body_hash": request.body_hash,
            "lead_id": lead_id,
            "now": now,
        },
    )


def forget(db: Database, now: datetime) -> int:
    """Forget keys of requests that are a day old; how many."""
    with db.transaction() as connection:
        return connection.execute(SQL.forget, {"now": now}).rowcount
