"""The queue of imports and resets: who takes up which job, and the book of all that was done to lists.

A job is claimed by one worker at a time, under a row lock. A worker gives signs of life; one that is
silent for ten seconds is given up, and its jobs go on elsewhere from where they were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from dialer import uploads
from dialer.db import Database, Transactions, one
from dialer.errors import DatabaseUnavailable, RingpoolError, sentence
from dialer.live import wake_importer
from dialer.sql import load
from dialer.store import importing, resets
from dialer.store.claims import SILENT_FOR, Beating, Claim, TakenOver
from dialer.store.sentences import columns, with_sentence

SQL = load("jobs")

_DEFECT = sentence("The list was not reset, by an error of ours; try it again.")


@dataclass(frozen=True, slots=True)
class Job:
    """A line of the Import Queue. ``kind`` is import, load or reset; ``state`` queued, running, done,
    failed or cancelled; ``rows_total`` is how many rows there are at most, None while unknown."""

    id: int
    kind: str
    state: str
    list_id: int
    list_name: str
    is_archived: bool
    by: str | None
    file_name: str
    file_size: int | None
    rows_done: int
    rows_total: int | None
    accepted: int
    refused: int
    error: str | None
    created_at: datetime
    ended_at: datetime | None
    is_cancelled: bool


def listing(
    db: Transactions,
    user_id: int,
    *,
    kind: str | None = None,
    state: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Job]:
    """Jobs of the user's organisation, newest first, from the one before ``before_id`` on.

    Empty for who does not manage lists.
    """
    with db.transaction() as connection:
        rows = connection.execute(
            SQL.listing,
            {"user_id": user_id, "kind": kind, "state": state, "before_id": before_id, "limit": limit},
        ).fetchall()
        return [Job(**with_sentence(row, "error")) for row in rows]


def claim(db: Database, worker: str, *, job_id: int | None = None) -> Claim | None:
    """Take up the oldest job that waits, or whose worker has fallen silent; None when there is none.

    With ``job_id`` only that one.
    """
    with db.transaction() as connection:
        asked = {"worker": worker, "silent_for": SILENT_FOR, "job_id": job_id}
        row = one(connection, SQL.claim, asked)
        if row is None:
            return None
        taken = Claim(**row)
        taken.tell(connection)
        return taken


def work(db: Database, folder: Path, taken: Claim, stop: Callable[[], bool]) -> None:
    """Go on with a claimed job until it is over; back in the queue where ``stop`` says so before.

    ``folder`` is the one of uploads. A job that another worker has taken up is left to it. Raises
    DatabaseUnavailable when the database failed: the job goes on later; and what a defect raises, after
    which the job has failed.
    """
    try:
        with Beating(db, taken):
            _work(db, folder, taken, stop)
    except TakenOver:
        return
    except psycopg.OperationalError as error:
        put_back(db, taken)
        raise DatabaseUnavailable("The database could not do a step of a job; it is tried again.") from error
    with db.transaction() as connection:
        waits_again = one(connection, SQL.put_back, taken.where) is not None
        if waits_again:
            taken.tell(connection)
            wake_importer(connection)
            return
        now_so = one(connection, SQL.state, taken.where)
    if taken.file_token and now_so is not None and now_so["state"] in ("done", "cancelled"):
        uploads.discard(folder, taken.file_token)


def _work(db: Database, folder: Path, taken: Claim, stop: Callable[[], bool]) -> None:
    if taken.kind == "import":
        path = uploads.path_of(folder, taken.file_token) if taken.file_token else None
        importing.run(db, taken, path, stop)
        return
    try:
        resets.run_reset(db, taken.organisation_id, taken.job_id, taken.worker, stop)
    except (TakenOver, DatabaseUnavailable, psycopg.OperationalError):
        raise
    except Exception as error:
        why = error.said if isinstance(error, RingpoolError) else _DEFECT
        with db.transaction() as connection:
            connection.execute(SQL.fail, {**taken.where, **columns("error", why)})
            taken.tell(connection)
        if not isinstance(error, RingpoolError):
            raise


def work_once(db: Database, folder: Path, worker: str) -> bool:
    """Work off the next job wholly; False when there is none."""
    taken = claim(db, worker)
    if taken is None:
        return False
    work(db, folder, taken, lambda: False)
    return True


def put_back(db: Database, taken: Claim) -> None:
    """Let a job that could not go on be taken up again."""
    with db.transaction() as connection:
        connection.execute(SQL.put_back, taken.where)


def put_back_all(db: Database, worker: str) -> int:
    """When a worker starts: what it left behind waits again at once. How many jobs that are."""
    with db.transaction() as connection:
        return len(connection.execute(SQL.put_back_all, {"worker": worker}).fetchall())


def open_tokens(db: Database) -> set[str]:
    """The uploads that open imports wait for."""
    with db.transaction() as connection:
        return {row["file_token"] for row in connection.execute(SQL.open_tokens)}
