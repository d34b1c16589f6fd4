"""Users: making one, finding one, signing in, and what everybody changes of themselves."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from dialer import passwords
from dialer.db import Connection, Transactions, one
from dialer.errors import BadValue, Forbidden, NotFound, Refused
from dialer.registrations import LOCALES, Registration, check_pin, check_sip_secret, checked
from dialer.roles import Role as Role
from dialer.roles import grantable
from dialer.sql import load
from dialer.store import audit

SQL = load("people")


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
    phone_kind: str
    caller_id: str | None
    locale: str
    active: bool
    takes_leads: bool
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
    by: int | None = None,
) -> User:
    """Register a user. With an extension and no secret, a SIP secret is made up.

    ``by`` is the user who does it, None the command line. Raises Forbidden when they may not, Refused
    when the e-mail or extension is taken or a value cannot be used.
    """
    given = Registration(
        name=name,
        email=email,
        role=Role(role),
        extension=extension,
        phone_mode=phone_mode,
        caller_id=caller_id,
        locale=locale,
    )
    with one_of_a_kind(), db.transaction() as connection:
        if by is not None and given.role not in grantable(role_of(connection, by)):
            raise Forbidden("Your role does not let you register users with this role.")
        user_id = insert(
            connection, organisation_id, given, now, password=password, sip_secret=sip_secret, pin=pin
        )
        shown = ("name", "email", "role", "extension", "phone_mode", "caller_id", "locale")
        after = {name: getattr(given, name) for name in shown if getattr(given, name) is not None}
        audit.keep(connection, organisation_id, by, "user.add", f"user:{user_id}", None, after)
        return _user(connection, user_id)


def insert(
    connection: Connection,
    organisation_id: int,
    given: Registration,
    now: datetime,
    *,
    password: str,
    sip_secret: str | None = None,
    pin: str | None = None,
) -> int:
    """Add the row of a user and return the id, inside ``one_of_a_kind``. Whether one may is asked before."""
    organisation = one(connection, SQL.organisation, {"organisation_id": organisation_id})
    if organisation is None:
        raise NotFound("There is no such organisation.")
    given = checked(given, organisation["country"])
    for secret, check in ((sip_secret, check_sip_secret), (pin, check_pin)):
        if secret:
            check(secret)
    row = one(
        connection,
        SQL.create_user,
        {
            "organisation_id": organisation_id,
            "name": given.name,
            "email": given.email,
            "password_hash": _new_hash(password),
            "role": given.role.value,
            "extension": given.extension,
            "sip_secret": (sip_secret or secrets.token_urlsafe(18)) if given.extension else None,
            "pin_hash": passwords.hash_password(pin) if pin else None,
            "phone_mode": given.phone_mode,
            "phone_kind": given.phone_kind,
            "caller_id": given.caller_id,
            "locale": given.locale,
            "active": given.active,
            "now": now,
        },
    )
    assert row is not None
    user_id: int = row["id"]
    return user_id


@contextmanager
def one_of_a_kind() -> Iterator[None]:
    """Say an e-mail or extension that is taken as a sentence. Raises BadValue."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        match error.diag.constraint_name:
            case "app_user_extension":
                raise BadValue(
                    "extension", "This extension belongs to somebody else; choose another."
                ) from None
            case "app_user_email":
                raise BadValue("email", "This e-mail address is already registered; use another.") from None
        raise


def role_of(connection: Connection, user_id: int) -> Role:
    """The user's role at this moment. Raises Forbidden for one who is no longer active."""
    row = one(connection, SQL.actor, {"user_id": user_id})
    if row is None:
        raise Forbidden("Your account is not active any more.")
    return Role(row["role"])


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
        with db.transaction() as connection:
            hashed = passwords.hash_password(password)
            connection.execute(
                SQL.rehash_password,
                {"user_id": row["id"], "was": row["password_hash"], "password_hash": hashed},
            )
        return user(db, row["id"])
    return _as_user(row)


