"""Lists: making, editing and archiving them, and the counts that everybody sees.

What a list's own page shows is in ``list_info``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from dialer.db import Connection, Transactions, one
from dialer.errors import Conflict, NotFound, Refused, sentence
from dialer.imports import FIELDS
from dialer.live import tell_panel, wake_dialer
from dialer.sql import load
from dialer.store import audit, sharing

SQL = load("lists")

MAX_BATCH = 1_000_000
PHONE_FIELDS = ("phone", "mobile_phone", "work_phone")


@dataclass(frozen=True, slots=True)
class OpenJob:
    """An import or reset that is waiting or under way; ``rows_total`` is None until it is known."""

    id: int
    kind: str
    state: str
    file_name: str
    accepted: int
    refused: int
    rows_done: int
    rows_total: int | None
    cancelling: bool

    @property
    def percent(self) -> int | None:
        """How much of it is done, 0 to 100; None while that cannot be said."""
        if not self.rows_total:
            return None
        return min(100, 100 * self.rows_done // self.rows_total)


@dataclass(frozen=True, slots=True)
class ListCounts:
    """A list with how many prospects are where; ``remaining`` may still be dialed.

    ``excluded`` is the sum of ``do_not_call``, ``parking_lot`` and ``invalid_number``.
    """

    id: int
    name: str
    kind: str
    version: int
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
    do_not_call: int
    parking_lot: int
    invalid_number: int
    users: int
    dialing: list[str]
    job: OpenJob | None

    @property
    def all_dialed(self) -> bool:
        """Whether there were prospects to dial and every one of them has been dialed (LPL-14)."""
        return self.remaining == 0 and self.done + self.follow_up > 0 and self.job is None


@dataclass(frozen=True, slots=True)
class ListSettings:
    """How a list is dialed. Calling hours are in the prospect's own local time.

    ``sort_by`` is upload, random, the name of a standard field, or custom:LABEL.
    """

    name: str
    kind: str = "lead_pool"
    phone_field: str = "phone"
    sort_by: str = "upload"
    sort_descending: bool = False
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
    reset_by_itself: bool = False
    script: str = ""


@dataclass(frozen=True, slots=True)
class ListEdit:
    """What may be changed after the import (LPL-13); None leaves it as it is."""

    name: str | None = None
    batch_size: int | None = None
    overnight_reset: bool | None = None
    reset_by_itself: bool | None = None
    script: str | None = None
    user_ids: Collection[int] | None = None
    team_ids: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class PastEdit:
    """One edit of a list: what it changed, from what to what."""

    at: datetime
    by: str | None
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MyList:
    """A list that the user may load into My Session."""

    id: int
    name: str
    kind: str
    created_at: datetime
    remaining: int
    dialing: int


class StillDialing(Refused):
    """Users who are to lose the list are dialing it; nothing was changed."""

    def __init__(self, users: Mapping[int, str]) -> None:
        super().__init__(
            sentence(
                "Dialing this list now: %(names)s. Confirm to take it from them.", names=tuple(users.values())
            )
        )
        self.users = dict(users)
        """Their names by id."""


def overview(db: Transactions, user_id: int) -> list[ListCounts]:
    """Every list of the organisation, newest first; empty for who does not manage lists."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.overview, {"user_id": user_id, "list_id": None}).fetchall()
        return [as_counts(row) for row in rows]


def counts(db: Transactions, user_id: int, list_id: int) -> ListCounts:
    """One list's counts. Raises NotFound, also for who does not manage lists."""
    with db.transaction() as connection:
        row = one(connection, SQL.overview, {"user_id": user_id, "list_id": list_id})
        if row is None:
            raise NotFound("There is no such list.")
        return as_counts(row)


