"""Who has a page of the panel open (RING-1): signed in, they can be rung for leads."""

from __future__ import annotations

from datetime import timedelta

from dialer.db import Transactions, one
from dialer.live import tell_panel
from dialer.ring_rules import SEEN_WITHIN
from dialer.sql import load

SQL = load("presence")

EVERY = timedelta(seconds=25)
"""A user is written down no oftener than this, whichever processes serve their pages."""


def seen(db: Transactions, organisation_id: int, user_id: int, *, anew: bool = True) -> None:
    """A page of the user's is open. Not ``anew``: somebody who signed out meanwhile stays gone."""
    asked = {
        "organisation_id": organisation_id,
        "user_id": user_id,
        "anew": anew,
        "every": EVERY,
        "within": SEEN_WITHIN,
    }
    with db.transaction() as connection:
        row = one(connection, SQL.seen, asked)
        if row is not None and row["is_back"]:
            tell_panel(connection, organisation_id, "campaigns")


def gone(db: Transactions, organisation_id: int, user_id: int) -> None:
    """The user has signed out."""
    with db.transaction() as connection:
        asked = {"organisation_id": organisation_id, "user_id": user_id}
        if one(connection, SQL.gone, asked) is not None:
            tell_panel(connection, organisation_id, "campaigns")
