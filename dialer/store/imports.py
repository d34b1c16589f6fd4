"""Reading a CSV file into a list: batches of 2,000 rows, each a transaction of its own.

Prospects can be dialed as soon as their batch is in. An import either ends 'done', with every row
of the file accepted or kept as refused, or 'failed', with its error and its prospects taken out of
the list again; only those that somebody had already taken or called stay. A process that dies
leaves its import 'running' without signs of life: ``fail_interrupted`` ends it as failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from dialer.csv_files import open_records, write_rows
from dialer.csv_formats import detect
from dialer.db import Transactions, one
from dialer.errors import NotFound, Refused, RingpoolError
from dialer.import_batches import BATCH_ROWS, Batch, RefusedLine, check, chunks, refused
from dialer.imports import row_reader
from dialer.live import tell_panel, wake_dialer
from dialer.sql import load

SQL = load("imports")

SILENT_FOR = timedelta(minutes=2)
"""A running import without a sign of life for so long was interrupted; a batch takes under a second."""

_DUPLICATE = "Its phone number is already in the list."
_INTERRUPTED = "The import was interrupted"


class ImportEnded(RingpoolError):
    """The import was ended while it ran."""


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """How an import ended. ``error`` is None for one that is done, else a sentence."""

    import_id: int
    accepted: int
    refused: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it stands; ``state`` is queued, running, done, failed or cancelled."""

    id: int
    list_id: int
    file_name: str
    state: str
    accepted: int
    refused: int
    error: str | None


def import_list(
    db: Transactions,
    *,
    organisation_id: int,
    list_id: int,
    user_id: int | None,
    path: Path,
    file_name: str,
    mapping: Mapping[str, str],
    now: datetime,
    keep_unmapped: bool = True,
) -> ImportOutcome:
    """Read the file into the list now and return how it ended; see ``queue_import`` and ``run_import``."""
    import_id = queue_import(
        db,
        organisation_id=organisation_id,
        list_id=list_id,
        user_id=user_id,
        file_name=file_name,
        mapping=mapping,
        now=now,
    )
    return run_import(
        db,
        organisation_id=organisation_id,
        import_id=import_id,
        path=path,
        now=now,
        keep_unmapped=keep_unmapped,
    )


def queue_import(
    db: Transactions,
    *,
    organisation_id: int,
    list_id: int,
    user_id: int | None,
    file_name: str,
    mapping: Mapping[str, str],
    now: datetime,
) -> int:
    """Note that a file is to be read into the list and return the import's id.

    Raises NotFound for another organisation's list, Refused while another import into it is open.
    """
    values = {
        "organisation_id": organisation_id,
        "list_id": list_id,
        "user_id": user_id,
        "file_name": file_name[:255],
        "mapping": Jsonb(dict(mapping)),
        "now": now,
    }
    try:
        with db.transaction() as connection:
            row = one(connection, SQL.create_import, values)
            if row is None:
                raise NotFound("There is no such list.")
            import_id: int = row["id"]
            tell_panel(connection, organisation_id, f"import:{import_id}", f"list:{list_id}", "lists")
            return import_id
    except psycopg.errors.UniqueViolation:
        raise Refused("Another file is being read into this list; wait until it is done.") from None


def run_import(
    db: Transactions,
    *,
    organisation_id: int,
    import_id: int,
    path: Path,
    now: datetime,
    keep_unmapped: bool = True,
) -> ImportOutcome:
    """Read a queued import's file. Takes as long as the file is; memory is that of two batches.

    A file or mapping that cannot be used, or a database that fails, ends the import as failed and
    is told in the outcome. Raises Refused when the import is not queued (any more), and
    DatabaseUnavailable when the failure cannot be noted: ``fail_interrupted`` does so later.
    """
    with db.transaction() as connection:
        where = {"organisation_id": organisation_id, "import_id": import_id}
        begun = one(connection, SQL.begin_import, where)
    if begun is None:
        raise Refused("This import has run already; upload the file again to repeat it.")
    where["list_id"] = begun["list_id"]
    try:
        form = detect(path)
        with open_records(path, form) as (headers, records):
            read = row_reader(
                headers,
                begun["mapping"],
                country=begun["country"],
                default_zone=begun["time_zone"],
                keep_unmapped=keep_unmapped,
            )
            position = begun["last_position"]
            # While the database stores one batch, the next is read.
            with ThreadPoolExecutor(1, thread_name_prefix=f"import-{import_id}") as storing:
                stored: Future[None] | None = None
                for chunk in chunks(records):
                    batch = check(chunk, position, read)
                    position += len(chunk)
                    if stored is not None:
                        stored.result()
                    stored = storing.submit(_store, db, where, batch, now)
                if stored is not None:
                    stored.result()
        with db.transaction() as connection:
            done = one(connection, SQL.finish_import, where)
            if done is None:
                raise ImportEnded(f"{_INTERRUPTED}; upload the file again.")
            _tell(connection, where)
        return ImportOutcome(import_id, done["accepted"], done["refused"], None)
    except Exception as error:
        text = str(error) if isinstance(error, RingpoolError) else f"{_INTERRUPTED} by an error of ours."
        outcome = _fail(db, where, text)
        if not isinstance(error, RingpoolError | OSError | UnicodeError | psycopg.Error):
            raise  # a defect: the import has ended, and the trace must be seen
        return outcome


