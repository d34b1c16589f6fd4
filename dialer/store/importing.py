"""Working off one import: batches of 2,000 rows, each a transaction of its own.

Prospects can be dialed as soon as their batch is in. Each batch is committed together with the
number of rows that are done, so that whoever goes on, after whatever happened, goes on exactly
there: nothing comes in twice and nothing is left out. An import ends 'done', with every row of the
file accepted or kept as refused, or 'failed' or 'cancelled', with its prospects taken out again but
for those whom somebody has taken or called.

Rows are copied straight into their tables: which of them may come in is asked before. While the
database stores a batch, the next is read and checked, and looked up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from dialer.csv_files import open_records
from dialer.csv_formats import UnreadableFile, detect
from dialer.db import Database, one
from dialer.errors import DatabaseUnavailable, RingpoolError, Sentence, sentence
from dialer.import_batches import Rules
from dialer.import_checks import Checker
from dialer.imports import fields
from dialer.live import wake_dialer
from dialer.sql import load
from dialer.store.claims import Claim, TakenOver
from dialer.store.import_lanes import Cancelled, Lanes, why_not
from dialer.store.import_removal import take_out
from dialer.store.sentences import columns, with_sentence

SQL = load("imports")

SETTLE_FROM = 50_000
"""An import of so many prospects has the tables vacuumed and analysed when it is done."""

_UNREADABLE = sentence("The file can no longer be read; upload it again.")
_DEFECT = sentence("The import was interrupted by an error of ours; upload the file again.")


def run(db: Database, claim: Claim, path: Path | None, stop: Callable[[], bool]) -> None:
    """Go on with a claimed import until it is over, or until ``stop`` says so after a batch.

    A file or mapping that cannot be used ends it as failed. Raises TakenOver, and DatabaseUnavailable
    or psycopg.OperationalError when the database failed meanwhile: it can be taken up again later.
    """
    with db.transaction() as connection:
        job = one(connection, SQL.open_import, claim.where)
    if job is None:
        raise TakenOver
    defect: Exception | None = None
    try:
        if job["error"] is None and not job["is_cancelled"]:
            finished = _go_on(db, claim, job, path, stop)
            if finished and job["rows_done"] + finished >= SETTLE_FROM:
                _settle(db)
            return
    except (TakenOver, DatabaseUnavailable, psycopg.OperationalError):
        raise
    except Cancelled:
        pass
    except (RingpoolError, OSError, UnicodeError) as error:
        _begin_failing(db, claim, error.said if isinstance(error, RingpoolError) else _UNREADABLE)
    except Exception as error:
        _begin_failing(db, claim, _DEFECT)
        defect = error
    if take_out(db, claim, job["country"], stop):
        _end_failed(db, claim)
    if defect is not None:
        raise defect  # the import has ended, and the trace must be seen


def _go_on(
    db: Database, claim: Claim, job: dict[str, Any], path: Path | None, stop: Callable[[], bool]
) -> int:
    """Read the rest of the file. Returns how many rows were done, 0 when it was stopped before the end."""
    if job["is_archived"]:
        raise UnreadableFile("The list was archived before the file was read.")
    if path is None:
        raise UnreadableFile("The command that read the file ended before it was done; import it again.")
    try:
        size = path.stat().st_size
    except OSError:
        raise UnreadableFile("The file is gone; upload it again.") from None
    if job["file_size"] is not None and size != job["file_size"]:
        raise UnreadableFile("The file has changed since it was uploaded; upload it again.")
    form = detect(path)
    with open_records(path, form) as (headers, records):
        checker = Checker(headers, job["mapping"], _rules(job))
        with db.transaction() as connection:
            connection.execute(SQL.expect_rows, {**claim.where, "rows_total": max(form.lines - 1, 0)})
            if checker.labels:
                connection.execute(SQL.add_custom_fields, {**claim.where, "labels": checker.labels})
        deque(islice(records, job["rows_done"]), maxlen=0)
        lanes = Lanes(db, claim, job["country"], job["time_zone"], job["rows_done"])
        done = lanes.store_all(records, checker, job["last_position"], stop)
    if done is None:
        return 0
    with db.transaction() as connection:
        ending = {**claim.where, "rows_done": job["rows_done"] + done}
        if one(connection, SQL.finish_import, ending) is None:
            raise why_not(connection, claim)
        claim.tell(connection, "lists")
        wake_dialer(connection)
    return done


def _rules(job: dict[str, Any]) -> Rules:
    return Rules(
        country=job["country"],
        default_zone=job["time_zone"],
        phone_field=job["phone_field"],
        fields=fields(list(job["labels"]), job["mandatory_phones"]),
        keep_unmapped=job["keep_unmapped"],
        labels=job["labels"],
        sort_by=job["sort_by"],
        sort_descending=job["sort_descending"],
    )


def _begin_failing(db: Database, claim: Claim, error: Sentence) -> None:
    with db.transaction() as connection:
        connection.execute(SQL.begin_failing, {**claim.where, **columns("error", error)})


def _end_failed(db: Database, claim: Claim) -> None:
    with db.transaction() as connection:
        job = one(connection, SQL.what_stays, claim.where)
        if job is None:
            raise TakenOver
        error, stays = with_sentence(job, "error")["error"], _what_stays(job["accepted"])
        if error is not None and stays is not None:
            error = Sentence("%(error)s %(stays)s", {"error": error, "stays": stays})
        connection.execute(SQL.end_failed, {**claim.where, **columns("error", error or stays)})
        claim.tell(connection, "lists")
        wake_dialer(connection)


def _what_stays(prospects: int) -> Sentence | None:
    if prospects == 0:
        return None
    if prospects == 1:
        return sentence("One prospect stays in the list: it was taken or called before.")
    return sentence(
        "%(count)s prospects stay in the list: they were taken or called before.", count=prospects
    )


def _settle(db: Database) -> None:
    """Statistics for the planner and a clean visibility map, at once instead of when autovacuum comes by."""
    try:
        with db.autocommit() as connection:
            connection.execute(SQL.settle_prospects)
            connection.execute(SQL.settle_phones)
    except (DatabaseUnavailable, psycopg.Error):
        return  # autovacuum does it later
