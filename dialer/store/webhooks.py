"""Webhooks: where an organisation is told, and the outbox of what it is told (RING-2).

A message is a row that is written with the change it tells of, in the same transaction: what is not
committed is not told, and what is committed is told though everything stops. Who delivers takes one address
at a time, so that a slow one holds up nobody, and no two messages are on their way to the same.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from dialer import live
from dialer.db import Connection, Database, Transactions, one
from dialer.errors import BadValue, Forbidden, NotFound, Sentence
from dialer.sql import load
from dialer.store import audit, people
from dialer.store.sentences import columns, with_sentence
from dialer.webhooks import PREFIX, TRIED_FOR, Event, checked_url, next_try

SQL = load("webhooks")

BUSY_FOR = timedelta(minutes=1)
"""Whoever delivers is given up after this time; a try takes less (cli/webhook_post.py)."""

AT_ONCE = 4
"""Of one organisation, so many addresses are served side by side: others' have their turn meanwhile."""

SHOWN = 100
"""Messages on an address's page."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address as admins see it; the secret is shown when it is made and never again."""

    id: int
    url: str
    events: tuple[Event, ...]
    active: bool
    created_at: datetime
    waiting: int
    given_up: int
    delivered_at: datetime | None
    error: str | None
    """What the last try that failed met."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as admins see it."""

    id: int
    key: UUID
    event: str
    lead_id: int
    state: str
    tries: int
    due_at: datetime
    error: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send now; its address is this worker's until it is settled."""

    organisation_id: int
    webhook_id: int
    delivery_id: int
    url: str
    secret: str
    key: UUID
    body: str
    tries: int
    until: datetime
    worker: UUID


def note(connection: Connection, organisation_id: int, lead_id: int, event: Event) -> None:
    """Let every address that wants to know be told of a lead's change, which this transaction makes."""
    values = {"organisation_id": organisation_id, "lead_id": lead_id, "event": event.value}
    if connection.execute(SQL.note, {**values, "tried_for": TRIED_FOR}).rowcount:
        live.wake_importer(connection)


def claim(db: Database) -> Outgoing | None:
    """A message that is due, with its address kept for who sends it; None where nothing is due."""
    worker = uuid4()
    with db.transaction() as connection:
        asked = {"busy_for": BUSY_FOR, "worker": worker, "at_once": AT_ONCE}
        address = one(connection, SQL.claim, asked)
        if address is None:
            return None
        message = one(connection, SQL.next_due, address)
        if message is None:  # settled while we waited for its address
            connection.execute(SQL.release, {**address, "worker": worker})
            return None
        return Outgoing(**address, **message, worker=worker)


def settle(db: Database, sent: Outgoing, error: Sentence | None, at: datetime) -> None:
    """Note how a try ended, and let the address go. An error is tried again later, or given up."""
    where: dict[str, Any] = {
        "organisation_id": sent.organisation_id,
        "webhook_id": sent.webhook_id,
        "delivery_id": sent.delivery_id,
        "worker": sent.worker,
        "at": at,
    }
    with db.transaction() as connection:
        # An address that somebody else has meanwhile is theirs to settle.
        if connection.execute(SQL.release, where).rowcount == 0:
            return
        if error is None:
            connection.execute(SQL.delivered, where)
        else:
            due_at = next_try(sent.tries + 1, at, sent.until)
            connection.execute(SQL.failed, {**where, **columns("error", error), "due_at": due_at})
        live.tell_panel(connection, sent.organisation_id, "webhooks")


def forget(db: Database, now: datetime) -> int:
    """Forget messages that have been over for a month; how many."""
    with db.transaction() as connection:
        return connection.execute(SQL.forget, {"now": now}).rowcount


def addresses(db: Transactions, organisation_id: int) -> list[Address]:
    """The organisation's addresses."""
    with db.transaction() as connection:
        asked = {"organisation_id": organisation_id, "webhook_id": None}
        return [_address(row) for row in connection.execute(SQL.addresses, asked).fetchall()]


def address(db: Transactions, organisation_id: int, webhook_id: int) -> Address:
    """One address. Raises NotFound."""
    with db.transaction() as connection:
        asked = {"organisation_id": organisation_id, "webhook_id": webhook_id}
        row = one(connection, SQL.addresses, asked)
    if row is None:
        raise NotFound("There is no such address.")
    return _address(row)


def deliveries(db: Transactions, organisation_id: int, webhook_id: int) -> list[Delivery]:
    """An address's messages: those that are not through first, the newest first."""
    asked = {"organisation_id": organisation_id, "webhook_id": webhook_id, "limit": SHOWN}
    with db.transaction() as connection:
        rows = connection.execute(SQL.deliveries, asked).fetchall()
    return [Delivery(**with_sentence(row, "error")) for row in rows]


