"""A list's pool: dealing out the next records of it, of those who may be called now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from os import urandom
from typing import Any

from psycopg.rows import DictRow

from dialer.db import Connection
from dialer.dialing_rules import Hours, are_open
from dialer.sql import load

SQL = load("leases")

PIVOTS = 8
"""A sample starts at so many random places: who is called beside whom is another each time."""

KEY_BYTES = 6
"""Of a random sort key."""


def deal(
    connection: Connection, of_list: dict[str, Any], settings: DictRow, users: Sequence[int], now: datetime
) -> int:
    """Lease the next records of a locked list's pool to the users, one for each entry; how many there were.

    ``settings`` is the row of ``lock_list``. Only records of time zones where calls may be made
    ``now`` are dealt: those tried least, in the list's order or by chance. Fewer come only where
    the pool has no more of them, or somebody has just locked some; then the last users get none.
    """
    if not users:
        return 0
    connection.execute(SQL.plan_once)
    dealt = 0
    while dealt < len(users):
        # What was asked for comes at once, but where some zones are all but empty.
        some = _deal_some(connection, of_list, settings, users[dealt:], now)
        if not some:
            break
        dealt += some
    connection.execute(SQL.plan_as_usual)
    return dealt


def _deal_some(
    connection: Connection, of_list: dict[str, Any], settings: DictRow, users: Sequence[int], now: datetime
) -> int:
    found = connection.execute(SQL.zones_in_pool, of_list, prepare=True).fetchall()
    hours = (
        Hours(settings["calling_from"], settings["calling_until"]),
        Hours(settings["organisation_calling_from"], settings["organisation_calling_until"]),
    )
    zones = {row["time_zone"]: row["attempts"] for row in found if are_open(hours, row["time_zone"], now)}
    if not zones:
        return 0
    random, least = settings["sort_by"] == "random", min(zones.values())
    pivots = min(PIVOTS, len(users)) if random else 0
    dealt = connection.execute(
        SQL.deal,
        {
            **of_list,
            "zones": list(zones),
            "users": list(users),
            "count": len(users),
            "of_each": -(-len(users) // len(zones)),
            "now": now,
            "retain_h": settings["retain_h"],
            "random": random,
            "pivots": [urandom(KEY_BYTES) for _ in range(pivots)],
            "after_each": -(-len(users) // max(1, pivots)),
            "least_tried": [zone for zone, attempts in zones.items() if attempts == least],
            "attempts": least,
        },
        prepare=True,
    ).fetchone()
    assert dealt is not None
    return int(dealt["dealt"])
