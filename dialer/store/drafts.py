"""Drafts of call results on record: what was typed outlives the page it was typed in."""

from __future__ import annotations

from datetime import datetime

from psycopg.types.json import Jsonb

from dialer import live
from dialer.db import Connection, Transactions, one
from dialer.drafts import Draft, merge
from dialer.errors import NotFound, sentence
from dialer.sql import load

SQL = load("drafts")

OVER = sentence("This call has its result already; there is nothing to keep.")


def keep(db: Transactions, user_id: int, attempt_id: int, typed: Draft, now: datetime) -> Draft:
    """Keep what was typed, field by field the newest, and return all that is kept.

    Other open pages of the same agent are told. Raises NotFound for another's call, or one whose result
    is saved.
    """
    with db.transaction() as connection:
        call = one(connection, SQL.own_open_call, {"user_id": user_id, "attempt_id": attempt_id})
        if call is None:
            raise NotFound(OVER)
        of_call = {"organisation_id": call["organisation_id"], "attempt_id": attempt_id, "at": now}
        connection.execute(SQL.begin, of_call)
        row = one(connection, SQL.lock, of_call)
        before = _draft(row["fields"] if row else {})
        kept = merge(before, typed)
        if kept != before:
            connection.execute(SQL.keep, {**of_call, "fields": Jsonb(kept)})
            live.tell_panel(connection, call["organisation_id"], f"draft:{user_id}")
        return kept


def draft(db: Transactions, user_id: int, attempt_id: int) -> Draft:
    """What is kept of the user's open call. Raises NotFound as ``keep`` does."""
    with db.transaction() as connection:
        call = one(connection, SQL.own_open_call, {"user_id": user_id, "attempt_id": attempt_id})
        if call is None:
            raise NotFound(OVER)
        return of_call(connection, call["organisation_id"], attempt_id)


def of_call(connection: Connection, organisation_id: int, attempt_id: int) -> Draft:
    """What is kept of a call; empty where nothing is."""
    row = one(connection, SQL.of_call, {"organisation_id": organisation_id, "attempt_id": attempt_id})
    return _draft(row["fields"]) if row else {}


def take(connection: Connection, organisation_id: int, attempt_id: int) -> str | None:
    """The call is over and has its result, or gets none: nothing is a draft any longer.

    Returns the notes that were typed, for a call that gets no result; None where none were.
    """
    row = one(connection, SQL.take, {"organisation_id": organisation_id, "attempt_id": attempt_id})
    notes = _draft(row["fields"]).get("notes") if row else None
    return notes[0] if notes else None


def forget(
    connection: Connection,
    organisation_id: int,
    user_id: int,
    attempt_id: int,
    names: tuple[str, ...],
    now: datetime,
) -> None:
    """Fields that were used are empty from now on, in every page."""
    of_attempt = {"organisation_id": organisation_id, "attempt_id": attempt_id, "at": now}
    row = one(connection, SQL.lock, of_attempt)
    if row is None:
        return
    at = int(now.timestamp() * 1000)
    kept = merge(_draft(row["fields"]), dict.fromkeys(names, ("", at)))
    connection.execute(SQL.keep, {**of_attempt, "fields": Jsonb(kept)})
    live.tell_panel(connection, organisation_id, f"draft:{user_id}")


def _draft(fields: dict[str, list[object]]) -> Draft:
    return {name: (str(text), int(str(at))) for name, (text, at) in fields.items()}
