"""Who calls the API: the token, the user it acts for, what both allow."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import structlog
from flask import Response, g, request

from dialer.db import Tenant
from dialer.store import tokens
from dialer.store.people import User
from dialer.store.tokens import Caller, Scope
from web.access import database
from web.api.problems import problem

log = structlog.get_logger()


def authenticate() -> Response | None:
    """Find out whose token came with the request; a problem when it opens nothing."""
    secret = _secret()
    if not secret:
        return problem(401, headers={"WWW-Authenticate": 'Bearer realm="ringpool"'})
    found = tokens.caller(database(), secret, datetime.now(UTC))
    if found is None:
        log.info("token refused", address=request.remote_addr, path=request.path)
        return problem(
            401,
            "This token is not known, has expired or was revoked; an admin makes another in the panel.",
            headers={"WWW-Authenticate": 'Bearer realm="ringpool", error="invalid_token"'},
        )
    g.api_caller = found
    return None


def refusal(scope: Scope) -> Response | None:
    """A problem when the caller does not have the scope."""
    found = _caller()
    if scope in found.scopes:
        return None
    log.warning("token refused", token_id=found.token_id, user_id=found.user.id, path=request.path)
    allowed = scope in tokens.scopes_of(found.user.role)
    return problem(
        403,
        f"This token lacks the scope {scope.value}; make one that has it."
        if allowed
        else f"The role of {found.user.name} does not allow {scope.value}.",
        headers={"WWW-Authenticate": f'Bearer realm="ringpool", error="insufficient_scope", scope="{scope}"'},
    )


def me() -> User:
    """The user for whom the token acts."""
    return _caller().user


def token_id() -> int:
    """The token itself."""
    return _caller().token_id


def tenant() -> Tenant:
    """The rows of the token's organisation, and no others."""
    return database().for_organisation(me().organisation_id)


def token_key() -> str:
    """What requests are counted by: the token, however its header is written, not kept readable."""
    return hashlib.sha256(_secret().encode()).hexdigest()[:32]


def _secret() -> str:
    """The token that came with the request; empty where none did."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def _caller() -> Caller:
    found: Caller = g.api_caller
    return found
