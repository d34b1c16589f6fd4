"""User Registration: the organisation's users as its managers see and change them (ORG-5)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from typing import Any

from dialer.db import Connection, Transactions, one
from dialer.errors import Forbidden, NotFound, Refused
from dialer.live import tell_panel
from dialer.registrations import Registration, check_sip_secret, checked
from dialer.roles import Role, grantable, may_change
from dialer.sql import load
from dialer.store import audit, people, sharing

SQL = load("users")

PAGE = 100
"""Users on a page of the table."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of users."""

    id: int
    name: str
    email: str
    role: Role
    extension: str | None
    phone_mode: str
    phone_kind: str
    active: bool
    teams: list[str]


@dataclass(frozen=True, slots=True)
class Registered:
    """A user as registered, with what the form must know besides."""

    organisation_id: int
    id: int
    version: int
    created_at: datetime
    has_pin: bool
    registration: Registration


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is set anew in an edit; None leaves it as it is. An empty ``pin`` takes the PIN away."""

    password: str | None = None
    sip_secret: str | None = None
    pin: str | None = None


def page(
    db: Transactions,
    organisation_id: int,
    *,
    search: str = "",
    role: Role | None = None,
    team_id: int | None = None,
    active: bool | None = None,
    number: int = 1,
) -> tuple[list[Row], int]:
    """A page of the users by name, and how many fit the filters in all.

    ``search`` looks in name, e-mail and extension.
    """
    wanted = _wanted(organisation_id, search, role, team_id, active)
    with db.transaction() as connection:
        asked = {**wanted, "limit": PAGE, "offset": (number - 1) * PAGE}
        rows = connection.execute(SQL.page, asked).fetchall()
    found = rows[0]["found"] if rows else 0
    names = [column.name for column in fields(Row)]
    return [Row(**{**{name: row[name] for name in names}, "role": Role(row["role"])}) for row in rows], found


def listing(
    db: Transactions,
    organisation_id: int,
    *,
    search: str = "",
    role: Role | None = None,
    team_id: int | None = None,
    active: bool | None = None,
    after_id: int | None = None,
    limit: int = PAGE,
) -> list[Registered]:
    """At most ``limit`` users in the order of their ids, from the one after ``after_id``.

    Nobody who is registered meanwhile shifts the pages: for programs. Filters as in ``page``.
    """
    wanted = _wanted(organisation_id, search, role, team_id, active)
    with db.transaction() as connection:
        asked = {**wanted, "after_id": after_id or 0, "limit": limit}
        return [_as_registered(row) for row in connection.execute(SQL.listing, asked).fetchall()]


def registered(db: Transactions, user_id: int) -> Registered:
    """The user as registered. Raises NotFound."""
    with db.transaction() as connection:
        return _registered(connection, user_id)


def register(
    db: Transactions,
    organisation_id: int,
    given: Registration,
    now: datetime,
    *,
    password: str,
    sip_secret: str | None = None,
    pin: str | None = None,
    by: int | None = None,
) -> tuple[int, str | None]:
    """Add a user; returns the id, and the SIP secret if one was made up: it is shown this once.

    Raises Forbidden when ``by`` may not, Refused when a value is taken or cannot be used.
    """
    made_up = secrets.token_urlsafe(18) if given.extension and not sip_secret else None
    with people.one_of_a_kind(), db.transaction() as connection:
        if by is not None and not may_change(people.role_of(connection, by), given.role):
            raise Forbidden("Your role does not let you register users with this role.")
        user_id = people.insert(
            connection,
            organisation_id,
            given,
            now,
            password=password,
            sip_secret=sip_secret or made_up,
            pin=pin,
        )
        added = _registered(connection, user_id)
        _apply(connection, added, _checked(connection, organisation_id, given), now, Secrets(), None)
        after = describe(connection, _registered(connection, user_id))
        audit.keep(connection, organisation_id, by, "user.add", f"user:{user_id}", None, after)
    return user_id, made_up


def edit(
    db: Transactions,
    user_id: int,
    given: Registration,
    version: int,
    now: datetime,
    *,
    new: Secrets | None = None,
    by: int | None = None,
) -> str | None:
    """Change a user; returns the SIP secret if one was made up, because the user got an extension.

    Somebody who is not active any more, or leaves a team, gives back at once what they held of the
    lists that they may no longer dial. Raises Conflict when somebody else saved since ``version``,
    Forbidden when ``by`` may not, Refused when a value is taken or cannot be used.
    """
    with people.one_of_a_kind(), db.transaction() as connection:
        return _edit(connection, _registered(connection, user_id), given, version, now, new or Secrets(), by)


def set_active(db: Transactions, user_id: int, active: bool, now: datetime, *, by: int | None = None) -> None:
    """Let the user sign in, or not any more: then what they hold goes back and their session ends.

    Raises NotFound, Forbidden, Refused.
    """
    with db.transaction() as connection:
        found = _registered(connection, user_id)
        wanted = replace(found.registration, active=active)
        _edit(connection, found, wanted, found.version, now, Secrets(), by)


def new_sip_secret(db: Transactions, user_id: int, *, by: int | None = None) -> str:
    """Make up a new SIP secret for the user's phone; it is shown this once. Raises Forbidden, Refused."""
    made_up = secrets.token_urlsafe(18)
    with db.transaction() as connection:
        found = _registered(connection, user_id)
        _require(connection, found, found.registration, by)
        row = one(connection, SQL.set_sip_secret, {"user_id": user_id, "sip_secret": made_up})
        if row is None:
            raise Refused("This user has no extension; give them one first.")
        people.note_secret(connection, found.organisation_id, by, user_id, "sip_secret")
    return made_up


