"""Where a lead is, and its moves: inside the transactions of those who move it (RING-2 to RING-4).

A lead is in exactly one place. Every move is one guarded UPDATE: whoever comes second changes nothing
and is told so.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum

from dialer import live
from dialer.db import Connection, one
from dialer.sql import load
from dialer.store import webhooks
from dialer.webhooks import Event

SQL = load("lead_places")


class LeadState(Enum):
    """The places; the values are the SQL text."""

    WAITING = "waiting"
    RINGING = "ringing"
    EXCEPTION = "exception"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


UNASSIGNED = (LeadState.WAITING, LeadState.RINGING, LeadState.EXCEPTION)
"""The places of a lead that is nobody's."""


def begin_ringing(connection: Connection, organisation_id: int, lead_id: int, at: datetime) -> bool:
    """waiting → ringing; False where it does not wait any more."""
    row = one(
        connection, SQL.begin_ringing, {"organisation_id": organisation_id, "lead_id": lead_id, "at": at}
    )
    return row is not None and _moved(connection, organisation_id, lead_id)


def take(
    connection: Connection,
    organisation_id: int,
    lead_id: int,
    user_id: int,
    at: datetime,
    from_states: Collection[LeadState] = UNASSIGNED,
) -> int | None:
    """Make the lead the user's own and return its new application's id; None where somebody was first."""
    row = one(
        connection,
        SQL.take,
        {
            "organisation_id": organisation_id,
            "lead_id": lead_id,
            "user_id": user_id,
            "at": at,
            "from_states": [state.value for state in from_states],
        },
    )
    if row is None:
        return None
    _moved(connection, organisation_id, lead_id, user_id, tell=Event.LEAD_TAKEN)
    return int(row["id"])


def make_exception(
    connection: Connection, organisation_id: int, lead_id: int, reason: str, at: datetime
) -> bool:
    """waiting or ringing → exception. ``reason``: a value of ring_rules.LeadException or dialing_rules.Rule."""
    row = one(
        connection,
        SQL.make_exception,
        {"organisation_id": organisation_id, "lead_id": lead_id, "reason": reason, "at": at},
    )
    return row is not None and _moved(connection, organisation_id, lead_id, tell=Event.LEAD_EXCEPTION)


def withdraw(
    connection: Connection,
    organisation_id: int,
    lead_id: int,
    at: datetime,
    from_states: Collection[LeadState] = (LeadState.WAITING, LeadState.EXCEPTION),
) -> bool:
    """→ withdrawn. One that rings is withdrawn by its ring: set ``withdraw_asked_at`` and wake the dialer."""
    row = one(
        connection,
        SQL.withdraw,
        {
            "organisation_id": organisation_id,
            "lead_id": lead_id,
            "at": at,
            "from_states": [state.value for state in from_states],
        },
    )
    return row is not None and _moved(connection, organisation_id, lead_id)


def wait_again(
    connection: Connection,
    organisation_id: int,
    lead_id: int,
    at: datetime,
    from_states: Collection[LeadState] = (LeadState.EXCEPTION,),
    *,
    lost: bool = False,
) -> bool:
    """→ waiting: it is rung for anew. ``lost``: because the last ring was cut short, which is counted."""
    row = one(
        connection,
        SQL.wait_again,
        {
            "organisation_id": organisation_id,
            "lead_id": lead_id,
            "at": at,
            "lost": lost,
            "from_states": [state.value for state in from_states],
        },
    )
    if row is None:
        return False
    live.wake_dialer(connection)
    return _moved(connection, organisation_id, lead_id)


def _moved(
    connection: Connection,
    organisation_id: int,
    lead_id: int,
    user_id: int | None = None,
    tell: Event | None = None,
) -> bool:
    """Everything that follows every move has its place here. ``tell``: what other programs are told."""
    topics = [f"user:{user_id}"] if user_id is not None else []
    live.tell_panel(connection, organisation_id, "leads", f"lead:{lead_id}", *topics)
    if tell is not None:
        webhooks.note(connection, organisation_id, lead_id, tell)
    return True
