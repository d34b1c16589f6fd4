"""Making a list dialable again (LPL-14): asked for by a manager or a night, worked off by an importer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dialer.db import Connection, Database, Transactions, clock, one
from dialer.errors import NotFound, Refused
from dialer.live import tell_panel, wake_dialer, wake_importer
from dialer.sql import load
from dialer.store import audit, sharing
from dialer.store.claims import TakenOver

SQL = load("resets")

BATCH = 2_000

_BEFORE_ALL = {"time_zone": "", "attempts": -1, "sort_key": b"", "position": -1}


def queue_reset(db: Transactions, user_id: int, list_id: int) -> int:
    """Ask for the list to be made dialable again, Do Not Call and final results apart; the job's id.

    Raises NotFound for a list that the user does not manage, Refused while an import or a reset
    of it is open, or when there is nobody to be dialed again.
    """
    with db.transaction() as connection:
        managed = one(connection, SQL.managed, {"user_id": user_id, "list_id": list_id})
        if managed is None:
            raise NotFound("There is no such list.")
        organisation_id = managed["organisation_id"]
        of_list = {"organisation_id": organisation_id, "list_id": list_id}
        if not _can_be_reset(connection, of_list):
            raise Refused("There is nobody on this list whom a reset would make dialable again.")
        job_id = _queue(connection, of_list, user_id)
        if job_id is None:
            raise Refused("An import or reset of this list is open; wait until it is done, or cancel it.")
        subject, after = f"list:{list_id}", {"name": managed["name"], "job": job_id}
        audit.keep(connection, organisation_id, user_id, "list.reset", subject, None, after)
        return job_id


def queue_by_themselves(connection: Connection, organisation_id: int) -> int:
    """Queue a reset of each list that resets by itself and is dialed to its end; how many."""
    queued = 0
    for row in connection.execute(SQL.all_dialed, {"organisation_id": organisation_id}).fetchall():
        of_list = {"organisation_id": organisation_id, "list_id": row["list_id"]}
        if _can_be_reset(connection, of_list) and _queue(connection, of_list, None) is not None:
            queued += 1
    return queued


def run_reset(db: Database, organisation_id: int, job_id: int, worker: str, stop: Callable[[], bool]) -> None:
    """Work off a reset that the worker has claimed, in batches, each one transaction.

    Where ``stop`` says so before the end it stays open: who takes it up again finds done what is
    done. ``accepted`` counts whom it made dialable. Raises TakenOver when another worker has it.
    """
    job = {"organisation_id": organisation_id, "job_id": job_id, "worker": worker}
    for status in ("resting", "done"):
        place: dict[str, Any] | None = _BEFORE_ALL
        while place is not None:
            if stop():
                return
            with db.transaction() as connection:
                found = _claimed(connection, job)
                if found["is_cancelled"]:
                    _finish(connection, job, found["list_id"], "cancelled")
                    return
                place = _reset_some(connection, job, found, status, place)
    with db.transaction() as connection:
        _finish(connection, job, _claimed(connection, job)["list_id"], "done")


def _reset_some(
    connection: Connection, job: dict[str, Any], found: dict[str, Any], status: str, after: dict[str, Any]
) -> dict[str, Any] | None:
    """Reset the next batch of those with a status; the place of the last, None when there are no more."""
    place = one(connection, SQL.reset_some, {**job, **found, "status": status, "count": BATCH, **after})
    if place is not None:
        if one(connection, SQL.count_some, {**job, **place}) is None:
            raise TakenOver
        tell_panel(connection, job["organisation_id"], f"import:{job['job_id']}", f"list:{found['list_id']}")
        wake_dialer(connection)
    return place


def _finish(connection: Connection, job: dict[str, Any], list_id: int, state: str) -> None:
    """End the job, and give whoever is at work a full share at once."""
    organisation_id = job["organisation_id"]
    sharing.equalise(connection, organisation_id, list_id, clock(connection))
    if one(connection, SQL.finish, {**job, "state": state}) is None:
        raise TakenOver
    tell_panel(connection, organisation_id, f"import:{job['job_id']}", f"list:{list_id}", "lists")
    wake_dialer(connection)


def _claimed(connection: Connection, job: dict[str, Any]) -> dict[str, Any]:
    found = one(connection, SQL.job, job)
    if found is None:
        raise TakenOver
    return found


def _can_be_reset(connection: Connection, of_list: dict[str, Any]) -> bool:
    found = one(connection, SQL.can_be_reset, of_list)
    return found is not None and bool(found["some"])


def _queue(connection: Connection, of_list: dict[str, Any], user_id: int | None) -> int | None:
    job = one(connection, SQL.queue, {**of_list, "user_id": user_id})
    if job is None:
        return None
    tell_panel(connection, of_list["organisation_id"], f"list:{of_list['list_id']}", f"import:{job['id']}")
    wake_importer(connection)
    return int(job["id"])
