"""Tokens for the API: shown once, kept as a hash, never able to do more than their user (ORG-2)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dialer.db import Database, Transactions, one
from dialer.errors import NotFound, Refused
from dialer.sql import load
from dialer.store import audit, people
from dialer.store.people import Role, User

SQL = load("tokens")

PREFIX = "rp_"
"""Tells people, and searches for leaked secrets, whose token it is."""

_TOUCH_AFTER = timedelta(minutes=1)


class Scope(StrEnum):
    """What a token may be used for; the values are the SQL text."""

    LISTS_READ = "lists:read"
    LISTS_WRITE = "lists:write"
    LEADS_READ = "leads:read"
    LEADS_WRITE = "leads:write"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    CALLS_READ = "calls:read"
    COMPANY_READ = "company:read"
    COMPANY_WRITE = "company:write"


_ROLES: dict[Role, frozenset[Scope]] = {
    Role.SUPER_ADMIN: frozenset(Scope),
    Role.ADMIN: frozenset(Scope),
    Role.MANAGER: frozenset(Scope) - {Scope.COMPANY_WRITE},
}


def scopes_of(role: Role) -> frozenset[Scope]:
    """The scopes that the role allows; a token of a user in this role never has others."""
    return _ROLES.get(role, frozenset())


@dataclass(frozen=True, slots=True)
class Token:
    """A token as admins see it; the secret itself is not kept anywhere."""

    id: int
    name: str
    scopes: tuple[Scope, ...]
    user_id: int
    user_name: str
    user_active: bool
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def usable(self, now: datetime) -> bool:
        """Whether it opens anything."""
        expired = self.expires_at is not None and self.expires_at <= now
        return self.user_active and self.revoked_at is None and not expired


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request with a token acts for, and what both the token and their role allow."""

    token_id: int
    user: User
    scopes: frozenset[Scope]


def create(
    db: Transactions,
    by_id: int,
    *,
    name: str,
    scopes: Collection[Scope],
    user_id: int,
    expires_at: datetime | None,
    now: datetime,
) -> tuple[int, str]:
    """Make a token that acts for ``user_id`` and return its id and secret, which is told only here.

    Raises NotFound when the user is unknown or ``by_id`` may not give them a token, Refused when a
    value cannot be used or the user's role does not allow a scope.
    """
    name = name.strip()
    if not 1 <= len(name) <= 120:
        raise Refused("Give the token a name of at most 120 characters.")
    if not scopes:
        raise Refused("Choose at least one thing that the token may do.")
    if expires_at is not None and expires_at <= now:
        raise Refused("The token would be over already; choose a later day.")
    secret = PREFIX + secrets.token_urlsafe(32)
    with db.transaction() as connection:
        acting = one(connection, SQL.may_act, {"by_id": by_id, "user_id": user_id})
        if acting is None:
            raise NotFound("There is no such user, or you may not make a token for them.")
        beyond = sorted(set(scopes) - scopes_of(Role(acting["role"])))
        if beyond:
            raise Refused(
                "The role of %(name)s does not allow %(scopes)s.",
                name=acting["name"],
                scopes=tuple(scope.value for scope in beyond),
            )
        values = {
            "name": name,
            "scopes": sorted(scope.value for scope in set(scopes)),
            "user_id": user_id,
            "expires_at": expires_at,
        }
        organisation_id = acting["organisation_id"]
        row = one(
            connection,
            SQL.create,
            {**values, "organisation_id": organisation_id, "token_hash": _hash(secret), "now": now},
        )
        assert row is not None
        audit.keep(connection, organisation_id, by_id, "token.create", f"token:{row['id']}", None, values)
        return row["id"], secret


def tokens(db: Transactions, by_id: int) -> list[Token]:
    """The organisation's tokens, revoked ones last; empty for who is no admin."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.tokens, {"by_id": by_id}).fetchall()
        return [Token(**{**row, "scopes": _known(row["scopes"])}) for row in rows]


def revoke(db: Transactions, by_id: int, token_id: int, now: datetime) -> None:
    """End a token at once. Raises NotFound, also when it was revoked before or ``by_id`` is no admin."""
    with db.transaction() as connection:
        row = one(connection, SQL.revoke, {"by_id": by_id, "token_id": token_id, "now": now})
        if row is None:
            raise NotFound("There is no such token, or it was revoked before.")
        subject = f"token:{token_id}"
        audit.keep(
            connection, row["organisation_id"], by_id, "token.revoke", subject,
            {"revoked_at": None}, {"revoked_at": now},
        )  # fmt: skip


def caller(db: Database, secret: str, now: datetime) -> Caller | None:
    """Who a request with this secret acts for; None for a token that opens nothing.

    Needs the whole database: the token says which organisation it is about.
    """
    if not secret.startswith(PREFIX) or not secret.isascii():
        return None
    with db.transaction() as connection:
        row = one(connection, SQL.by_hash, {"token_hash": _hash(secret), "now": now})
        if row is None:
            return None
        used = row["last_used_at"]
        if used is None or used <= now - _TOUCH_AFTER:
            ids = {"organisation_id": row["organisation_id"], "token_id": row["id"]}
            connection.execute(SQL.touch, {**ids, "now": now})
    user = people.user(db.for_organisation(row["organisation_id"]), row["user_id"])
    return Caller(row["id"], user, frozenset(_known(row["scopes"])) & scopes_of(user.role))


def _known(scopes: Collection[str]) -> tuple[Scope, ...]:
    """Scopes by their names; one that this version does not know gives nothing."""
    return tuple(scope for scope in Scope if scope.value in scopes)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
