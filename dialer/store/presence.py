"""Who is there to be rung for leads (RING-1): a page of theirs is open, and they have not switched leads off."""

from __future__ import annotations

from datetime import timedelta

from dialer.db import Transactions, one
from dialer.live import tell_panel
from dialer.ring_rules import SEEN_WITHIN
from dialer.sql import load
from dialer.store import audit

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


def take_leads(db: Transactions, organisation_id: int, user_id: int, on: bool) -> None:
    """The user switches leads on or off for themselves: from the next lead on. Phones that ring go on.

    It is an edit of what is registered: whoever edits the user meanwhile is told.
    """
    with db.transaction() as connection:
        asked = {"organisation_id": organisation_id, "user_id": user_id, "on": on}
        if one(connection, SQL.take_leads, asked) is None:
            return
        before, after = {"takes_leads": not on}, {"takes_leads": on}
        audit.keep(connection, organisation_id, user_id, "user.edit", f"user:{user_id}", before, after)
        tell_panel(connection, organisation_id, "campaigns", f"ring:{user_id}")
