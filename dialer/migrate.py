"""Bringing a database to the present schema."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from yoyo import get_backend, read_migrations

from dialer.errors import DatabaseUnavailable, RingpoolError


class NotAllowed(RingpoolError):
    """The database user lacks a right that is needed."""


MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def yoyo_url(url: str) -> str:
    """Return a libpq URL or conninfo string as the URL that yoyo understands."""
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    user, password = parts.pop("user", ""), parts.pop("password", "")
    host, port, name = parts.pop("host", ""), parts.pop("port", ""), parts.pop("dbname", "")
    who = quote(user, safe="") + (":" + quote(password, safe="") if password else "")
    where = ""
    if host.startswith("/"):
        parts["host"] = host
        if port:
            parts["port"] = port
    else:
        where = host + (f":{port}" if port else "")
    at = f"{who}@{where}" if who or where else ""
    query = f"?{urlencode(parts)}" if parts else ""
    return f"postgresql+psycopg://{at}/{quote(name or user or 'postgres', safe='')}{query}"


def pending(url: str) -> list[str]:
    """Names of the migrations that the database lacks, in order."""
    with _backend(url) as backend:
        return [m.id for m in backend.to_apply(read_migrations(str(MIGRATIONS)))]


def migrate(url: str) -> list[str]:
    """Apply what is missing, under yoyo's lock; return the applied names.

    Raises DatabaseUnavailable when the database does not answer.
    """
    with _backend(url) as backend, backend.lock():
        missing = backend.to_apply(read_migrations(str(MIGRATIONS)))
        backend.apply_migrations(missing)
        return [m.id for m in missing]


def new_database(url: str, name: str) -> str:
    """Make an empty database of this name on the server, in place of an older one; return its URL.

    Raises DatabaseUnavailable, or NotAllowed when the user may not make databases.
    """
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotAllowed(
            f"The database user may not make the database {name}: give it CREATEDB, or unset DATABASE_URL."
        ) from error
    except psycopg.OperationalError as error:
        raise _unavailable(error) from error
    return make_conninfo(url, dbname=name)


def _backend(url: str):  # type: ignore[no-untyped-def]  # yoyo has no types
    try:
        with psycopg.connect(url, connect_timeout=5):
            pass
        return get_backend(yoyo_url(url))
    except psycopg.OperationalError as error:
        raise _unavailable(error) from error


def _unavailable(error: psycopg.OperationalError) -> DatabaseUnavailable:
    reason = (str(error).strip().splitlines() or ["no reason given"])[0]
    return DatabaseUnavailable(
        f"The database does not answer ({reason}); start it, or correct DATABASE_URL, and try again."
    )
