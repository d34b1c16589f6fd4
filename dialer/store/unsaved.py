"""A call result that is owed: saving it, or giving it up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from dialer.calls.power import Outcome
from dialer.db import Connection
from dialer.retries import Place
from dialer.sql import load
from dialer.store import drafts
from dialer.store.settling import settle

SQL = load("sessions")


def lock_owed(connection: Connection, organisation_id: int, user_id: int) -> dict[str, Any] | None:
    """The user's call that waits for its result, kept until the transaction ends; None when none does.

    While it is kept its window cannot be closed. Attempts are locked before agents.
    """
    row = connection.execute(
        SQL.unsaved_call, {"organisation_id": organisation_id, "user_id": user_id}
    ).fetchone()
    if row is None:
        return None
    attempt = connection.execute(
        SQL.lock_attempt,
        {"organisation_id": organisation_id, "attempt_id": row["id"], "user_id": user_id},
    ).fetchone()
    return attempt if attempt is not None and attempt["state"] == "wrap_up" else None


def give_up(
    connection: Connection, organisation_id: int, user_id: int, attempt: dict[str, Any], now: datetime
) -> None:
    """End a locked call that waits for a result without one: somebody was talked to, so it is done.

    Notes that were typed are kept all the same; what the user promised before stays promised: nobody said
    that it was kept.
    """
    of_prospect = {
        "organisation_id": organisation_id,
        "prospect_id": attempt["prospect_id"],
        "user_id": user_id,
    }
    row = connection.execute(SQL.is_promised, of_prospect).fetchone()
    place = Place("follow_up" if row is not None and row["promised"] else "done")
    finish(connection, organisation_id, user_id, attempt, place, None, None, now)


def finish(
    connection: Connection,
    organisation_id: int,
    user_id: int,
    attempt: dict[str, Any],
    place: Place,
    result_id: int | None,
    notes: str | None,
    now: datetime,
) -> None:
    """wrap_up → ended, and the prospect to its next place; without notes those that were typed count."""
    of_attempt = {"organisation_id": organisation_id, "attempt_id": attempt["id"]}
    typed = drafts.take(connection, organisation_id, attempt["id"])
    notes = typed if notes is None else notes
    connection.execute(SQL.end_attempt, {**of_attempt, "result_id": result_id, "notes": notes, "at": now})
    settle(
        connection,
        organisation_id,
        attempt,
        place,
        now,
        outcome=Outcome.CONNECTED,
        result_id=result_id,
        notes=notes,
    )
    connection.execute(
        SQL.keep_event,
        {
            **of_attempt,
            "at": now,
            "kind": "ResultSaved",
            "user_id": user_id,
            "data": Jsonb({"from": "wrap_up", "to": "ended", "result_id": result_id}),
        },
    )
