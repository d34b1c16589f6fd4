"""Lists as managers and agents see them: counts, settings, who may dial them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from psycopg.types.json import Jsonb

from dialer.db import Transactions, one
from dialer.errors import NotFound
from dialer.live import tell_panel, wake_dialer
from dialer.sql import load
from dialer.store.people import Role

SQL = load("lists")


@dataclass(frozen=True, slots=True)
class ListCounts:
    """A list with how many prospects are where; ``remaining`` may still be dialed."""

    id: int
    name: str
    kind: str
    created_at: datetime
    batch_size: int
    prospects: int
    remaining: int
    held: int
    calling: int
    resting: int
    follow_up: int
    done: int
    excluded: int
    users: int
    dialing: list[str]


@dataclass(frozen=True, slots=True)
class ListSettings:
    """How a list is dialed. Calling hours are in the prospect's own local time."""

    name: str
    kind: str = "lead_pool"
    batch_size: int = 20
    retain_h: int = 24
    overnight_reset: bool = True
    calling_from: time = time(9)
    calling_until: time = time(17)
    max_attempts: int = 3
    ring_s: int = 25
    lines_per_agent: Decimal = Decimal(1)
    retry_busy: timedelta = timedelta(minutes=10)
    retry_no_answer: timedelta = timedelta(hours=2)
    retry_machine: timedelta = timedelta(hours=4)
    retry_failed: timedelta = timedelta(minutes=30)
    retry_dropped: timedelta = timedelta(days=1)
    script: str = ""


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
    """One file that was read into the list."""

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
class ListDetail:
    """Everything on a list's page."""

    counts: ListCounts
    settings: ListSettings
    assigned: list[AssignedUser]
    user_ids: frozenset[int]
    team_ids: frozenset[int]
    recent: list[RecentCall]
    imports: list[PastImport]


@dataclass(frozen=True, slots=True)
class MyList:
    """A list that the user may load into My Session."""

    id: int
    name: str
    kind: str
    created_at: datetime
    remaining: int
    dialing: int


def overview(db: Transactions, user_id: int) -> list[ListCounts]:
    """Every list of the organisation, newest first; empty for who does not manage lists."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.overview, {"user_id": user_id, "list_id": None}).fetchall()
        return [ListCounts(**row) for row in rows]


def counts(db: Transactions, user_id: int, list_id: int) -> ListCounts:
    """One list's counts. Raises NotFound, also for who does not manage lists."""
    with db.transaction() as connection:
        row = one(connection, SQL.overview, {"user_id": user_id, "list_id": list_id})
        if row is None:
            raise NotFound("There is no such list.")
        return ListCounts(**row)


def detail(db: Transactions, user_id: int, list_id: int, *, calls: int = 25) -> ListDetail:
    """One list with its settings, users, imports and latest ``calls`` attempts. Raises NotFound."""
    ids = {"user_id": user_id, "list_id": list_id}
    with db.transaction() as connection:
        row = one(connection, SQL.overview, ids)
        settings = one(connection, SQL.settings, ids)
        if row is None or settings is None:
            raise NotFound("There is no such list.")
        where = {"organisation_id": settings.pop("organisation_id"), "list_id": list_id, "limit": calls}
        given = one(connection, SQL.assigned_ids, where)
        assert given is not None
        people = connection.execute(SQL.assigned, where).fetchall()
        recent = connection.execute(SQL.recent_calls, where).fetchall()
        imports = connection.execute(SQL.imports_of, where).fetchall()
    return ListDetail(
        counts=ListCounts(**row),
        settings=ListSettings(**{name: value for name, value in settings.items() if name != "id"}),
        assigned=[AssignedUser(**{**person, "role": Role(person["role"])}) for person in people],
        user_ids=frozenset(given["user_ids"]),
        team_ids=frozenset(given["team_ids"]),
        recent=[RecentCall(**call) for call in recent],
        imports=[PastImport(**past) for past in imports],
    )


def create_list(
    db: Transactions,
    user_id: int,
    settings: ListSettings,
    now: datetime,
    *,
    user_ids: Collection[int] = (),
    team_ids: Collection[int] = (),
) -> int:
    """Make an empty list with its assignment and return its id.

    Raises NotFound when the user does not manage lists.
    """
    with db.transaction() as connection:
        row = one(connection, SQL.create, {**asdict(settings), "user_id": user_id, "now": now})
        if row is None:
            raise NotFound("Only managers and admins can add lists.")
        where = {"organisation_id": row["organisation_id"], "list_id": row["id"]}
        connection.execute(SQL.assign_users, {**where, "user_ids": list(user_ids)})
        connection.execute(SQL.assign_teams, {**where, "team_ids": list(team_ids)})
        given = connection.execute(SQL.user_ids, where).fetchall()
        tell_panel(connection, row["organisation_id"], "lists", *(f"user:{u['user_id']}" for u in given))
        list_id: int = row["id"]
        return list_id


def drop_empty_list(db: Transactions, user_id: int, list_id: int) -> None:
    """Take back a list without prospects, as when its import came to nothing."""
    with db.transaction() as connection:
        connection.execute(SQL.drop_empty, {"user_id": user_id, "list_id": list_id})


def assign(
    db: Transactions,
    user_id: int,
    list_id: int,
    now: datetime,
    *,
    user_ids: Collection[int],
    team_ids: Collection[int],
) -> None:
    """Let exactly these users and teams dial the list; who asked is in the audit log.

    Prospects held and not dialed by users who lost the list go back to its pool;
    a live call goes on. Raises NotFound when the user may not edit the list.
    """
    with db.transaction() as connection:
        managed = one(connection, SQL.lock_managed, {"user_id": user_id, "list_id": list_id})
        if managed is None:
            raise NotFound("There is no such list.")
        where: dict[str, Any] = {"organisation_id": managed["organisation_id"], "list_id": list_id}
        before = one(connection, SQL.assigned_ids, where)
        had = {row["user_id"] for row in connection.execute(SQL.user_ids, where)}
        connection.execute(SQL.unassign_all, where)
        connection.execute(SQL.assign_users, {**where, "user_ids": list(user_ids)})
        connection.execute(SQL.assign_teams, {**where, "team_ids": list(team_ids)})
        has = {row["user_id"] for row in connection.execute(SQL.user_ids, where)}
        connection.execute(SQL.give_back, {**where, "user_ids": list(has)})
        after = one(connection, SQL.assigned_ids, where)
        connection.execute(
            SQL.audit,
            {
                "organisation_id": managed["organisation_id"],
                "now": now,
                "user_id": user_id,
                "action": "list.assign",
                "subject": f"list:{list_id}",
                "before": Jsonb(before),
                "after": Jsonb(after),
            },
        )
        topics = [f"user:{one_id}" for one_id in sorted(had ^ has)]
        tell_panel(connection, managed["organisation_id"], "lists", f"list:{list_id}", *topics)
        wake_dialer(connection)


def my_lists(db: Transactions, user_id: int) -> list[MyList]:
    """The lists assigned to the user, by name or through a team."""
    with db.transaction() as connection:
        return [MyList(**row) for row in connection.execute(SQL.my_lists, {"user_id": user_id}).fetchall()]
