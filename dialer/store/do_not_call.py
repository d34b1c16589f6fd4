"""Numbers that are never called: adding and removing them, and who that concerns (ORG-4, CMP-3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dialer.company import text_of
from dialer.csv_files import write_rows
from dialer.db import Connection, Transactions, one
from dialer.errors import NotFound, Refused
from dialer.number_blocks import Line
from dialer.sql import load
from dialer.store import audit, barring
from dialer.store.company_edits import as_admin
from dialer.store.number_batches import BATCH, Report, batches, bounds, listed, numbers_of

SQL = load("do_not_call")

COUNTED = 100_001
"""Entries are counted as far as this."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A number that is never called; ``by`` is None when nobody of the organisation added it."""

    number: str
    source: str
    note: str
    added_at: datetime
    by: str | None


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
                subject = f"do_not_call:{new[0]}" if len(new) == 1 else "do_not_call"
                audit.keep(connection, home.id, user_id, "do_not_call.add", subject, None, after)
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
    removed = 0
    for batch in batches(numbers):
        with db.transaction() as connection:
            home = as_admin(connection, user_id)
            report = Report()
            given = numbers_of(batch, home.country, report)
            if report.refused:
                raise Refused(report.refused[0].reason)
            gone = connection.execute(
                SQL.remove, {"organisation_id": home.id, "numbers": sorted(given)}
            ).fetchall()
            if not gone:
                continue
            found = sorted(row["number"] for row in gone)
            prospects = barring.put_back(connection, home.id, found, home.today(now), now)
            removed += len(found)
            one_of = gone[0] if len(gone) == 1 else {}
            before = {"count": len(found), "numbers": listed(found), **one_of}
            subject = f"do_not_call:{found[0]}" if len(found) == 1 else "do_not_call"
            after = {"reason": reason, "prospects": prospects}
            audit.keep(connection, home.id, user_id, "do_not_call.remove", subject, before, after)
    return removed


def entry(db: Transactions, organisation_id: int, number: str) -> Entry:
    """One entry by its E.164 number. Raises NotFound."""
    with db.transaction() as connection:
        row = one(connection, SQL.entry, {"organisation_id": organisation_id, "number": number})
        if row is None:
            raise NotFound("This number is not on Do Not Call.")
        return Entry(**row)


def listing(
    db: Transactions,
    organisation_id: int,
    *,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Entries added last first; the next page comes ``after`` the last entry's time and number."""
    at, number = after or ("infinity", "")
    with db.transaction() as connection:
        rows = connection.execute(
            SQL.newest, {"organisation_id": organisation_id, "at": at, "number": number, "limit": limit}
        ).fetchall()
        return [Entry(**row) for row in rows]


def search(
    db: Transactions, organisation_id: int, beginning: str, *, after: str = "", limit: int = 50
) -> list[Entry]:
    """Entries whose E.164 number begins so, in the order of the numbers; the next page ``after`` the last."""
    with db.transaction() as connection:
        rows = connection.execute(
            SQL.beginning,
            {"organisation_id": organisation_id, "after": after, "limit": limit, **bounds(beginning)},
        ).fetchall()
        return [Entry(**row) for row in rows]


def count(db: Transactions, organisation_id: int) -> int:
    """How many numbers are on it; not counted further than COUNTED."""
    with db.transaction() as connection:
        row = one(connection, SQL.count, {"organisation_id": organisation_id, "at_most": COUNTED})
        assert row is not None
        return int(row["numbers"])


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
