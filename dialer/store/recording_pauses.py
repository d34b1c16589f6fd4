"""Pause and resume of a recording: asked for by the agent, brought about by the dialer (CMP-4).

What the agent wants stays on record until Asterisk has confirmed it, and from the request to the answer it is
in doubt how the recording is: a dialer that dies in between asks again, whatever the agent wants by then, and
nobody is told that nothing is recorded before it is so. A pause belongs to one recording, so that it ends with
the call, and with the agent who asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dialer import live
from dialer.db import Database, Transactions, one
from dialer.errors import Refused
from dialer.sql import load
from dialer.store import agents

SQL = load("recording_pauses")


@dataclass(frozen=True, slots=True)
class Wish:
    """A recording to pause, or to go on with."""

    organisation_id: int
    recording_id: UUID
    pause: bool
    user_id: int


def ask(db: Transactions, user_id: int, attempt_id: int, *, pause: bool) -> None:
    """Ask the dialer to pause the recording of the user's call, or to go on; it follows within a moment.

    Harmless when it is so already. Raises Refused when no such call of theirs is being recorded.
    """
    with db.transaction() as connection:
        asked = {
            "organisation_id": agents.organisation_of(connection, user_id),
            "attempt_id": attempt_id,
            "user_id": user_id,
            "pause": pause,
        }
        if one(connection, SQL.ask, asked) is None:
            raise Refused("This call is not being recorded any more.")
        live.wake_dialer(connection)
        live.tell_panel(connection, asked["organisation_id"], f"user:{user_id}")


def take(db: Database, node: str) -> list[Wish]:
    """What is to be asked of the node's Asterisk, again and again until ``done``."""
    with db.transaction() as connection:
        return [Wish(**row) for row in connection.execute(SQL.take, {"node": node}).fetchall()]


def done(db: Database, wish: Wish, at: datetime) -> None:
    """Asterisk did it, or it was so already: note the time, and show it."""
    asked = {
        "organisation_id": wish.organisation_id,
        "recording_id": wish.recording_id,
        "pause": wish.pause,
        "at": at,
    }
    with db.transaction() as connection:
        marked = one(connection, SQL.mark, asked)
        if marked is None:
            return
        if marked["changed"]:
            connection.execute(SQL.open if wish.pause else SQL.close, asked)
        live.tell_panel(connection, wish.organisation_id, f"user:{wish.user_id}")
