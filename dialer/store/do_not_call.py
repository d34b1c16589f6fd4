"""Numbers that are never called: adding and removing them, and who that concerns (ORG-4, CMP-3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dialer.company import text_of
from dialer.csv_files import write_rows
from dialer.db import Connection, Transactions
from dialer.errors import NotFound
from dialer.number_blocks import Line
from dialer.sql import load
from dialer.store import barring
from dialer.store.company_edits import as_admin
from dialer.store.number_batches import BATCH, Report, batches, listed, numbers_of
from dialer.store.number_tables import number_table

SQL = load("do_not_call")


@dataclass(frozen=True, slots=True)
class Entry:
    """A number that is never called; ``by`` is None when nobody of the organisation added it."""

    number: str
    source: str
    note: str
    added_at: datetime
    by: str | None


NUMBERS = number_table(
    "do_not_call",
    "source",
    "do_not_call",
    Entry,
    lambda entry: entry.added_at,
    read_place=datetime.fromisoformat,
    before_all="infinity",
    by_place=SQL.listing,
)
listing, search, count = NUMBERS.listing, NUMBERS.search, NUMBERS.count
"""Entries added last come first."""


def add(
    db: Transactions,
    user_id: int,
    lines: Iterable[Line | str],
    now: datetime,
    *,
    note: str = "",
    source: str = "panel",
) -> Report:
    """Put numbers on Do Not Call, as they are written in the organisation's country.

    A number that cannot be read is refused and reported; the others are added. Whoever has one of
    them as the number that is dialed goes out at once (``barring.exclude``). In batches, each one
    transaction: what was done before a failure stays, and adding it again harms nothing. Raises
    Forbidden for who is no admin.
    """
    report = Report()
    for batch in batches(lines):
        with db.transaction() as connection:
            home = as_admin(connection, user_id)
            numbers = sorted(set(numbers_of(batch, home.country, report)))
            new, prospects = put(
                connection, home.id, numbers, now, user_id=user_id, source=source, note=note.strip()[:500]
            )
            report.already += len(numbers) - len(new)
            report.added += len(new)
            report.prospects += prospects
            if new:
                after = {
                    "note": note.strip()[:500],
                    "source": source,
                    "count": len(new),
                    "numbers": listed(new),
                }
                NUMBERS.keep_audit(connection, home.id, user_id, "add", new, None, after)
    return report


def put(
    connection: Connection,
    organisation_id: int,
    numbers: Sequence[str],
    now: datetime,
    *,
    user_id: int | None,
    source: str,
    note: str = "",
) -> tuple[list[str], int]:
    """Put E.164 numbers on the list inside the caller's transaction, and take out whom they belong to.

    Returns the numbers that are new, and how many prospects went out. Locks lists first, so that
    whoever holds an attempt must have locked them before it (``barring.lock_lists``).
    """
    if not numbers:
        return [], 0
    barring.lock_lists(connection, organisation_id, numbers)
    added = connection.execute(
        SQL.add,
        {
            "organisation_id": organisation_id,
            "numbers": sorted(numbers),
            "source": source,
            "note": note,
            "user_id": user_id,
            "now": now,
        },
    ).fetchall()
    prospects = barring.exclude(connection, organisation_id, numbers, "do_not_call", now)
    return [row["number"] for row in added], prospects


def remove(db: Transactions, user_id: int, numbers: Iterable[str], note: str, now: datetime) -> int:
    """Take numbers off Do Not Call, as the ``note`` says why; how many were on it.

    Their prospects may be dialed again unless something else bars them (``barring.put_back``).
    Raises Refused without a reason or for a number that cannot be read, Forbidden for who is no admin.
    """
    reason = text_of(note, 500, "Say why the number may be called again; the audit log keeps it.")
    return NUMBERS.take_off(db, user_id, numbers, now, reason)


def entry(db: Transactions, organisation_id: int, number: str) -> Entry:
    """One entry by its E.164 number. Raises NotFound."""
    found = NUMBERS.find(db, organisation_id, number)
    if found is None:
        raise NotFound("This number is not on Do Not Call.")
    return found


def csv_of(db: Transactions, organisation_id: int) -> Iterator[str]:
    """Every entry as CSV text, line by line, in the order of the numbers."""
    yield from write_rows([("Phone", "Added at (UTC)", "Added by", "Source", "Note")])
    after = ""
    while page := search(db, organisation_id, "+", after=after, limit=BATCH):
        yield from write_rows(
            (e.number, e.added_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"), e.by or "", e.source, e.note)
            for e in page
        )
        after = page[-1].number
