"""Organisations: making them, finding them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg

from dialer.db import Transactions, one
from dialer.errors import NotFound, Refused
from dialer.sql import load
from dialer.store.company_rows import first_pause_reasons

SQL = load("organisations")


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
            first_pause_reasons(connection, row["id"])
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
