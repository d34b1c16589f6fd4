"""Where a lead is, and its moves: inside the transactions of those who move it (RING-2 to RING-4).

A lead is in exactly one place. Every move is one guarded UPDATE: whoever comes second changes nothing
and is told so.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import Any

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
    return _move(connection, SQL.begin_ringing, organisation_id, lead_id, at) is not None


def take(
    connection: Connection,
    organisation_id: int,
    lead_id: int,
    user_id: int,
    at: datetime,
    from_states: Collection[LeadState] = UNASSIGNED,
) -> int | None:
    """Make the lead the user's own and return its new application's id; None where somebody was first, or it is
    to be withdrawn."""
    row = _move(connection, SQL.take, organisation_id, lead_id, at, from_states, user_id=user_id)
    if row is None:
        return None
    live.tell_panel(connection, organisation_id, f"user:{user_id}")
    webhooks.note(connection, organisation_id, lead_id, Event.LEAD_TAKEN)
    return int(row["id"])


def make_exception(
    connection: Connection, organisation_id: int, lead_id: int, reason: str, at: datetime
) -> bool:
    """waiting or ringing → exception; withdrawn, where that was asked for. ``reason``: a value of
    ring_rules.LeadException or dialing_rules.Rule."""
    row = _move(connection, SQL.make_exception, organisation_id, lead_id, at, reason=reason)
    if row is None:
        return False
    if row["state"] == LeadState.EXCEPTION.value:
        webhooks.note(connection, organisation_id, lead_id, Event.LEAD_EXCEPTION)
    return True


def withdraw(
    connection: Connection,
    organisation_id: int,
    lead_id: int,
    at: datetime,
    from_states: Collection[LeadState] = (LeadState.WAITING, LeadState.EXCEPTION),
) -> bool:
    """→ withdrawn. One that rings is withdrawn by its ring: set ``withdraw_asked_at`` and wake the dialer."""
    return _move(connection, SQL.withdraw, organisation_id, lead_id, at, from_states) is not None


def wait_again(
    connection: Connection,
    organisation_id: int,
    lead_id: int,
    at: datetime,
    from_states: Collection[LeadState] = (LeadState.EXCEPTION,),
    *,
    lost: bool = False,
) -> bool:
    """→ waiting: it is rung for anew; withdrawn, where that was asked for. ``lost``: because the last ring was
    cut short, which is counted."""
    if _move(connection, SQL.wait_again, organisation_id, lead_id, at, from_states, lost=lost) is None:
        return False
    live.wake_dialer(connection)
    return True


def _move(
    connection: Connection,
    query: str,
    organisation_id: int,
    lead_id: int,
    at: datetime,
    from_states: Collection[LeadState] = (),
    **more: Any,
) -> dict[str, Any] | None:
    """Move the lead, unless somebody was first, and let open pages know."""
    from_values = [state.value for state in from_states]
    of_lead = {"organisation_id": organisation_id, "lead_id": lead_id, "at": at, "from_states": from_values}
    row = one(connection, query, {**of_lead, **more})
    if row is not None:
        live.tell_panel(connection, organisation_id, "leads", f"lead:{lead_id}")
    return row
