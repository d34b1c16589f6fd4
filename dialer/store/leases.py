"""Leases on record: the next batches of a list, taking back, letting rested prospects in again."""

from __future__ import annotations

from datetime import datetime

from dialer import allocation
from dialer.db import Database, Transactions
from dialer.sql import load
from dialer.store import sharing

SQL = load("leases")

AT_ONCE = 2_000
"""Prospects let in again in one transaction: nobody waits long behind it."""


def share_out(
    db: Transactions, organisation_id: int, list_id: int, now: datetime, *, at_once: bool = False
) -> int:
    """Share the list's records equally over the users in session; return how many were leased.

    Does nothing while everybody still has some, unless ``at_once``.
    """
    of_list = {"organisation_id": organisation_id, "list_id": list_id}
    with db.transaction() as connection:
        if not at_once:
            rows = connection.execute(SQL.holdings, of_list).fetchall()
            if not allocation.is_due({row["user_id"]: row["held"] for row in rows}):
                return 0
        connection.execute(SQL.commit_later)
        return sharing.equalise(connection, organisation_id, list_id, now)


def expire(db: Database, now: datetime) -> int:
    """Return leases past their time to the pool and share out again; how many."""
    with db.transaction() as connection:
        lists = connection.execute(SQL.lists_past_time, {"now": now}).fetchall()
    expired = 0
    for of_list in lists:
        with db.transaction() as connection:
            connection.execute(SQL.lock_list, of_list)
            expired += connection.execute(SQL.expire, {**of_list, "now": now}).rowcount
            sharing.equalise(connection, of_list["organisation_id"], of_list["list_id"], now)
    return expired


def wake(db: Database, now: datetime) -> int:
    """Let prospects whose next attempt is due into the pool again; how many."""
    woken = 0
    while True:
        with db.transaction() as connection:
            some = connection.execute(SQL.wake, {"now": now, "count": AT_ONCE}).rowcount
        woken += some
        if some < AT_ONCE:
            return woken
