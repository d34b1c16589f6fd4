"""Equal shares of a list on record, and who has a right to one (LPL-3, LPL-13, LPS-9).

The shares of all who are in session on a list and may dial it are never more than one record
from another's: every transaction that changes who they are or what they hold ends with
``equalise``, and calls are launched from whoever holds most.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any

from psycopg.rows import DictRow

from dialer import allocation, live
from dialer.db import Connection, Database
from dialer.sql import load
from dialer.store import leaving, pool

SQL = load("leases")


def equalise(connection: Connection, organisation_id: int, list_id: int, now: datetime) -> int:
    """Share the list out again, inside the caller's transaction; return how many records changed hands.

    Everybody in session gets a full batch of those who may be called now, or an equal share of
    what there is. The list is locked until the transaction ends: before any attempt or agent.
    """
    of_list = {"organisation_id": organisation_id, "list_id": list_id}
    settings = connection.execute(SQL.lock_list, of_list).fetchone()
    if settings is None or settings["archived"]:
        return 0
    held = {row["user_id"]: row["held"] for row in connection.execute(SQL.holdings, of_list)}
    if not held:
        return 0
    batch_size = settings["batch_size"]
    turns = allocation.turns(held, batch_size)
    dealt = pool.deal(connection, of_list, settings, turns, now)
    for user_id in turns[:dealt]:
        held[user_id] += 1
    handed_over = _even_out(connection, of_list, settings, held, now)
    if dealt or handed_over:
        live.tell_panel(connection, organisation_id, f"list:{list_id}")
    return dealt + handed_over


def _even_out(
    connection: Connection, of_list: dict[str, Any], settings: DictRow, held: dict[int, int], now: datetime
) -> int:
    """Take from who holds too much, for those who hold too little; how many records changed hands.

    What nobody has room for goes back to the pool.
    """
    plan = allocation.share_out(held, 0, settings["batch_size"])
    lifted = [
        row
        for user_id, count in plan.take_back.items()
        for row in connection.execute(SQL.lift, {**of_list, "user_id": user_id, "count": count})
    ]
    lifted.sort(key=lambda row: (row["attempts"], row["sort_key"], row["position"]))
    # In turn, so that everybody gets early and late records alike.
    turns = zip_longest(*([user] * count for user, count in sorted(plan.lease.items())))
    users = [user for user in chain.from_iterable(turns) if user is not None]
    given, left = lifted[: len(users)], lifted[len(users) :]
    if given:
        connection.execute(
            SQL.hand_over,
            {
                **of_list,
                "now": now,
                "retain_h": settings["retain_h"],
                "user_ids": users[: len(given)],
                "prospect_ids": [row["prospect_id"] for row in given],
                "attempts": [row["attempts"] for row in given],
                "sort_keys": [row["sort_key"] for row in given],
                "positions": [row["position"] for row in given],
            },
        )
    put_back(connection, of_list["organisation_id"], [row["prospect_id"] for row in left])
    return len(given)


def rights_changed(
    connection: Connection, organisation_id: int, list_ids: Collection[int], now: datetime
) -> set[int]:
    """Hold who is at work on the lists to who may dial them now; return whom that concerned.

    To be called in the same transaction, after an assignment, a membership, an account or a
    list was changed. Who may no longer dial a list loses what they hold of it to the pool, and
    their session on it ends: at once, or after the live call and its wrap-up. What is left is
    shared out again.
    """
    gone = set()
    for list_id in sorted(list_ids):
        connection.execute(SQL.lock_list, {"organisation_id": organisation_id, "list_id": list_id})
    for list_id in sorted(list_ids):
        of_list = {"organisation_id": organisation_id, "list_id": list_id}
        for row in connection.execute(SQL.without_right, of_list).fetchall():
            user_id = row["user_id"]
            gone.add(user_id)
            lifted = connection.execute(SQL.lift, {**of_list, "user_id": user_id, "count": None}).fetchall()
            put_back(connection, organisation_id, [record["prospect_id"] for record in lifted])
            if row["at_work"]:
                closed = not row["active"]
                leaving.send_away(connection, organisation_id, user_id, list_id, now, at_last=closed)
        equalise(connection, organisation_id, list_id, now)
        live.tell_panel(connection, organisation_id, f"list:{list_id}")
    live.tell_panel(connection, organisation_id, "lists", *(f"user:{user_id}" for user_id in sorted(gone)))
    live.wake_dialer(connection)
    return gone


def hold_to_rights(db: Database, now: datetime) -> int:
    """Send those away who are at work on lists that they may not dial; return on how many lists.

    Mostly nobody is left to send away; but who was to go after their call may have asked for
    something else meanwhile, or their account is closed and nobody says what came of the call.
    """
    with db.transaction() as connection:
        lists = connection.execute(SQL.in_session_without_right).fetchall()
    for row in lists:
        with db.transaction() as connection:
            rights_changed(connection, row["organisation_id"], [row["list_id"]], now)
    return len(lists)


def put_back(connection: Connection, organisation_id: int, prospect_ids: list[int]) -> None:
    """Return held records that have no holder to the pool."""
    if prospect_ids:
        connection.execute(SQL.put_back, {"organisation_id": organisation_id, "prospect_ids": prospect_ids})
