"""Imports as people see them: queueing a file, its progress, its refused rows, cancelling it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from dialer import uploads
from dialer.csv_files import write_rows
from dialer.db import Connection, Database, Transactions, one
from dialer.errors import NotFound, Refused, Sentence, sentence
from dialer.import_batches import BATCH_ROWS, RefusedLine
from dialer.imports import custom_label
from dialer.live import tell_panel, wake_importer
from dialer.sql import load
from dialer.store import audit, importing
from dialer.store.claims import Beating, Claim
from dialer.store.sentences import with_sentence

SQL = load("imports")

_REFUSED_HEADERS = (sentence("Line"), sentence("Reason"), sentence("Row"))


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """How an import ended. ``error`` is None for one that is done, else a sentence."""

    import_id: int
    accepted: int
    refused: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it stands; ``state`` is queued, running, done, failed or cancelled.

    ``rows_done`` of ``rows_total`` rows are read; the total is known when the reading begins, and
    until the end it is the number of lines, which may be more.
    """

    id: int
    list_id: int
    file_name: str
    state: str
    accepted: int
    refused: int
    error: str | None
    rows_done: int
    rows_total: int | None
    is_cancelled: bool

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class EarlierImport:
    """An import of a file with the same content."""

    id: int
    list_id: int
    list_name: str
    file_name: str
    created_at: datetime
    state: str
    by: str | None


def queue_import(
    db: Transactions,
    *,
    organisation_id: int,
    list_id: int,
    user_id: int | None,
    file_name: str,
    file_token: str,
    file_size: int,
    file_hash: bytes,
    mapping: Mapping[str, str],
    keep_unmapped: bool,
    now: datetime,
) -> int:
    """Let the importer read an uploaded file into the list and return the import's id.

    Custom fields that the mapping names and the organisation lacks are added. Raises NotFound for
    another organisation's list, Refused for an archived one and while another import into it is open.
    """
    return _create(
        db,
        organisation_id=organisation_id,
        list_id=list_id,
        user_id=user_id,
        file_name=file_name,
        file_token=file_token,
        file_size=file_size,
        file_hash=file_hash,
        mapping=mapping,
        keep_unmapped=keep_unmapped,
        worker=None,
        now=now,
    )


def import_list(
    db: Database,
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
    """Read a file where it lies into the list, now, and return how that ended.

    Raises what ``queue_import`` does, OSError for a file that is not there, and DatabaseUnavailable:
    a running importer then ends the import as failed.
    """
    worker = f"command-{os.getpid()}-{secrets.token_hex(4)}"
    import_id = _create(
        db,
        organisation_id=organisation_id,
        list_id=list_id,
        user_id=user_id,
        file_name=file_name,
        file_token=None,
        file_size=path.stat().st_size,
        file_hash=uploads.fingerprint(path),
        mapping=mapping,
        keep_unmapped=keep_unmapped,
        worker=worker,
        now=now,
    )
    claim = Claim(organisation_id, import_id, list_id, "import", worker, None)
    with Beating(db, claim):
        importing.run(db, claim, path, lambda: False)
    ended = progress(db, organisation_id, import_id)
    return ImportOutcome(import_id, ended.accepted, ended.refused, ended.error)


def ask_cancel(db: Transactions, user_id: int, job_id: int) -> None:
    """End an import or a reset after the batch in hand.

    What an import has brought and nobody has touched is taken out again; what a reset has done stays.
    Raises NotFound for another organisation's, and for who does not manage lists; Refused when it is over.
    """
    asked = {"user_id": user_id, "job_id": job_id}
    with db.transaction() as connection:
        job = one(connection, SQL.ask_cancel, asked)
        if job is None:
            if one(connection, SQL.job_of, asked) is None:
                raise NotFound("There is no such import.")
            raise Refused("It is over already; archive the list if nobody is to be called.")
        subject = f"list:{job['list_id']}"
        after = {"file": job["file_name"], "job": job_id}
        audit.keep(connection, job["organisation_id"], user_id, f"{job['kind']}.cancel", subject, None, after)
        tell_panel(connection, job["organisation_id"], f"import:{job_id}", subject, "lists")
        wake_importer(connection)


def seen_before(db: Transactions, organisation_id: int, file_hash: bytes) -> list[EarlierImport]:
    """Imports of a file with this SHA-256 that brought something or still may, the newest first."""
    with db.transaction() as connection:
        rows = connection.execute(
            SQL.seen_before, {"organisation_id": organisation_id, "file_hash": file_hash}
        ).fetchall()
        return [EarlierImport(**row) for row in rows]


def progress(db: Transactions, organisation_id: int, job_id: int) -> Import:
    """The import as it stands. Raises NotFound."""
    with db.transaction() as connection:
        row = one(connection, SQL.progress, {"organisation_id": organisation_id, "job_id": job_id})
    if row is None:
        raise NotFound("There is no such import.")
    return Import(**with_sentence(row, "error"))


def refused_rows(db: Transactions, job_id: int) -> Iterator[RefusedLine]:
    """The import's refused rows in the file's order, read a page at a time."""
    after = 0
    while True:
        with db.transaction() as connection:
            page = connection.execute(
                SQL.refused_page, {"job_id": job_id, "after": after, "limit": BATCH_ROWS}
            ).fetchall()
        yield from (RefusedLine(**with_sentence(row, "reason")) for row in page)
        if len(page) < BATCH_ROWS:
            return
        after = page[-1]["line"]


def refused_csv(db: Transactions, job_id: int, in_words: Callable[[Sentence], str] = str) -> Iterator[str]:
    """The refused rows as the lines of a CSV file (Line, Reason, Row) that starts no formula.

    ``in_words`` says a sentence in the reader's language; English without it.
    """
    yield from write_rows([[in_words(head) for head in _REFUSED_HEADERS]])
    yield from write_rows((row.line, in_words(row.reason), row.raw) for row in refused_rows(db, job_id))


def _create(
    db: Transactions,
    *,
    organisation_id: int,
    list_id: int,
    file_name: str,
    mapping: Mapping[str, str],
    **values: Any,
) -> int:
    try:
        with db.transaction() as connection:
            _check_list(connection, organisation_id, list_id)
            labels = sorted({label for name in mapping if (label := custom_label(name)) is not None})
            if labels:
                named = {"organisation_id": organisation_id, "labels": labels}
                connection.execute(SQL.add_custom_fields, named)
            row = one(
                connection,
                SQL.create_import,
                {
                    **values,
                    "organisation_id": organisation_id,
                    "list_id": list_id,
                    "file_name": file_name[:255],
                    "mapping": Jsonb(dict(mapping)),
                },
            )
            assert row is not None
            import_id: int = row["id"]
            tell_panel(connection, organisation_id, f"import:{import_id}", f"list:{list_id}", "lists")
            wake_importer(connection)
            return import_id
    except psycopg.errors.UniqueViolation:
        raise Refused("Another file is being read into this list; wait until it is done.") from None


def _check_list(connection: Connection, organisation_id: int, list_id: int) -> None:
    found = one(connection, SQL.find_list, {"organisation_id": organisation_id, "list_id": list_id})
    if found is None:
        raise NotFound("There is no such list.")
    if found["is_archived"]:
        raise Refused("This list is archived; take it out of the archive before you import into it.")