def known_words(db: Transactions, organisation_id: int) -> dict[str, list[str]]:
    """Skills, states, languages and products in use, to be offered in forms."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.known_words, {"organisation_id": organisation_id}).fetchall()
    return {row["kind"]: sorted(row["words"] or (), key=str.casefold) for row in rows}


def _wanted(
    organisation_id: int, search: str, role: Role | None, team_id: int | None, active: bool | None
) -> dict[str, Any]:
    escaped = search.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        "organisation_id": organisation_id,
        "search": f"%{escaped}%" if escaped else None,
        "role": role.value if role else None,
        "team_id": team_id,
        "active": active,
    }


def _edit(
    connection: Connection,
    found: Registered,
    given: Registration,
    version: int,
    now: datetime,
    new: Secrets,
    by: int | None,
) -> str | None:
    others = _lock_administrators(connection, found) if found.registration.role.administers else None
    found = _registered(connection, found.id)  # as it is, now that no other may take an admin away
    _require(connection, found, given, by)
    if others == set() and not (given.active and given.role.administers):
        raise Refused("This is the last active admin; make somebody else admin first.")
    given = _checked(connection, found.organisation_id, given)
    taken = {"user_id": found.id, "version": version, "active": given.active}
    if one(connection, SQL.take_version, taken) is None:
        raise audit.conflict(connection, found.organisation_id, f"user:{found.id}")
    before = describe(connection, found)
    fresh = given.extension is not None and found.registration.extension is None and not new.sip_secret
    made_up = secrets.token_urlsafe(18) if fresh else None
    _apply(connection, found, given, now, new, made_up)
    after = describe(connection, _registered(connection, found.id))
    audit.keep(
        connection, found.organisation_id, by, "user.edit", f"user:{found.id}", before, after | _said(new)
    )
    tell_panel(connection, found.organisation_id, f"user:{found.id}", f"ring:{found.id}", "lists")
    return made_up


def _require(connection: Connection, found: Registered, given: Registration, by: int | None) -> None:
    """Raises Forbidden when ``by`` may not make this of the user; the command line may anything."""
    if by is None:
        return
    present, actor = found.registration, people.role_of(connection, by)
    if by == found.id and (given.role is not present.role or not given.active):
        raise Forbidden("Nobody changes their own role or deactivates themselves; ask another admin.")
    if not may_change(actor, present.role):
        raise Forbidden("Your role does not let you change users with this role.")
    if given.role is not present.role and given.role not in grantable(actor, present.role):
        raise Forbidden("Your role does not let you give this role.")


def _lock_administrators(connection: Connection, but: Registered) -> set[int]:
    """The other active admins and super admins, of whom none is taken away until this is over."""
    rows = connection.execute(SQL.lock_administrators, {"organisation_id": but.organisation_id}).fetchall()
    return {row["id"] for row in rows} - {but.id}


def _checked(connection: Connection, organisation_id: int, given: Registration) -> Registration:
    row = one(connection, people.SQL.organisation, {"organisation_id": organisation_id})
    assert row is not None
    return checked(given, row["country"])


def _apply(
    connection: Connection,
    found: Registered,
    given: Registration,
    now: datetime,
    new: Secrets,
    made_up_secret: str | None,
) -> None:
    """Write teams, skills and the rest. Rights come first: lists are locked before an extension is."""
    of_user = {"organisation_id": found.organisation_id, "user_id": found.id}
    theirs = _lists_of(connection, of_user)
    team_ids = sorted(given.team_ids)
    connection.execute(SQL.leave_other_teams, {**of_user, "team_ids": team_ids})
    connection.execute(SQL.join_teams, {**of_user, "team_ids": team_ids})
    now_theirs = _lists_of(connection, of_user)
    switched = given.active is not found.registration.active
    concerned = theirs | now_theirs if switched else theirs ^ now_theirs
    if concerned:
        sharing.rights_changed(connection, found.organisation_id, sorted(concerned), now)
    connection.execute(SQL.drop_skills, of_user)
    skills, levels = list(given.skills), list(given.skills.values())
    connection.execute(SQL.add_skills, {**of_user, "skills": skills, "levels": levels})
    if new.sip_secret:
        check_sip_secret(new.sip_secret)
    columns = {each.name: getattr(given, each.name) for each in fields(Registration)}
    lists = {name: list(columns[name]) for name in ("states", "languages", "products", "works_days")}
    connection.execute(
        SQL.save, {**columns, **lists, **of_user, "sip_secret": new.sip_secret or made_up_secret}
    )
    if new.password:
        people.write_password(connection, found.id, new.password)
    if new.pin is not None:
        people.write_pin(connection, found.id, new.pin or None)


def _said(new: Secrets) -> dict[str, str]:
    """That a secret changed, for the audit log; never what it is."""
    said = {name: "changed" for name in ("password", "sip_secret", "pin") if getattr(new, name)}
    return {**said, "pin": "removed"} if new.pin == "" else said


def _lists_of(connection: Connection, of_user: dict[str, int]) -> set[int]:
    return {row["list_id"] for row in connection.execute(SQL.lists_of, of_user).fetchall()}


def _registered(connection: Connection, user_id: int) -> Registered:
    row = one(connection, SQL.registered, {"user_id": user_id})
    if row is None:
        raise NotFound("There is no such user.")
    return _as_registered(row)


def _as_registered(row: dict[str, Any]) -> Registered:
    values = {each.name: row[each.name] for each in fields(Registration)}
    for name in ("states", "languages", "products", "works_days"):
        values[name] = tuple(values[name])
    values |= {"role": Role(row["role"]), "team_ids": frozenset(row["team_ids"])}
    values["skills"] = dict(sorted(row["skills"].items(), key=lambda pair: pair[0].casefold()))
    head = {name: row[name] for name in ("organisation_id", "id", "version", "created_at", "has_pin")}
    return Registered(**head, registration=Registration(**values))


def describe(connection: Connection, found: Registered) -> dict[str, Any]:
    """The registration in the audit log's values: teams by name, times as text."""
    given = found.registration
    of_teams = {"organisation_id": found.organisation_id, "team_ids": sorted(given.team_ids)}
    teams = [row["name"] for row in connection.execute(SQL.team_names, of_teams).fetchall()]
    said = {each.name: getattr(given, each.name) for each in fields(Registration) if each.name != "team_ids"}
    for name, value in said.items():
        if isinstance(value, time):
            said[name] = value.isoformat("minutes")
        elif isinstance(value, tuple):
            said[name] = list(value)
    return said | {"teams": teams}
