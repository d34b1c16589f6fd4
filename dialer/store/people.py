"""Organisations, their users and teams, and signing in."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from dialer import passwords
from dialer.db import Connection, Transactions, one
from dialer.errors import NotFound, Refused
from dialer.live import tell_panel
from dialer.sql import load

SQL = load("people")


class Role(StrEnum):
    """What a user may do; the values are the SQL text."""

    SUPER_ADMIN = "super_admin"
    ADMIN = "admin"
    MANAGER = "manager"
    AGENT = "agent"
    DIALING_AGENT = "dialing_agent"

    @property
    def manages_lists(self) -> bool:
        """Sees and edits every list of the organisation (ORG-2)."""
        return self in (Role.SUPER_ADMIN, Role.ADMIN, Role.MANAGER)


@dataclass(frozen=True, slots=True)
class Organisation:
    """One tenant; ``time_zone`` is an IANA name."""

    id: int
    name: str
    country: str
    time_zone: str
    lead_pool_sessions: bool
    import_queue: bool
    wrap_up_s: int


@dataclass(frozen=True, slots=True)
class User:
    """Someone who signs in. ``fingerprint`` changes with the password and ends old sign-ins."""

    organisation_id: int
    id: int
    name: str
    email: str
    role: Role
    extension: str | None
    phone_mode: str
    caller_id: str | None
    locale: str
    active: bool
    organisation_name: str
    time_zone: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Team:
    """A named group of users."""

    organisation_id: int
    id: int
    name: str
    members: int


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

    Raises Refused when the name is taken or the zone unknown.
    """
    try:
        ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError):
        raise Refused(f"There is no time zone named {time_zone}; use one like Europe/Stockholm.") from None
    try:
        with db.transaction() as connection:
            row = one(
                connection,
                SQL.create_organisation,
                {"name": name.strip(), "country": country, "time_zone": time_zone, "now": now},
            )
            assert row is not None
            for position, (label, effect, retry_after) in enumerate(CALL_RESULTS, start=1):
                connection.execute(
                    SQL.add_call_result,
                    {
                        "organisation_id": row["id"],
                        "label": label,
                        "effect": effect,
                        "retry_after": retry_after,
                        "position": position,
                    },
                )
            return Organisation(**row)
    except psycopg.errors.UniqueViolation:
        raise Refused(f"There is already an organisation named {name}; choose another name.") from None


def organisations(db: Transactions) -> list[Organisation]:
    """Every organisation by name. Needs the whole database."""
    with db.transaction() as connection:
        return [Organisation(**row) for row in connection.execute(SQL.organisations).fetchall()]


def organisation_by_name(db: Transactions, name: str) -> Organisation | None:
    """The organisation with this name, upper and lower case alike."""
    with db.transaction() as connection:
        row = one(connection, SQL.organisation_by_name, {"name": name})
        return Organisation(**row) if row else None


def organisation(db: Transactions, organisation_id: int) -> Organisation:
    """The organisation. Raises NotFound."""
    with db.transaction() as connection:
        row = one(connection, SQL.organisation, {"organisation_id": organisation_id})
        if row is None:
            raise NotFound("There is no such organisation.")
        return Organisation(**row)


def create_user(
    db: Transactions,
    organisation_id: int,
    now: datetime,
    *,
    name: str,
    email: str,
    password: str,
    role: Role | str = Role.AGENT,
    extension: str | None = None,
    sip_secret: str | None = None,
    pin: str | None = None,
    phone_mode: str = "stay_connected",
    caller_id: str | None = None,
    locale: str = "en",
) -> User:
    """Register a user. With an extension and no secret, a SIP secret is made up.

    Raises Refused when the e-mail or extension is taken or a value cannot be used.
    """
    if len(password) < passwords.MIN_LENGTH:
        raise Refused("The password is too short; use at least eight characters.")
    values: dict[str, Any] = {
        "organisation_id": organisation_id,
        "name": name.strip(),
        "email": email.strip(),
        "password_hash": passwords.hash_password(password),
        "role": Role(role).value,
        "extension": extension,
        "sip_secret": (sip_secret or secrets.token_urlsafe(18)) if extension else None,
        "pin_hash": passwords.hash_password(pin) if pin else None,
        "phone_mode": phone_mode,
        "caller_id": caller_id,
        "locale": locale,
        "now": now,
    }
    try:
        with db.transaction() as connection:
            row = one(connection, SQL.create_user, values)
            assert row is not None
            return _user(connection, row["id"])
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name == "app_user_extension":
            raise Refused(f"Extension {extension} belongs to somebody else; choose another.") from None
        raise Refused(f"{email.strip()} is already registered; use another e-mail address.") from None
    except psycopg.errors.ForeignKeyViolation:
        raise NotFound("There is no such organisation.") from None
    except psycopg.errors.CheckViolation as error:
        raise Refused(
            f"A value cannot be used: {_BAD_VALUE.get(_column(error), 'check them all')}."
        ) from None