def as_counts(row: Mapping[str, Any]) -> ListCounts:
    """A row of the overview as a value."""
    return ListCounts(**{**row, "job": OpenJob(**row["job"]) if row["job"] else None})


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

    Raises NotFound when the user does not manage lists or an assignee is not of their organisation,
    Refused for a value that cannot be used.
    """
    check(asdict(settings))
    with db.transaction() as connection:
        values = {**asdict(settings), "name": settings.name.strip()}
        row = one(connection, SQL.create, {**values, "user_id": user_id, "now": now})
        if row is None:
            raise NotFound("Only managers and admins can add lists.")
        where = {"organisation_id": row["organisation_id"], "list_id": row["id"]}
        _assign(connection, where, user_ids, team_ids)
        given = connection.execute(SQL.user_ids, where).fetchall()
        assigned = {"user_ids": sorted(user_ids), "team_ids": sorted(team_ids)}
        subject = f"list:{row['id']}"
        audit.keep(
            connection, row["organisation_id"], user_id, "list.create", subject, None, {**values, **assigned}
        )
        tell_panel(connection, row["organisation_id"], "lists", *(f"user:{u['user_id']}" for u in given))
        list_id: int = row["id"]
        return list_id


def drop_empty_list(db: Transactions, user_id: int, list_id: int) -> None:
    """Take back a list without prospects, as when its import came to nothing."""
    with db.transaction() as connection:
        row = one(connection, SQL.drop_empty, {"user_id": user_id, "list_id": list_id})
        if row is not None:
            organisation_id, before = row["organisation_id"], {"name": row["name"]}
            audit.keep(connection, organisation_id, user_id, "list.drop", f"list:{list_id}", before, None)
            tell_panel(connection, organisation_id, "lists")


def edit(
    db: Transactions,
    user_id: int,
    list_id: int,
    version: int,
    change: ListEdit,
    now: datetime,
    *,
    may_interrupt: Collection[int] | None = None,
) -> int:
    """Change a list, its assignment with it, in one go; returns the new version (LPL-13).

    ``version`` is the one the change was made from: Conflict if there is a newer one. Users who lose
    the list give back at once what they hold and have not dialed; a live call goes on. Those of them
    who are dialing must be in ``may_interrupt`` (None: whoever it is), else StillDialing.
    Raises NotFound for a list, user or team that the user does not manage, Refused for a value that
    cannot be used.
    """
    given = {f.name: value for f in fields(change) if (value := getattr(change, f.name)) is not None}
    check(given)
    with db.transaction() as connection:
        held = _lock(connection, user_id, list_id, version)
        where = {"organisation_id": held["organisation_id"], "list_id": list_id}
        before = {**held, **_assigned(connection, where)}
        after = {**before, **given}
        for kind in ("user_ids", "team_ids"):
            after[kind] = sorted(set(after[kind]))
        after["name"] = after["name"].strip()
        if after == before:
            return version
        had = _users(connection, where)
        if any(after[kind] != before[kind] for kind in ("user_ids", "team_ids")):
            connection.execute(SQL.unassign_all, where)
            _assign(connection, where, after["user_ids"], after["team_ids"], had=before["user_ids"])
        has = _users(connection, where)
        _ask_before_interrupting(connection, where, had - has, may_interrupt)
        saved = one(connection, SQL.edit, {**where, **after, "version": version})
        assert saved is not None, "the row is locked"
        after["version"] = saved["version"]
        audit.keep(
            connection, where["organisation_id"], user_id, "list.edit", f"list:{list_id}", before, after
        )
        if had != has:
            sharing.rights_changed(connection, where["organisation_id"], [list_id], now)
        elif before["batch_size"] != after["batch_size"]:
            sharing.equalise(connection, where["organisation_id"], list_id, now)
        topics = [f"user:{one_id}" for one_id in sorted(had ^ has)]
        tell_panel(connection, where["organisation_id"], "lists", f"list:{list_id}", *topics)
        wake_dialer(connection)
        return int(saved["version"])


def edits_since(db: Transactions, user_id: int, list_id: int, version: int) -> list[PastEdit]:
    """Who changed what since this version of the list, oldest first. Raises NotFound."""
    with db.transaction() as connection:
        found = one(connection, SQL.settings, {"user_id": user_id, "list_id": list_id})
        if found is None:
            raise NotFound("There is no such list.")
        asked = {
            "organisation_id": found["organisation_id"],
            "subject": f"list:{list_id}",
            "version": version,
        }
        return [PastEdit(**row) for row in connection.execute(SQL.edits_since, asked)]


def archive(db: Transactions, user_id: int, list_id: int, version: int, now: datetime) -> None:
    """Put the list out of sight: nobody dials it any more, its records stay.

    Raises NotFound, Conflict when somebody edited it meanwhile, Refused while somebody dials it or
    an import or reset of it is open.
    """
    with db.transaction() as connection:
        held = _lock(connection, user_id, list_id, version)
        where = {"organisation_id": held["organisation_id"], "list_id": list_id}
        if connection.execute(SQL.dialing, where).fetchone():
            raise Refused("Somebody is dialing this list; wait until they end their session.")
        if connection.execute(SQL.open_job, where).fetchone():
            raise Refused("An import or reset of this list is open; wait until it is done, or cancel it.")
        users = _users(connection, where)
        connection.execute(SQL.archive, {**where, "version": version, "now": now})
        sharing.rights_changed(connection, where["organisation_id"], [list_id], now)
        subject, names = f"list:{list_id}", {"name": held["name"]}
        shown, archived = {**names, "archived": False}, {**names, "archived": True}
        audit.keep(connection, where["organisation_id"], user_id, "list.archive", subject, shown, archived)
        topics = [f"user:{one_id}" for one_id in sorted(users)]
        tell_panel(connection, where["organisation_id"], "lists", f"list:{list_id}", *topics)


def my_lists(db: Transactions, user_id: int) -> list[MyList]:
    """The lists assigned to the user, by name or through a team."""
    with db.transaction() as connection:
        return [MyList(**row) for row in connection.execute(SQL.my_lists, {"user_id": user_id}).fetchall()]


def check(values: Mapping[str, Any]) -> None:
    """Raises Refused for the first of a list's settings that cannot be used; what is not given is fine."""
    name = values.get("name")
    if name is not None and not 1 <= len(name.strip()) <= 120:
        raise Refused("Give the list a name of 1 to 120 characters.")
    for key, low, high, wrong in (
        ("batch_size", 1, MAX_BATCH, sentence("The batch size must be a whole number from 1 to 1,000,000.")),
        ("retain_h", 1, 8760, sentence("Prospects can be retained for 1 to 8,760 hours.")),
        ("max_attempts", 1, 100, sentence("Attempts per prospect must be a whole number from 1 to 100.")),
        ("ring_s", 15, 120, sentence("The ring time must be 15 to 120 seconds.")),
        ("lines_per_agent", 1, 10, sentence("Lines per agent must be a number from 1 to 10.")),
    ):
        if key in values and not low <= values[key] <= high:
            raise Refused(wrong)
    if "calling_from" in values and values["calling_from"] == values["calling_until"]:
        raise Refused("Calling hours that end when they begin leave no time to call; change one of them.")
    if values.get("kind", "lead_pool") not in ("lead_pool", "normal"):
        raise Refused("A list is a lead pool list or a normal one.")
    if values.get("phone_field", "phone") not in PHONE_FIELDS:
        raise Refused("The Phone Field must be phone, mobile_phone or work_phone.")
    sort_by = values.get("sort_by", "upload")
    if sort_by not in {"upload", "random", *(f.name for f in FIELDS)} and not sort_by.startswith("custom:"):
        raise Refused(
            "Sort by upload, random, a standard field's name, or custom: and a custom field's label."
        )