def add(
    db: Transactions, by_id: int, organisation_id: int, url: str, events: Collection[str], now: datetime
) -> tuple[int, str]:
    """Tell an address from now on; returns its id and its secret, which is told only here.

    Raises Forbidden for who is no admin, BadValue.
    """
    values = {"url": checked_url(url), "events": _events(events)}
    secret = _secret()
    with db.transaction() as connection:
        _require_admin(connection, by_id)
        row = one(
            connection, SQL.add, {**values, "organisation_id": organisation_id, "secret": secret, "now": now}
        )
        assert row is not None
        audit.keep(connection, organisation_id, by_id, "webhook.add", f"webhook:{row['id']}", None, values)
        live.tell_panel(connection, organisation_id, "webhooks")
        return row["id"], secret


def edit(
    db: Transactions,
    by_id: int,
    organisation_id: int,
    webhook_id: int,
    *,
    url: str | None = None,
    events: Collection[str] | None = None,
    active: bool | None = None,
) -> None:
    """Change an address; what is None stays. One that is not active is sent nothing, and misses what is
    noted meanwhile. Raises NotFound, Forbidden, BadValue."""
    where = {"organisation_id": organisation_id, "webhook_id": webhook_id}
    with db.transaction() as connection:
        _require_admin(connection, by_id)
        row = one(connection, SQL.one, where)
        if row is None:
            raise NotFound("There is no such address.")
        before = {name: row[name] for name in ("url", "events", "active")}
        given = {
            "url": None if url is None else checked_url(url),
            "events": None if events is None else _events(events),
            "active": active,
        }
        after = {name: before[name] if value is None else value for name, value in given.items()}
        connection.execute(SQL.edit, {**where, **after})
        audit.keep(connection, organisation_id, by_id, "webhook.edit", f"webhook:{webhook_id}", before, after)
        live.wake_importer(connection)
        live.tell_panel(connection, organisation_id, "webhooks")


def renew_secret(db: Transactions, by_id: int, organisation_id: int, webhook_id: int) -> str:
    """Give an address another secret, from the next try on; it is told only here. Raises as ``edit``."""
    secret = _secret()
    where = {"organisation_id": organisation_id, "webhook_id": webhook_id}
    with db.transaction() as connection:
        _require_admin(connection, by_id)
        if one(connection, SQL.renew_secret, {**where, "secret": secret}) is None:
            raise NotFound("There is no such address.")
        change = {"secret": "changed"}
        audit.keep(connection, organisation_id, by_id, "webhook.edit", f"webhook:{webhook_id}", None, change)
    return secret


def remove(db: Transactions, by_id: int, organisation_id: int, webhook_id: int) -> None:
    """Tell an address no more, and forget what it was to be told. Raises NotFound, Forbidden."""
    where = {"organisation_id": organisation_id, "webhook_id": webhook_id}
    with db.transaction() as connection:
        _require_admin(connection, by_id)
        row = one(connection, SQL.remove, where)
        if row is None:
            raise NotFound("There is no such address.")
        gone = {"url": row["url"]}
        audit.keep(connection, organisation_id, by_id, "webhook.remove", f"webhook:{webhook_id}", gone, None)
        live.tell_panel(connection, organisation_id, "webhooks")


def send_again(
    db: Transactions, by_id: int, organisation_id: int, webhook_id: int, delivery_id: int | None = None
) -> int:
    """Try one message at once, or all of an address that are not through; how many. Raises Forbidden."""
    where = {"organisation_id": organisation_id, "webhook_id": webhook_id, "delivery_id": delivery_id}
    with db.transaction() as connection:
        _require_admin(connection, by_id)
        again = connection.execute(SQL.send_again, {**where, "tried_for": TRIED_FOR}).rowcount
        sooner = connection.execute(SQL.send_waiting_now, where).rowcount
        live.wake_importer(connection)
        live.tell_panel(connection, organisation_id, "webhooks")
        return again + sooner


def _address(row: dict[str, Any]) -> Address:
    values = with_sentence({**row, "error_values": row["error_values"] or {}}, "error")
    return Address(**{**values, "events": tuple(Event(event) for event in row["events"])})


def _events(given: Collection[str]) -> list[str]:
    chosen = [event.value for event in Event if event.value in given]
    if not chosen or set(given) - set(chosen):
        raise BadValue("events", "Choose what is told: a lead that is taken, or one that nobody took.")
    return chosen


def _secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def _require_admin(connection: Connection, by_id: int) -> None:
    if not people.role_of(connection, by_id).administers:
        raise Forbidden("Only admins change where the organisation is told.")
