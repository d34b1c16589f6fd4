"""Everything on one list's page (LPL-12). It reads sums and what is assigned, never the prospects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dialer.db import Transactions, one
from dialer.errors import NotFound
from dialer.sql import load
from dialer.store.lists import ListCounts, ListSettings, as_counts
from dialer.store.people import Role
from dialer.store.sentences import with_sentence
from dialer.zone_groups import ZoneLine, zone_lines

SQL = load("lists")


@dataclass(frozen=True, slots=True)
class AssignedUser:
    """Somebody who may dial the list: by name, through ``teams``, or both."""

    user_id: int
    name: str
    role: Role
    by_name: bool
    teams: list[str]
    held: int
    dialing: bool


@dataclass(frozen=True, slots=True)
class RecentCall:
    """One attempt of the list; ``by`` is the agent, None while nobody was reached."""

    id: int
    launched_at: datetime
    state: str
    outcome: str | None
    answered_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None
    account_name: str
    first_name: str
    last_name: str
    number: str
    by: str | None
    result: str | None


@dataclass(frozen=True, slots=True)
class PastImport:
    """One file that was read into the list, or is being read."""

    id: int
    file_name: str
    state: str
    accepted: int
    refused: int
    error: str | None
    created_at: datetime
    ended_at: datetime | None
    by: str | None


@dataclass(frozen=True, slots=True)
class ListInfo:
    """One list with its settings, its users, its numbers by zone, its latest calls and imports.

    ``user_ids`` and ``team_ids`` are the assignment itself, ``assigned`` who comes of it.
    """

    version: int
    counts: ListCounts
    settings: ListSettings
    assigned: list[AssignedUser]
    user_ids: frozenset[int]
    team_ids: frozenset[int]
    zones: list[ZoneLine]
    recent: list[RecentCall]
    imports: list[PastImport]


def info(db: Transactions, user_id: int, list_id: int, *, calls: int = 25) -> ListInfo:
    """The list with its latest ``calls`` attempts. Raises NotFound, also for who does not manage lists."""
    ids = {"user_id": user_id, "list_id": list_id}
    with db.transaction() as connection:
        row = one(connection, SQL.overview, ids)
        settings: dict[str, Any] | None = one(connection, SQL.settings, ids)
        if row is None or settings is None:
            raise NotFound("There is no such list.")
        where = {"organisation_id": settings.pop("organisation_id"), "list_id": list_id, "limit": calls}
        version = settings.pop("version")
        given = one(connection, SQL.assigned_ids, where)
        assert given is not None, "an aggregate always has a row"
        people = connection.execute(SQL.assigned, where).fetchall()
        zones = connection.execute(SQL.zones, where).fetchall()
        recent = connection.execute(SQL.recent_calls, where).fetchall()
        imports = connection.execute(SQL.imports_of, where).fetchall()
    return ListInfo(
        version=version,
        counts=as_counts(row),
        settings=ListSettings(**settings),
        assigned=[AssignedUser(**{**person, "role": Role(person["role"])}) for person in people],
        user_ids=frozenset(given["user_ids"]),
        team_ids=frozenset(given["team_ids"]),
        zones=zone_lines(
            (z["kind"], z["toll_free"], z["time_zone"], z["domestic"], z["numbers"]) for z in zones
        ),
        recent=[RecentCall(**call) for call in recent],
        imports=[PastImport(**with_sentence(past, "error")) for past in imports],
    )
