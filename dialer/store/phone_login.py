"""Logging in from the phone's keypad: extension and PIN, guarded against guessing (TEL-2).

The count of wrong guesses is kept in the database: it outlives a restart and holds for all nodes.
"""

from __future__ import annotations

from datetime import datetime

from dialer import passwords
from dialer.db import Transactions, one
from dialer.errors import Refused
from dialer.sql import load

SQL = load("phone_login")


class WrongPin(Refused):
    """Extension and PIN do not fit together; try again."""


class TooManyGuesses(Refused):
    """The PIN was entered wrong too often; wait, and try again later."""


def user_by_pin(db: Transactions, extension: str, pin: str, now: datetime) -> int:
    """Return the id of the active user with this extension and PIN.

    Raises WrongPin, also for an extension that nobody has and for a user without a PIN, and
    TooManyGuesses while the extension is locked, whether the PIN is right or wrong. Needs the
    whole database: extensions are unique in the installation.
    """
    with db.transaction() as connection:
        row = one(connection, SQL.charge_guess, {"extension": extension, "now": now})
        locked = one(connection, SQL.is_locked, {"extension": extension, "now": now})
    if row is None and locked is not None and locked["locked"]:
        raise TooManyGuesses("The PIN was entered wrong too often; wait, and try again later.")
    if not passwords.matches(row["pin_hash"] if row else None, pin) or row is None:
        raise WrongPin("Extension and PIN do not fit together; try again.")
    with db.transaction() as connection:
        connection.execute(SQL.forgive_guesses, {"user_id": row["user_id"]})
    user_id: int = row["user_id"]
    return user_id


def list_to_dial(db: Transactions, user_id: int) -> int:
    """The list that a phone log-in goes to: the one dialed last, else the only one assigned.

    Raises Refused when no list is assigned, or several of which none was dialed yet.
    """
    with db.transaction() as connection:
        row = one(connection, SQL.list_to_dial, {"user_id": user_id})
    if row is None:
        raise Refused("No list is assigned to you; ask your manager for one.")
    if row["last_dialed"] is None and row["lists"] > 1:
        raise Refused("Several lists are assigned to you; choose one in the panel the first time.")
    list_id: int = row["list_id"]
    return list_id


def is_at_work(db: Transactions, user_id: int) -> bool:
    """Whether the user has an open session."""
    with db.transaction() as connection:
        row = one(connection, SQL.is_at_work, {"user_id": user_id})
    return row is not None and bool(row["at_work"])
