"""The night's duties on record: held records back, parked numbers free, lists that reset by themselves."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dialer import live, nights
from dialer.db import Database
from dialer.sql import load
from dialer.store import parking, resets, sharing

SQL = load("nights")
LEASES = load("leases")

AT_ONCE = 2_000
"""Records given back in one transaction: nobody waits long behind it."""


def keep(db: Database, now: datetime) -> int:
    """Do what is due of every organisation's night (LPL-5); return for how many it was done.

    ``now`` is the database's clock. What a dialer that was killed left is done by the next; two at
    a time do no harm. A new organisation's first night is the next to come.
    """
    done = 0
    with db.transaction() as connection:
        rows = connection.execute(SQL.organisations).fetchall()
    for row in rows:
        night = nights.due(row["night_at"], row["time_zone"], row["night_done_on"], now)
        if night is None:
            continue
        organisation_id, done_on = row["organisation_id"], row["night_done_on"]
        if done_on is not None:
            _give_back(db, organisation_id, night, now)
        today = now.astimezone(ZoneInfo(row["time_zone"])).date()
        done += _finish(db, organisation_id, night.day, done_on, today, now)
    return done


def _give_back(db: Database, organisation_id: int, night: nights.Night, now: datetime) -> None:
    """Every undialed record that was held before the night goes back; who works gets a fresh share."""
    before = {"organisation_id": organisation_id, "begins": night.begins, "count": AT_ONCE}
    with db.transaction() as connection:
        lists = [row["list_id"] for row in connection.execute(SQL.lists_to_empty, before)]
    for list_id in lists:
        given = AT_ONCE
        while given == AT_ONCE:
            with db.transaction() as connection:
                of_list = {**before, "list_id": list_id}
                connection.execute(LEASES.lock_list, of_list)
                given = connection.execute(SQL.give_back, of_list).rowcount
                sharing.equalise(connection, organisation_id, list_id, now)
                live.tell_panel(connection, organisation_id, f"list:{list_id}")


def _finish(
    db: Database, organisation_id: int, day: date, done_on: date | None, today: date, now: datetime
) -> bool:
    """Mark the night as done, with what may be done only once; False where another was first."""
    with db.transaction() as connection:
        marked = {"organisation_id": organisation_id, "day": day, "done_on": done_on}
        if connection.execute(SQL.done, marked).fetchone() is None:
            return False
        if done_on is None:
            return False
        parking.release_due(connection, organisation_id, today, now)
        resets.queue_by_themselves(connection, organisation_id)
        live.tell_panel(connection, organisation_id, "lists")
        live.wake_dialer(connection)
        return True
