"""Organisations: making them, finding them, and their Org Details (ORG-1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg

from dialer.db import Connection, Transactions, one
from dialer.errors import BadValue, Forbidden, NotFound
from dialer.live import tell_panel
from dialer.phone_numbers import UnusableNumber, is_country, normalise
from dialer.registrations import Registration
from dialer.roles import Role
from dialer.sql import load
from dialer.store import audit, people
from dialer.store.company_rows import first_pause_reasons

SQL = load("organisations")


@dataclass(frozen=True, slots=True)
class Organisation:
    """One tenant; ``time_zone`` is an IANA name, ``agent_leg_caller_id`` empty for none."""

    id: int
    name: str
    country: str
    time_zone: str
    agent_leg_caller_id: str
    lead_pool_sessions: bool
    import_queue: bool
    wrap_up_s: int
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Details:
    """What a super admin decides of an organisation.

    ``agent_leg_caller_id`` is the number on an agent's phone when it rings. Lead pools are offered
    where both ``lead_pool_sessions`` and ``import_queue`` are on (LPL-2).
    """

    name: str
    country: str = "US"
    time_zone: str = "America/New_York"
    agent_leg_caller_id: str = ""
    lead_pool_sessions: bool = True
    import_queue: bool = True


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """A line of the table of organisations."""

    organisation: Organisation
    users: int
    lists: int


# What a new organisation starts with: each effect of LPS-6 at least once.
CALL_RESULTS: tuple[tuple[str, str, timedelta | None], ...] = (
    ("Sale", "final", None),
    ("Appointment set", "final", None),
    ("Interested, call later", "follow_up", None),
    ("Call back later", "retry", timedelta(hours=4)),
    ("Decision maker not in", "retry", timedelta(days=1)),
    ("Left voicemail", "retry", timedelta(days=1)),
    ("No answer on transfer", "retry", timedelta(hours=2)),
    ("Bad connection", "retry", timedelta(minutes=15)),
    ("Not interested", "final", None),
    ("Does not qualify", "final", None),
    ("Wrong number", "wrong_number", None),
    ("Do not call again", "do_not_call", None),
)


def create_organisation(
    db: Transactions, name: str, now: datetime, *, country: str = "US", time_zone: str = "America/New_York"
) -> Organisation:
    """Make an organisation with its first call results. Needs the whole database.

    Raises BadValue when the name is taken or a value cannot be used.
    """
    return create(db, Details(name, country, time_zone), now)


def create(
    db: Transactions,
    given: Details,
    now: datetime,
    *,
    admin: Registration | None = None,
    password: str = "",
    by: int | None = None,
) -> Organisation:
    """Make an organisation with its first call results and, if given, its first admin: all or nothing.

    Needs the whole database. Raises Forbidden unless ``by`` is a super admin or the command line,
    BadValue when a name or e-mail is taken or a value cannot be used.
    """
    details = checked(given)
    with _one_name(), people.one_of_a_kind(), db.transaction() as connection:
        require_super_admin(connection, by)
        row = one(connection, SQL.create_organisation, {**asdict(details), "now": now})
        assert row is not None
        made = Organisation(**row)
        _add_call_results(connection, made.id)
        first_pause_reasons(connection, made.id)
        subject = f"organisation:{made.id}"
        audit.keep(connection, made.id, by, "organisation.add", subject, None, asdict(details))
        if admin is not None:
            first = replace(admin, role=Role.ADMIN)
            user_id = people.insert(connection, made.id, first, now, password=password)
            after = {"name": first.name, "email": first.email, "role": first.role.value}
            audit.keep(connection, made.id, by, "user.add", f"user:{user_id}", None, after)
        return made


def edit(
    db: Transactions, organisation_id: int, given: Details, version: int, *, by: int | None = None
) -> None:
    """Change the Org Details. Needs the whole database.

    Raises Conflict when somebody saved since ``version``, Forbidden unless ``by`` is a super admin or
    the command line, BadValue when the name is taken or a value cannot be used.
    """
    details = checked(given)
    with _one_name(), db.transaction() as connection:
        require_super_admin(connection, by)
        before = _organisation(connection, organisation_id)
        values = {**asdict(details), "organisation_id": organisation_id, "version": version}
        subject = f"organisation:{organisation_id}"
        if one(connection, SQL.edit, values) is None:
            raise audit.conflict(connection, organisation_id, subject)
        was = {name: getattr(before, name) for name in asdict(details)}
        audit.keep(connection, organisation_id, by, "organisation.edit", subject, was, asdict(details))
        tell_panel(connection, organisation_id, "organisation", "lists")


def checked(given: Details) -> Details:
    """The details with their values tidied. Raises BadValue for the first that cannot be used."""
    name = " ".join(given.name.split())
    if not name:
        raise BadValue("name", "Give the organisation a name.")
    if len(name) > 200:
        raise BadValue("name", "The name is too long; use at most 200 characters.")
    country = given.country.strip().upper()
    if not is_country(country):
        raise BadValue("country", "There is no such country; use its two letters, like US or SE.")
    try:
        ZoneInfo(given.time_zone)
    except (KeyError, ValueError, OSError):
        raise BadValue(
            "time_zone", "There is no time zone named so; use one like Europe/Stockholm."
        ) from None
    caller_id = given.agent_leg_caller_id.strip()
    try:
        caller_id = normalise(caller_id, country) if caller_id else ""
    except UnusableNumber:
        raise BadValue("agent_leg_caller_id", "A caller ID looks like +15551234567.") from None
    return replace(given, name=name, country=country, agent_leg_caller_id=caller_id)


def require_super_admin(connection: Connection, by: int | None) -> None:
    """Raises Forbidden for anybody but a super admin; None is the command line, which may."""
    if by is not None and people.role_of(connection, by) is not Role.SUPER_ADMIN:
        raise Forbidden("Only a super admin looks after organisations.")


def organisations(db: Transactions) -> list[Organisation]:
    """Every organisation by name. Needs the whole database."""
    with db.transaction() as connection:
        return [Organisation(**row) for row in connection.execute(SQL.organisations).fetchall()]


def overview(db: Transactions) -> list[OrganisationRow]:
    """Every organisation by name, with how many users and lists it has. Needs the whole database."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.overview).fetchall()
    return [
        OrganisationRow(users=row.pop("users"), lists=row.pop("lists"), organisation=Organisation(**row))
        for row in rows
    ]


def organisation_by_name(db: Transactions, name: str) -> Organisation | None:
    """The organisation with this name, upper and lower case alike."""
    with db.transaction() as connection:
        row = one(connection, SQL.organisation_by_name, {"name": name})
        return Organisation(**row) if row else None


def organisation(db: Transactions, organisation_id: int) -> Organisation:
    """The organisation. Raises NotFound."""
    with db.transaction() as connection:
        return _organisation(connection, organisation_id)


def _organisation(connection: Connection, organisation_id: int) -> Organisation:
    row = one(connection, SQL.organisation, {"organisation_id": organisation_id})
    if row is None:
        raise NotFound("There is no such organisation.")
    return Organisation(**row)


def _add_call_results(connection: Connection, organisation_id: int) -> None:
    for position, (label, effect, retry_after) in enumerate(CALL_RESULTS, start=1):
        values = {"label": label, "effect": effect, "retry_after": retry_after, "position": position}
        connection.execute(SQL.add_call_result, {**values, "organisation_id": organisation_id})


@contextmanager
def _one_name() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        if error.diag.table_name != "organisation":
            raise
        raise BadValue("name", "There is already an organisation with this name; choose another.") from None