def _lock(connection: Connection, user_id: int, list_id: int, version: int) -> dict[str, Any]:
    held = one(connection, SQL.lock_managed, {"user_id": user_id, "list_id": list_id})
    if held is None:
        raise NotFound("There is no such list.")
    if held["version"] != version:
        asked = {**held, "subject": f"list:{list_id}", "version": version}
        names = {row["by"] for row in connection.execute(SQL.edits_since, asked)} - {None}
        who = tuple(sorted(names)) or sentence("Somebody else")
        raise Conflict("%(who)s changed this list meanwhile; look at it again before you save.", who=who)
    return dict(held)


def _assigned(connection: Connection, where: dict[str, Any]) -> dict[str, Any]:
    return dict(one(connection, SQL.assigned_ids, where) or {})


def _users(connection: Connection, where: dict[str, Any]) -> set[int]:
    return {row["user_id"] for row in connection.execute(SQL.user_ids, where)}


def _assign(
    connection: Connection,
    where: dict[str, Any],
    user_ids: Collection[int],
    team_ids: Collection[int],
    had: Collection[int] = (),
) -> None:
    users = connection.execute(SQL.assign_users, {**where, "user_ids": list(user_ids), "had": list(had)})
    teams = connection.execute(SQL.assign_teams, {**where, "team_ids": list(team_ids)})
    if users.rowcount != len(set(user_ids)) or teams.rowcount != len(set(team_ids)):
        raise NotFound("One of the chosen users or teams is not there any more; choose again.")


def _ask_before_interrupting(
    connection: Connection, where: dict[str, Any], lose: set[int], may_interrupt: Collection[int] | None
) -> None:
    if may_interrupt is None or not lose:
        return
    dialing = {row["id"]: row["name"] for row in connection.execute(SQL.dialing, where)}
    asked = {user_id: dialing[user_id] for user_id in dialing if user_id in lose - set(may_interrupt)}
    if asked:
        raise StillDialing(asked)