def user(db: Transactions, user_id: int) -> User:
    """The user. Raises NotFound, also for another organisation's."""
    with db.transaction() as connection:
        return _user(connection, user_id)


def user_by_email(db: Transactions, email: str) -> User | None:
    """The user who signs in with this e-mail address, upper and lower case alike."""
    with db.transaction() as connection:
        row = one(connection, SQL.user_by_email, {"email": email.strip()})
        return _as_user(row) if row else None


def sign_in(db: Transactions, email: str, password: str) -> User | None:
    """The active user whom e-mail and password name, else None: which of the two was wrong stays unsaid.

    The answer takes as long for an unknown e-mail as for a wrong password.
    """
    with db.transaction() as connection:
        row = one(connection, SQL.user_by_email, {"email": email.strip()})
    stored = row["password_hash"] if row else None
    if not passwords.matches(stored, password) or row is None or not row["active"]:
        return None
    if passwords.outdated(row["password_hash"]):
        set_password(db, row["id"], password)
        return user(db, row["id"])
    return _as_user(row)


def set_password(db: Transactions, user_id: int, password: str) -> None:
    """Give the user a new password; sign-ins made with the old one end. Raises NotFound, Refused."""
    if len(password) < passwords.MIN_LENGTH:
        raise Refused("The password is too short; use at least eight characters.")
    hashed = passwords.hash_password(password)
    with db.transaction() as connection:
        if one(connection, SQL.set_password, {"user_id": user_id, "password_hash": hashed}) is None:
            raise NotFound("There is no such user.")


def set_locale(db: Transactions, user_id: int, locale: str) -> None:
    """Choose the user's language: en or sv. Raises NotFound."""
    with db.transaction() as connection:
        if one(connection, SQL.set_locale, {"user_id": user_id, "locale": locale}) is None:
            raise NotFound("There is no such user.")


def set_active(db: Transactions, user_id: int, active: bool) -> None:
    """Let the user sign in, or not any more. Raises NotFound."""
    with db.transaction() as connection:
        if one(connection, SQL.set_active, {"user_id": user_id, "active": active}) is None:
            raise NotFound("There is no such user.")


def people(db: Transactions, organisation_id: int) -> list[User]:
    """The organisation's active users by name."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.people, {"organisation_id": organisation_id}).fetchall()
        return [_as_user(row) for row in rows]


def create_team(db: Transactions, organisation_id: int, name: str) -> Team:
    """Make an empty team. Raises Refused when the name is taken."""
    try:
        with db.transaction() as connection:
            row = one(connection, SQL.create_team, {"organisation_id": organisation_id, "name": name.strip()})
            assert row is not None
            return Team(organisation_id, row["id"], name.strip(), 0)
    except psycopg.errors.UniqueViolation:
        raise Refused(f"There is already a team named {name}; choose another name.") from None


def teams(db: Transactions, organisation_id: int) -> list[Team]:
    """The organisation's teams by name."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.teams, {"organisation_id": organisation_id}).fetchall()
        return [Team(**row) for row in rows]


def join_team(db: Transactions, team_id: int, user_id: int) -> None:
    """Put the user in the team: its lists appear for them at once (ORG-3). Raises NotFound."""
    with db.transaction() as connection:
        connection.execute(SQL.join_team, {"team_id": team_id, "user_id": user_id})
        row = one(connection, SQL.is_member, {"team_id": team_id, "user_id": user_id})
        if row is None:
            raise NotFound("There is no such team or user in this organisation.")
        tell_panel(connection, row["organisation_id"], f"user:{user_id}", "lists")


def leave_team(db: Transactions, team_id: int, user_id: int) -> None:
    """Take the user out of the team: its lists vanish for them at once (ORG-3)."""
    with db.transaction() as connection:
        row = one(connection, SQL.leave_team, {"team_id": team_id, "user_id": user_id})
        if row is not None:
            tell_panel(connection, row["organisation_id"], f"user:{user_id}", "lists")


def _user(connection: Connection, user_id: int) -> User:
    row = one(connection, SQL.user, {"user_id": user_id})
    if row is None:
        raise NotFound("There is no such user.")
    return _as_user(row)


def _as_user(row: dict[str, Any]) -> User:
    values = dict(row)
    fingerprint = hashlib.sha256(values.pop("password_hash").encode()).hexdigest()[:16]
    return User(**{**values, "role": Role(values["role"]), "fingerprint": fingerprint})


_BAD_VALUE = {
    "name": "the name is empty",
    "email": "the e-mail address has no @",
    "extension": "an extension has two to ten digits",
    "caller_id": "a caller ID looks like +15551234567",
    "locale": "the language must be en or sv",
    "phone_mode": "the phone mode must be stay_connected or ring_each_call",
}


def _column(error: psycopg.Error) -> str:
    return (error.diag.constraint_name or "").removeprefix("app_user_").removesuffix("_check")
