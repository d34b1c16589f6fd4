"""The parking lot: numbers out of dialing until a date of the organisation's own calendar (ORG-4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dialer.db import Connection, Transactions
from dialer.errors import Refused, Sentence, sentence
from dialer.number_blocks import Line
from dialer.number_files import is_date
from dialer.sql import load
from dialer.store import audit, barring
from dialer.store.company_edits import as_admin
from dialer.store.number_batches import BATCH, Report, batches, listed, numbers_of
from dialer.store.number_tables import number_table

SQL = load("parking")

LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Entry:
    """A parked number; ``until`` is the first day on which it may be dialed again."""

    number: str
    until: date
    note: str
    added_at: datetime
    by: str | None


NUMBERS = number_table(
    "parking_lot",
    "until",
    "parking",
    Entry,
    lambda entry: entry.until,
    read_place=date.fromisoformat,
    before_all="-infinity",
    by_place=SQL.listing,
)
listing, search, count = NUMBERS.listing, NUMBERS.search, NUMBERS.count
"""Entries that come back first come first."""


def add(
    db: Transactions,
    user_id: int,
    lines: Iterable[Line | str],
    now: datetime,
    *,
    until: date | None = None,
    note: str = "",
) -> Report:
    """Park numbers until the date beside each, or else ``until``; one that is parked gets the new date.

    A number or a date that cannot be used is refused and reported; the others are parked, and whoever
    has one as the number that is dialed goes out at once. In batches, each one transaction. Raises
    Refused for an ``until`` that is not in the organisation's future, Forbidden for who is no admin.
    """
    report = Report()
    for batch in batches(lines):
        with db.transaction() as connection:
            home = as_admin(connection, user_id)
            today = home.today(now)
            if until is not None and (wrong := _wrong(until, today)):
                raise Refused(wrong)
            dates = _dates(batch, home.country, today, until, report)
            _park(connection, home.id, user_id, dates, note.strip()[:500], now, report)
    return report


def remove(db: Transactions, user_id: int, numbers: Iterable[str], now: datetime) -> int:
    """Take numbers out of the parking lot before their date; how many were in it.

    Their prospects may be dialed again unless something else bars them. Raises Refused for a number
    that cannot be read, Forbidden for who is no admin.
    """
    return NUMBERS.take_off(db, user_id, numbers, now)


def release_due(
    connection: Connection, organisation_id: int, today: date, now: datetime | None = None
) -> int:
    """Let every number back whose date has come, inside the caller's transaction; how many.

    ``today`` is the organisation's own date; ``now`` is the database's time if left out.
    """
    released = 0
    of_day = {"organisation_id": organisation_id, "today": today, "limit": BATCH}
    while due := [row["number"] for row in connection.execute(SQL.take_due, of_day)]:
        barring.put_back(connection, organisation_id, sorted(due), today, now)
        released += len(due)
    if released:
        after = {"count": released}
        audit.keep(connection, organisation_id, None, "parking.release", "parking", None, after)
    return released


def _dates(
    batch: list[Line], country: str, today: date, until: date | None, report: Report
) -> dict[str, date]:
    """Each readable number of the batch with its date; of a number given twice the last counts."""
    dates = {}
    for line in batch:
        day = until
        if line.until.strip():
            day = date.fromisoformat(line.until.strip()) if is_date(line.until) else None
            if day is None:
                given = line.until.strip()[:40]
                report.refuse(line, sentence("'%(text)s' is not a date; write it as 2026-04-30.", text=given))
                continue
        if day is None:
            report.refuse(line, sentence("There is no date until which it is parked."))
        elif wrong := _wrong(day, today):
            report.refuse(line, wrong)
        else:
            for number in numbers_of([line], country, report):
                report.already += number in dates
                dates[number] = day
    return dates


def _wrong(until: date, today: date) -> Sentence | None:
    if until <= today:
        return sentence(
            "The date must be in the future: the first day on which the number may be called again."
        )
    if until - today > LONGEST:
        return sentence("A number is parked for ten years at most; for good it belongs on Do Not Call.")
    return None


def _park(
    connection: Connection,
    organisation_id: int,
    user_id: int,
    dates: dict[str, date],
    note: str,
    now: datetime,
    report: Report,
) -> None:
    if not dates:
        return
    numbers = sorted(dates)
    barring.lock_lists(connection, organisation_id, numbers)
    rows = connection.execute(
        SQL.add,
        {
            "organisation_id": organisation_id,
            "numbers": numbers,
            "untils": [dates[number] for number in numbers],
            "note": note,
            "user_id": user_id,
            "now": now,
        },
    ).fetchall()
    new = sum(row["is_new"] for row in rows)
    report.added += new
    report.already += len(rows) - new
    report.prospects += barring.exclude(connection, organisation_id, numbers, "parking_lot", now)
    days = sorted({day.isoformat() for day in dates.values()})
    after = {"count": len(numbers), "numbers": listed(numbers), "until": days[:50], "note": note}
    NUMBERS.keep_audit(connection, organisation_id, user_id, "add", numbers, None, after)
