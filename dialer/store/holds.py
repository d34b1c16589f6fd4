"""Hold and Resume call: asked for by the agent, taken up by the dialer (DIAL-6)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from dialer import live
from dialer.calls.events import HoldAsked, UnholdAsked
from dialer.db import Database, Transactions
from dialer.sql import load
from dialer.store import agents

SQL = load("holds")


def ask(db: Transactions, user_id: int, attempt_id: int, *, hold: bool) -> None:
    """Ask the dialer to put the prospect on hold, or to take the call back; it follows within a moment.

    Harmless when it is so already, and when the call is over.
    """
    with db.transaction() as connection:
        organisation_id = agents.organisation_of(connection, user_id)
        connection.execute(
            SQL.hold_wanted,
            {
                "organisation_id": organisation_id,
                "attempt_id": attempt_id,
                "user_id": user_id,
                "hold": hold,
            },
        )
        live.wake_dialer(connection)


def take(db: Database, node: str, at: datetime) -> list[tuple[UUID, HoldAsked | UnholdAsked]]:
    """Prospect legs of conversations whose agents pressed Hold or Resume call; each is returned once."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.take_holds, {"node": node}).fetchall()
    return [
        (row["leg_id"], HoldAsked(at, row["user_id"]) if row["hold"] else UnholdAsked(at, row["user_id"]))
        for row in rows
    ]
