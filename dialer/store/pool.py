"""A list's pool: the next records of it, of those who may be called now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from os import urandom
from typing import Any

from psycopg.rows import DictRow

from dialer.db import Connection
from dialer.dialing_rules import Hours, are_open
from dialer.sql import load

SQL = load("leases")

PIVOTS = 16
"""A sample starts at so many random places: who is called beside whom is another each time."""

KEY_BYTES = 6
"""Of a random sort key."""


@dataclass(frozen=True, slots=True)
class Record:
    """A prospect that is held and dealt to nobody yet, with its place in the list's order."""

    prospect_id: int
    attempts: int
    sort_key: bytes
    position: int

    @property
    def place(self) -> tuple[int, bytes, int]:
        return self.attempts, self.sort_key, self.position


def records(rows: list[DictRow], *, random: bool) -> list[Record]:
    """Rows as records in their order, which is a new one where the list's is random."""
    found = [
        Record(
            row["prospect_id"],
            row["attempts"],
            urandom(KEY_BYTES) if random else bytes(row["sort_key"]),
            row["position"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda record: record.place)


def take(
    connection: Connection, of_list: dict[str, Any], settings: DictRow, count: int, now: datetime
) -> list[DictRow]:
    """Take up to ``count`` records that may be called now out of a locked list's pool; they are held then.

    ``settings`` is the row of ``lock_list``. Those tried least come first, then the list's order,
    or chance. Fewer come only where the pool has no more in open time zones, or somebody has
    just locked them.
    """
    found = connection.execute(SQL.zones_in_pool, of_list, prepare=False).fetchall()
    hours = (
        Hours(settings["calling_from"], settings["calling_until"]),
        Hours(settings["organisation_calling_from"], settings["organisation_calling_until"]),
    )
    zones = {row["time_zone"]: row["attempts"] for row in found if are_open(hours, row["time_zone"], now)}
    if not zones or count <= 0:
        return []
    taken: list[DictRow] = []
    if settings["sort_by"] == "random":
        least = min(zones.values())
        pivots = min(PIVOTS, count)
        sample = {
            **of_list,
            "zones": [zone for zone, attempts in zones.items() if attempts == least],
            "attempts": least,
            "pivots": [urandom(KEY_BYTES) for _ in range(pivots)],
            "after_each": -(-count // pivots),
            "count": count,
        }
        taken = connection.execute(SQL.take_at_random, sample, prepare=False).fetchall()
    if len(taken) < count:
        rest = {**of_list, "zones": list(zones), "count": count - len(taken)}
        # Planned for these values: for any count the planner might sort the whole pool.
        taken += connection.execute(SQL.take_next, rest, prepare=False).fetchall()
    return taken
