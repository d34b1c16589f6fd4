"""Legs and recordings of calls on record, before Asterisk is asked to make them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

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


def keep_recording(
    connection: Connection,
    organisation_id: int,
    attempt_id: int,
    recording_id: UUID,
    user_id: int | None,
    node: str,
    at: datetime,
) -> None:
    """Put a recording on record; the same one twice is one."""
    connection.execute(
        CALLS.start_recording,
        {
            "organisation_id": organisation_id,
            "recording_id": recording_id,
            "attempt_id": attempt_id,
            "user_id": user_id,
            "node": node,
            "at": at,
        },
    )
