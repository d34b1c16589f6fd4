"""Promises on record: made, and kept, with a call's result (LPS-8). The two lists of them are solo's."""

from __future__ import annotations

from datetime import datetime

from dialer.db import Connection
from dialer.follow_ups import Promise
from dialer.sql import load

SQL = load("follow_ups")


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
