"""Taking out again what a failed or cancelled import has brought, but for what somebody has touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from dialer.db import Connection, Database, one
from dialer.sql import load
from dialer.store.claims import Claim, TakenOver
from dialer.store.zone_counts import count_zones

SQL = load("imports")

AT_ONCE = 5_000


def take_out(db: Database, claim: Claim, country: str, stop: Callable[[], bool]) -> bool:
    """Remove the import's prospects, some a transaction; False when stopped before the end.

    Those who are held or have been called stay. Raises TakenOver.
    """
    with db.transaction() as connection:
        first = one(connection, SQL.first_imported, claim.where)
    assert first is not None
    after = first["id"] - 1
    while not stop():
        with db.transaction() as connection:
            some = connection.execute(
                SQL.untouched, {**claim.where, "after": after, "limit": AT_ONCE}
            ).fetchall()
            if not some:
                return True
            ids = [row["id"] for row in some]
            after = ids[-1]
            _remove(connection, claim, country, ids)
    return False


def _remove(connection: Connection, claim: Claim, country: str, ids: list[int]) -> None:
    columns: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for row in connection.execute(SQL.numbers_of, {**claim.where, "ids": ids}):
        numbers, zones = columns[row["kind"]]
        numbers.append(row["number"])
        zones.append(row["time_zone"])
    connection.execute(SQL.remove, {**claim.where, "ids": ids})
    if one(connection, SQL.count_removed, {**claim.where, "removed": len(ids)}) is None:
        raise TakenOver
    count_zones(connection, claim.where, country, ((kind, *both) for kind, both in columns.items()), -1)
    claim.tell(connection)