def fail_interrupted(db: Transactions, *, silent_for: timedelta = SILENT_FOR) -> list[int]:
    """End imports whose process died as failed, their prospects removed; return their ids.

    Run it when a service starts and now and then.
    """
    with db.transaction() as connection:
        rows = connection.execute(SQL.interrupted_imports, {"silent_for": silent_for}).fetchall()
    for row in rows:
        _fail(db, dict(row), f"{_INTERRUPTED}: its process ended. Upload the file again.")
    return [row["import_id"] for row in rows]


def progress(db: Transactions, organisation_id: int, import_id: int) -> Import:
    """The import as it stands. Raises NotFound."""
    with db.transaction() as connection:
        row = one(connection, SQL.progress, {"organisation_id": organisation_id, "import_id": import_id})
    if row is None:
        raise NotFound("There is no such import.")
    return Import(**row)


def refused_rows(db: Transactions, import_id: int) -> Iterator[RefusedLine]:
    """The import's refused rows in the file's order, read a page at a time."""
    after = 0
    while True:
        with db.transaction() as connection:
            page = connection.execute(
                SQL.refused_page, {"import_id": import_id, "after": after, "limit": BATCH_ROWS}
            ).fetchall()
        yield from (RefusedLine(**row) for row in page)
        if len(page) < BATCH_ROWS:
            return
        after = page[-1]["line"]


def refused_csv(db: Transactions, import_id: int) -> Iterator[str]:
    """The refused rows as the lines of a CSV file (Line, Reason, Row) that starts no formula."""
    yield from write_rows([("Line", "Reason", "Row")])
    yield from write_rows((row.line, row.reason, row.raw) for row in refused_rows(db, import_id))


def _store(db: Transactions, where: dict[str, Any], batch: Batch, now: datetime) -> None:
    with db.transaction() as connection:
        accepted = len(batch.rows)
        if batch.rows:
            connection.execute(SQL.create_staging)
            with connection.cursor().copy(SQL.copy_batch) as copy:
                for row in batch.rows:
                    copy.write_row(row)
            for found in connection.execute(SQL.drop_duplicates, where):
                batch.refused.append(refused(batch.records[found["position"]], _DUPLICATE))
                accepted -= 1
            connection.execute(SQL.move_batch, {**where, "now": now})
        if batch.refused:
            connection.execute(
                SQL.refuse_rows,
                {
                    **where,
                    "lines": [row.line for row in batch.refused],
                    "reasons": [row.reason for row in batch.refused],
                    "raws": [row.raw for row in batch.refused],
                },
            )
        counts = {**where, "accepted": accepted, "refused": len(batch.refused)}
        if one(connection, SQL.count_batch, counts) is None:
            raise ImportEnded(f"{_INTERRUPTED}; upload the file again.")
        _tell(connection, where)


def _fail(db: Transactions, where: dict[str, Any], error: str) -> ImportOutcome:
    """End the import as failed and take out what it brought that nobody has touched."""
    with db.transaction() as connection:
        failed = one(connection, SQL.fail_import, {**where, "error": error})
        if failed is not None:
            where = {**where, "list_id": failed["list_id"]}
            removed = one(connection, SQL.remove_imported, where)
            one(connection, SQL.set_remaining, {**where, **(removed or {})})
            _tell(connection, where)
        now_so = one(connection, SQL.progress, where)
    assert now_so is not None
    return ImportOutcome(now_so["id"], now_so["accepted"], now_so["refused"], now_so["error"] or error)


def _tell(connection: Any, where: dict[str, Any]) -> None:
    tell_panel(
        connection, where["organisation_id"], f"import:{where['import_id']}", f"list:{where['list_id']}"
    )
    wake_dialer(connection)
