"""The audit log: who changed what, when, from what to what (ORG-6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from dialer.db import Connection, Transactions, one
from dialer.errors import Conflict, sentence
from dialer.sql import load

SQL = load("audit")

PAGE = 50
"""Changes on a page of the log."""


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the log. ``user_name`` None: nobody, or somebody of another organisation."""

    id: int
    at: datetime
    user_id: int | None
    user_name: str | None
    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which changes are wanted; None is any. ``since`` belongs to the range, ``until`` does not.

    ``subject`` is KIND:ID, or a part of the name of a user, team or list.
    """

    user_id: int | None = None
    family: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def keep(
    connection: Connection,
    organisation_id: int,
    user_id: int | None,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Note a change in the same transaction that makes it.

    ``action`` is ``FAMILY.VERB`` (list.edit), ``subject`` ``KIND:ID``. Of two mappings only what
    differs is kept; None stands for something that was not there before, or is not any more. Never
    pass a secret. ``user_id`` None: nobody, the product did it by itself.
    """
    if before is not None and after is not None:
        changed = {key for key in {**before, **after} if before.get(key) != after.get(key)}
        if not changed:
            return
        before = {key: value for key, value in before.items() if key in changed}
        after = {key: value for key, value in after.items() if key in changed}
    connection.execute(
        SQL.keep,
        {
            "organisation_id": organisation_id,
            "user_id": user_id,
            "action": action,
            "subject": subject,
            "before": _json(before),
            "after": _json(after),
        },
    )


def page(
    db: Transactions,
    organisation_id: int,
    wanted: Filters,
    *,
    before_id: int | None = None,
    limit: int = PAGE,
) -> list[Change]:
    """At most ``limit`` changes, newest first, those older than the change ``before_id``."""
    with db.transaction() as connection:
        cursor = one(connection, SQL.at, {"organisation_id": organisation_id, "id": before_id})
        rows = connection.execute(
            SQL.page,
            {
                "organisation_id": organisation_id,
                "user_id": wanted.user_id,
                "family": wanted.family,
                "subjects": _subjects(connection, organisation_id, wanted.subject),
                "since": wanted.since,
                "until": wanted.until,
                "before_at": cursor["at"] if cursor else None,
                "before_id": before_id if cursor else None,
                "limit": limit,
            },
            prepare=False,  # each combination of filters has a plan, and an index, of its own
        ).fetchall()
    return [Change(**row) for row in rows]


def pages(db: Transactions, organisation_id: int, wanted: Filters) -> Iterator[list[Change]]:
    """All changes, newest first, a thousand at a time."""
    before_id = None
    while changes := page(db, organisation_id, wanted, before_id=before_id, limit=1000):
        yield changes
        before_id = changes[-1].id


def families(db: Transactions, organisation_id: int) -> list[str]:
    """The families of actions that occur in the log."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.families, {"organisation_id": organisation_id}).fetchall()
    return [row["name"] for row in rows]


def authors(db: Transactions, organisation_id: int) -> dict[int, str]:
    """Who ever changed something, by id, in the order of their names."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.authors, {"organisation_id": organisation_id}).fetchall()
    return {row["id"]: row["name"] for row in rows}


def names_of(db: Transactions, organisation_id: int, subjects: Collection[str]) -> dict[str, str]:
    """What users, teams, lists and other subjects are called today, by subject; the gone ones lack."""
    of_subjects = {"organisation_id": organisation_id, "subjects": list(subjects)}
    with db.transaction() as connection:
        rows = connection.execute(SQL.names_of, of_subjects).fetchall()
    return {row["subject"]: row["name"] for row in rows}


def last_change(db: Transactions, organisation_id: int, subject: str) -> str | None:
    """Who changed the subject last; None for nobody, or somebody of another organisation."""
    with db.transaction() as connection:
        return _last_change(connection, organisation_id, subject)


def conflict(connection: Connection, organisation_id: int, subject: str) -> Conflict:
    """The error for somebody who saves over another's change; it says whose."""
    who = _last_change(connection, organisation_id, subject) or sentence("Somebody")
    return Conflict("%(who)s changed this meanwhile; look at it again before you save.", who=who)


def _last_change(connection: Connection, organisation_id: int, subject: str) -> str | None:
    row = one(connection, SQL.last_change, {"organisation_id": organisation_id, "subject": subject})
    return row["name"] if row else None


def _subjects(connection: Connection, organisation_id: int, text: str | None) -> list[str] | None:
    if text is None:
        return None
    kind, _, number = text.partition(":")
    if kind.isidentifier() and number.isdecimal():
        return [text]
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = connection.execute(
        SQL.subjects_named, {"organisation_id": organisation_id, "text": f"%{escaped}%"}
    ).fetchall()
    return [row["subject"] for row in rows]


def _json(values: Mapping[str, Any] | None) -> Jsonb | None:
    if values is None:
        return None
    plain = (int, float, str, bool, list, dict, type(None))
    return Jsonb({key: value if isinstance(value, plain) else str(value) for key, value in values.items()})
