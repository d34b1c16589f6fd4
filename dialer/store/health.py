"""How the database stands, for `ringpool doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import dict_row

from dialer.db import one
from dialer.errors import DatabaseUnavailable
from dialer.sql import load

SQL = load("health")

CONNECT_S = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """``version`` is PostgreSQL's major one, ``clock`` the server's time when asked."""

    version: int
    clock: datetime


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a node's dialer was last heard of, and whether it had its Asterisk then."""

    silent_s: float
    asterisk_up: bool


def standing(url: str) -> Standing:
    """Ask over a connection of its own, since a pool waits longer than a doctor should.

    Raises DatabaseUnavailable with what libpq said.
    """
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_S, row_factory=dict_row) as connection:
            row = one(connection, SQL.clock, {})
            assert row is not None
            return Standing(connection.info.server_version // 10000, row["at"])
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines() or ["no reason given"]
        raise DatabaseUnavailable(said[-1].strip()) from error


def heartbeat(url: str, node: str) -> Heartbeat | None:
    """The node's dialer, None if it was never heard of. Raises DatabaseUnavailable."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_S, row_factory=dict_row) as connection:
            row = one(connection, SQL.node, {"node": node})
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(str(error).strip()) from error
    return Heartbeat(**row) if row else None
