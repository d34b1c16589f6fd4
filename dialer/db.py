"""The one door to PostgreSQL: a pool of connections and the transactions on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Identifier
from psycopg_pool import ConnectionPool, PoolTimeout

from dialer.errors import DatabaseUnavailable

Connection = psycopg.Connection[DictRow]

PANEL_ROLE = "ringpool_panel"


class Transactions(Protocol):
    """What a store function needs: the whole database, or one organisation's view of it."""

    @contextmanager
    def transaction(self) -> Iterator[Connection]: ...


class Database:
    """Connections to one database, opened when first needed.

    ``transaction()`` works as the tables' owner and sees every organisation: for
    the dialer, the CLI and signing in. The panel works on ``for_organisation``.

    ``checks`` looks whether a connection still lives before each use, for those who cannot
    simply try again.
    """

    def __init__(
        self,
        url: str,
        *,
        max_size: int = 8,
        application_name: str = "ringpool",
        patience_s: float = 10,
        checks: bool = False,
    ) -> None:
        self.url = url
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=1,
            max_size=max_size,
            open=False,
            timeout=patience_s,
            check=ConnectionPool.check_connection if checks else None,
            # A lost connection is given up soon, and asked for anew by whoever waits next: with the
            # pool's own patience of minutes a server that is back is noticed only after a long while.
            reconnect_timeout=1,
            kwargs={
                "row_factory": dict_row,
                "application_name": application_name,
                # Dialing must never wait behind a forgotten lock or a lost peer.
                "options": "-c lock_timeout=10s -c idle_in_transaction_session_timeout=30s -c timezone=UTC",
                "connect_timeout": 5,
            },
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection inside a transaction: committed at the end, rolled back on an error.

        Raises DatabaseUnavailable when no connection can be had within ``patience_s`` or it is lost.
        """
        try:
            self._pool.open()
            with self._pool.connection() as connection:
                yield connection
        except (PoolTimeout, psycopg.OperationalError, psycopg.InterfaceError) as error:
            if isinstance(error, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected):
                raise
            raise _unavailable() from error

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """Yield a connection outside any transaction, for what cannot be done inside one (VACUUM).

        Raises DatabaseUnavailable when no connection can be had.
        """
        try:
            with psycopg.connect(self.url, autocommit=True, row_factory=dict_row, connect_timeout=5) as own:
                yield own
        except psycopg.OperationalError as error:
            raise _unavailable() from error

    def ping(self) -> None:
        """Raises DatabaseUnavailable when it does not answer."""
        with self.transaction() as connection:
            connection.execute("SELECT 1")

    def now(self) -> datetime:
        """The database's clock (aware, UTC), the same for all who work on it."""
        with self.transaction() as connection:
            return clock(connection)

    def for_organisation(self, organisation_id: int) -> Tenant:
        """One organisation's view: row-level security hides every other row."""
        return Tenant(self, organisation_id)

    def close(self) -> None:
        """Close every connection; the object can be used again afterwards only for reading its url."""
        self._pool.close()


class Ear:
    """Hears one channel's notifications."""

    def __init__(self, url: str, channel: str, application_name: str) -> None:
        try:
            self._connection = psycopg.connect(
                url, autocommit=True, application_name=application_name, connect_timeout=5
            )
            self._connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        except psycopg.OperationalError as error:
            raise _unavailable() from error

    def wait(self, timeout_s: float) -> None:
        """Return at a notification, or after the time. Raises DatabaseUnavailable when the server is gone."""
        try:
            for _ in self._connection.notifies(timeout=timeout_s, stop_after=1):
                pass
        except psycopg.OperationalError as error:
            raise _unavailable() from error

    def close(self) -> None:
        """Listen no more."""
        self._connection.close()


class Tenant:
    """The database as one organisation's panel may see it."""

    def __init__(self, database: Database, organisation_id: int) -> None:
        self._database = database
        self.organisation_id = organisation_id

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection in a transaction under the panel's role, bound to the organisation."""
        with self._database.transaction() as connection:
            connection.execute(
                "SELECT set_config('role', %s, true), set_config('ringpool.organisation_id', %s, true)",
                (PANEL_ROLE, str(self.organisation_id)),
            )
            yield connection

    @contextmanager
    def look(self) -> Iterator[Look]:
        """One transaction for several functions that only read: beginning and ending each costs more than it."""
        with self.transaction() as connection:
            yield Look(self, connection)


class Look(Tenant):
    """A Tenant whose transaction is open already: all that is asked of it comes from that one."""

    def __init__(self, tenant: Tenant, connection: Connection) -> None:
        super().__init__(tenant._database, tenant.organisation_id)
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield the connection of the open transaction, which goes on after it."""
        yield self._connection


def _unavailable() -> DatabaseUnavailable:
    return DatabaseUnavailable(
        "The database does not answer; start it, or correct DATABASE_URL, and try again."
    )


def clock(connection: Connection) -> datetime:
    """When the transaction began, by the database's clock."""
    row = connection.execute("SELECT now() AS now").fetchone()
    assert row is not None
    now: datetime = row["now"]
    return now


def one(connection: Connection, query: str, parameters: dict[str, Any]) -> DictRow | None:
    """Run a query that gives at most one row that matters."""
    return connection.execute(query, parameters).fetchone()
