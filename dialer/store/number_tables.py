"""What Do Not Call and the parking lot do alike: leafing through numbers, and taking them off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from dialer.db import Connection, Transactions, one
from dialer.errors import Refused
from dialer.sql import load
from dialer.store import audit, barring
from dialer.store.company_edits import Home, as_admin
from dialer.store.number_batches import Report, batches, bounds, listed, numbers_of

COUNTED = 100_001
"""Entries are counted as far as this."""


class Numbered(Protocol):
    """An entry of either table."""

    @property
    def number(self) -> str:
        """In E.164."""
        ...


E = TypeVar("E", bound=Numbered)
P = TypeVar("P", bound=date)


@dataclass(frozen=True, slots=True)
class NumberTable(Generic[E, P]):
    """One of the tables: its queries, and the time or day by which it is leafed through."""

    family: str
    """What the audit log calls it."""
    entry: Callable[..., E]
    place: Callable[[E], P]
    read_place: Callable[[str], P]
    """From ISO 8601; raises ValueError."""
    before_all: str
    """What PostgreSQL takes for a place before every other."""
    by_place: str
    by_number: str
    counted: str
    removed: str

    def listing(
        self, db: Transactions, organisation_id: int, *, after: tuple[P, str] | None = None, limit: int = 50
    ) -> list[E]:
        """Entries in the table's order; the next page comes ``after`` the last entry's place and number."""
        place, number = after or (self.before_all, "")
        asked = {"organisation_id": organisation_id, "place": place, "number": number, "limit": limit}
        with db.transaction() as connection:
            return [self.entry(**row) for row in connection.execute(self.by_place, asked).fetchall()]

    def search(
        self, db: Transactions, organisation_id: int, beginning: str, *, after: str = "", limit: int = 50
    ) -> list[E]:
        """Entries whose E.164 number begins so, in the numbers' order; the next page ``after`` the last."""
        asked = {"organisation_id": organisation_id, "after": after, "limit": limit, **bounds(beginning)}
        with db.transaction() as connection:
            return [self.entry(**row) for row in connection.execute(self.by_number, asked).fetchall()]

    def find(self, db: Transactions, organisation_id: int, number: str) -> E | None:
        """The entry of an E.164 number."""
        asked = {"organisation_id": organisation_id, "first": number, "last": number, "after": "", "limit": 1}
        with db.transaction() as connection:
            row = one(connection, self.by_number, asked)
            return None if row is None else self.entry(**row)

    def count(self, db: Transactions, organisation_id: int) -> int:
        """How many numbers there are; not counted further than COUNTED."""
        with db.transaction() as connection:
            row = one(connection, self.counted, {"organisation_id": organisation_id, "at_most": COUNTED})
            assert row is not None
            return int(row["numbers"])

    def take_off(
        self,
        db: Transactions,
        user_id: int,
        numbers: Iterable[str],
        now: datetime,
        reason: str | None = None,
    ) -> int:
        """Take numbers off, and let their prospects be dialed again unless something else bars them.

        In batches, each one transaction; how many were there. Raises Refused for a number that cannot
        be read, Forbidden for who is no admin.
        """
        removed = 0
        for batch in batches(numbers):
            with db.transaction() as connection:
                home = as_admin(connection, user_id)
                report = Report()
                given = numbers_of(batch, home.country, report)
                if report.refused:
                    raise Refused(report.refused[0].reason)
                removed += self._take_off(connection, home, user_id, given, now, reason)
        return removed

    def keep_audit(
        self,
        connection: Connection,
        organisation_id: int,
        user_id: int,
        verb: str,
        numbers: list[str],
        before: dict[str, object] | None,
        after: dict[str, object] | None,
    ) -> None:
        """Note in the audit log what was done to these numbers: a single one is what it is about."""
        subject = f"{self.family}:{numbers[0]}" if len(numbers) == 1 else self.family
        action = f"{self.family}.{verb}"
        audit.keep(connection, organisation_id, user_id, action, subject, before, after)

    def _take_off(
        self,
        connection: Connection,
        home: Home,
        user_id: int,
        numbers: list[str],
        now: datetime,
        reason: str | None,
    ) -> int:
        asked = {"organisation_id": home.id, "numbers": sorted(numbers)}
        gone = connection.execute(self.removed, asked).fetchall()
        if gone:
            found = sorted(row["number"] for row in gone)
            prospects = barring.put_back(connection, home.id, found, home.today(now), now)
            one_of = gone[0] if len(gone) == 1 else {}
            before = {"count": len(found), "numbers": listed(found), **one_of}
            after = None if reason is None else {"reason": reason, "prospects": prospects}
            self.keep_audit(connection, home.id, user_id, "remove", found, before, after)
        return len(gone)


def number_table(
    table: str, own: str, family: str, entry: Callable[..., E], place: Callable[[E], P], **order: Any
) -> NumberTable[E, P]:
    """The table of this name, which has the column ``own`` for itself; ``order`` is how it is leafed through."""
    alike = load("number_tables", table=table, own=own)
    return NumberTable(
        family,
        entry,
        place,
        by_number=alike.beginning,
        counted=alike.count,
        removed=alike.remove,
        **order,
    )
