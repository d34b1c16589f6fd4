"""Who may edit what an organisation sets up, one edit at a time, and who did last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dialer.db import Connection, Transactions, one
from dialer.errors import Conflict, Forbidden, NotFound, sentence
from dialer.sql import load

SQL = load("company")

_FAMILIES = ("custom_field", "call_result", "pause_reason", "contact_role")

ACTIONS = (
    "company.edit",
    "prompt.upload",
    "prompt.remove",
    "organisation.edit",
    *(f"{family}.{verb}" for family in _FAMILIES for verb in ("add", "edit", "order", "delete")),
)
"""What the audit log calls the edits that ``last_edit`` looks for."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Who changed Company Setup last, and when."""

    at: datetime
    by: str | None


@dataclass(frozen=True, slots=True)
class Home:
    """The organisation of whoever acts, with what its numbers and dates are read by."""

    id: int
    country: str
    time_zone: str

    def today(self, now: datetime) -> date:
        """Its own date at ``now``."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()


@contextmanager
def editing(db: Transactions, user_id: int, version: int | None = None) -> Iterator[tuple[Connection, int]]:
    """A transaction in which an admin edits what the organisation sets up; yields its id too.

    With a version it is that of the organisation as the admin saw it. One edit at a time: the
    organisation's row is kept. Raises Conflict when it was edited since, Forbidden for who is no
    admin, NotFound for nobody.
    """
    with db.transaction() as connection:
        row = one(connection, SQL.begin_edit, {"user_id": user_id, "version": version})
        if row is None:
            home = as_admin(connection, user_id)
            edit = _last_edit(connection, home.id)
            who = (edit and edit.by) or sentence("Somebody")
            raise Conflict(
                "%(who)s changed Company Setup meanwhile; look at it again before you save.", who=who
            )
        yield connection, row["id"]


def last_edit(db: Transactions, organisation_id: int) -> Edit | None:
    """The latest change of Company Setup, or None; single phone numbers do not count."""
    with db.transaction() as connection:
        return _last_edit(connection, organisation_id)


def _last_edit(connection: Connection, organisation_id: int) -> Edit | None:
    row = one(connection, SQL.last_edit, {"organisation_id": organisation_id, "actions": list(ACTIONS)})
    return Edit(**row) if row else None


def as_admin(connection: Connection, user_id: int) -> Home:
    """The organisation in which the user is an active admin. Raises Forbidden, NotFound for nobody."""
    who = one(connection, SQL.who_edits, {"user_id": user_id})
    if who is None:
        raise NotFound("There is no such user.")
    if not who["may"]:
        raise Forbidden("Only admins can change Company Setup; ask one of yours.")
    return Home(who["id"], who["country"], who["time_zone"])
