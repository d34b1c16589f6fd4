"""Legs of calls on record, before Asterisk is asked to make them."""

from __future__ import annotations

from datetime import datetime

from dialer.calls.commands import Originate
from dialer.calls.events import Seat
from dialer.db import Connection
from dialer.sql import load

CALLS = load("calls")
AGENTS = load("agents")


def keep_prospect_leg(
    connection: Connection,
    organisation_id: int,
    attempt_id: int,
    node: str,
    originate: Originate,
    at: datetime,
) -> None:
    """Put the prospect's leg on record."""
    connection.execute(
        CALLS.insert_prospect_leg,
        {
            "organisation_id": organisation_id,
            "leg_id": originate.leg_id,
            "attempt_id": attempt_id,
            "node": node,
            "endpoint": originate.endpoint,
            "at": at,
        },
    )


def keep_agent_leg(
    connection: Connection, organisation_id: int, attempt_id: int, node: str, seat: Seat, at: datetime
) -> None:
    """Put the leg of a phone that is rung for this call on record."""
    connection.execute(
        AGENTS.insert_agent_leg,
        {
            "organisation_id": organisation_id,
            "leg_id": seat.leg_id,
            "attempt_id": attempt_id,
            "user_id": seat.user_id,
            "node": node,
            "endpoint": seat.endpoint,
            "at": at,
        },
    )