def set_password(db: Transactions, user_id: int, password: str, *, by: int | None = None) -> None:
    """Give the user a new password; sign-ins made with the old one end. Raises NotFound, Refused."""
    with db.transaction() as connection:
        organisation_id = write_password(connection, user_id, password)
        note_secret(connection, organisation_id, by, user_id, "password")


def change_password(db: Transactions, user_id: int, old: str, new: str) -> User:
    """The user's own change: with the old password. Raises Refused when that is wrong, or the new short."""
    with db.transaction() as connection:
        row = one(connection, SQL.password_hash, {"user_id": user_id})
    if not passwords.matches(row["password_hash"] if row else None, old):
        raise Refused("The old password is wrong.")
    set_password(db, user_id, new, by=user_id)
    return user(db, user_id)


def set_pin(db: Transactions, user_id: int, pin: str | None, *, by: int | None = None) -> None:
    """Give the user a PIN for logging in from the phone, None takes it away. Raises NotFound, Refused."""
    with db.transaction() as connection:
        organisation_id = write_pin(connection, user_id, pin)
        note_secret(connection, organisation_id, by, user_id, "pin", removed=pin is None)


def write_password(connection: Connection, user_id: int, password: str) -> int:
    """Store the hash of a new password; returns the user's organisation. Raises NotFound, Refused."""
    return _write(connection, SQL.set_password, user_id, "password_hash", _new_hash(password))


def write_pin(connection: Connection, user_id: int, pin: str | None) -> int:
    """Store the hash of a new PIN, or none; returns the user's organisation. Raises NotFound, Refused."""
    if pin is not None:
        check_pin(pin)
    hashed = passwords.hash_password(pin) if pin is not None else None
    return _write(connection, SQL.set_pin, user_id, "pin_hash", hashed)


def _write(connection: Connection, query: str, user_id: int, column: str, hashed: str | None) -> int:
    row = one(connection, query, {"user_id": user_id, column: hashed})
    if row is None:
        raise NotFound("There is no such user.")
    organisation_id: int = row["organisation_id"]
    return organisation_id


def note_secret(
    connection: Connection,
    organisation_id: int,
    by: int | None,
    user_id: int,
    name: str,
    *,
    removed: bool = False,
) -> None:
    """Say in the audit log that a secret changed, and never what it is."""
    after = {name: "removed" if removed else "changed"}
    audit.keep(connection, organisation_id, by, "user.edit", f"user:{user_id}", {}, after)


def set_locale(db: Transactions, user_id: int, locale: str) -> None:
    """Choose the user's language: en or sv. Raises NotFound, Refused."""
    if locale not in LOCALES:
        raise Refused("The language must be en or sv.")
    with db.transaction() as connection:
        if one(connection, SQL.set_locale, {"user_id": user_id, "locale": locale}) is None:
            raise NotFound("There is no such user.")


def people(db: Transactions, organisation_id: int) -> list[User]:
    """The organisation's active users by name."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.people, {"organisation_id": organisation_id}).fetchall()
        return [_as_user(row) for row in rows]


def _new_hash(password: str) -> str:
    if len(password) < passwords.MIN_LENGTH:
        raise BadValue("password", "The password is too short; use at least eight characters.")
    if len(password) > passwords.MAX_LENGTH:
        raise BadValue("password", "The password is too long; use at most 1000 characters.")
    return passwords.hash_password(password)


def _user(connection: Connection, user_id: int) -> User:
    row = one(connection, SQL.user, {"user_id": user_id})
    if row is None:
        raise NotFound("There is no such user.")
    return _as_user(row)


def _as_user(row: dict[str, Any]) -> User:
    values = dict(row)
    fingerprint = hashlib.sha256(values.pop("password_hash").encode()).hexdigest()[:16]
    return User(**{**values, "role": Role(values["role"]), "fingerprint": fingerprint})
