"""Users and signing in."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import psycopg

from dialer import passwords
from dialer.db import Connection, Transactions, one
from dialer.errors import NotFound, Refused
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
