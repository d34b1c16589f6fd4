"""What an agent's panel shows while a lead rings (RING-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from dialer.db import Transactions, one
from dialer.sql import load

SQL = load("ring_news")

SHOWN = timedelta(seconds=15)
"""How long a panel says who has the lead."""


@dataclass(frozen=True, slots=True)
class RingNews:
    """A lead that rings for the user, or was decided a moment ago; never its number.

    ``what`` is rings, mine or taken. ``state`` is where the lead lives.
    """

    ring_id: int
    what: str
    first_name: str
    last_name: str
    account_name: str
    state: str
    product: str
    campaign: str

    @property
    def name(self) -> str:
        """Who it is: the person, else the account."""
        return f"{self.first_name} {self.last_name}".strip() or self.account_name


def of_user(db: Transactions, organisation_id: int, user_id: int) -> RingNews | None:
    """What the user is to be told about the newest lead that rang for them; None when it is history."""
    asked = {"organisation_id": organisation_id, "user_id": user_id, "shown": SHOWN}
    with db.transaction() as connection:
        row = one(connection, SQL.of_user, asked)
        return RingNews(**row) if row else None
