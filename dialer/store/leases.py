"""Leases on record: sharing a list out, taking back, letting rested prospects in again."""

from __future__ import annotations

from datetime import datetime
from itertools import chain, zip_longest

from dialer import allocation
from dialer.db import Database, Transactions
from dialer.sql import load

SQL = load("leases")


def share_out(
    db: Transactions, organisation_id: int, list_id: int, now: datetime, *, at_once: bool = False
) -> int:
    """Share the list's records equally over the users in session; return how many were leased.

    Does nothing while everybody still has some, unless ``at_once``: somebody
    joined, left or came back.
    """
    of_list = {"organisation_id": organisation_id, "list_id": list_id}
    with db.transaction() as connection:
        settings = connection.execute(SQL.lock_list, of_list).fetchone()
        held = {row["user_id"]: row["held"] for row in connection.execute(SQL.holdings, of_list).fetchall()}
        if settings is None or not held:
            return 0
        if not at_once and all(held.values()):
            return 0
        most = settings["batch_size"] * len(held)
        counted = connection.execute(SQL.free, {**of_list, "at_most": most}).fetchone()
        free = counted["free"] if counted else 0
        if not at_once and not allocation.is_due(held, free):
            return 0
        plan = allocation.share_out(held, free, settings["batch_size"])
        for user_id, count in plan.take_back.items():
            connection.execute(SQL.take_back, {**of_list, "user_id": user_id, "count": count})
        wanted = sum(plan.lease.values())
        if not wanted:
            return 0
        taken = connection.execute(SQL.take_from_pool, {**of_list, "count": wanted}).fetchall()
        taken.sort(key=lambda row: (row["attempts"], row["position"]))
        # In turn, so that everybody gets early and late records alike.
        turns = zip_longest(*([user] * count for user, count in sorted(plan.lease.items())))
        users = [user for user in chain.from_iterable(turns) if user is not None][: len(taken)]
        connection.execute(
            SQL.lease,
            {
                **of_list,
                "now": now,
                "retain_h": settings["retain_h"],
                "prospect_ids": [row["id"] for row in taken],
                "user_ids": users,
                "attempts": [row["attempts"] for row in taken],
                "positions": [row["position"] for row in taken],
            },
        )
        return len(taken)


def expire(db: Database, now: datetime) -> int:
    """Return leases past their time to the pool; how many."""
    with db.transaction() as connection:
        return len(connection.execute(SQL.expire, {"now": now}).fetchall())


def wake(db: Database, now: datetime) -> int:
    """Let prospects whose next attempt is due into the pool again; how many."""
    with db.transaction() as connection:
        return len(connection.execute(SQL.wake, {"now": now}).fetchall())
