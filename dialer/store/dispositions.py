"""The Call Disposition window: what is shown, and what saving it does (LPS-4 to 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dialer import live
from dialer.agents import AgentState, ResultSaved, WindowClosed
from dialer.db import Connection, Transactions
from dialer.errors import NotFound, Refused
from dialer.follow_ups import Wish, promised
from dialer.retries import Place, after_result
from dialer.sql import load
from dialer.store import agents, barring, do_not_call, follow_ups, prospect_edits
from dialer.store.unsaved import finish, give_up

SQL = load("sessions")
CALLS = load("calls")


@dataclass(frozen=True, slots=True)
class CallResult:
    """What an agent can say came of a call, and what follows from it (LPS-6)."""

    id: int
    label: str
    effect: str
    retry_after: timedelta | None


@dataclass(frozen=True, slots=True)
class OpenCall:
    """The call an agent has in hand: on the line, or over and without its result."""

    attempt_id: int
    state: str
    list_name: str
    number: str
    prospect_id: int
    account_name: str
    first_name: str
    last_name: str
    email: str
    region: str
    postal_code: str
    time_zone: str
    custom: dict[str, Any]
    notes: str
    script: str
    launched_at: datetime
    answered_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None
    on_hold: bool
    recorded: bool
    """Whether it is being recorded now; a pause is one until it is over."""
    recording_paused: bool
    recording_wanted: bool
    """What the agent asked for last: another word than what is so is on its way."""
    recording_paused_at: datetime | None
    window_closed_at: datetime | None
    """When the window was closed without a result; None while it is open."""


def call_results(db: Transactions) -> list[CallResult]:
    """The organisation's call results, in the order in which they are shown."""
    with db.transaction() as connection:
        return [CallResult(**row) for row in connection.execute(SQL.call_results).fetchall()]


def open_call(db: Transactions, user_id: int) -> OpenCall | None:
    """The user's call in hand, or None."""
    with db.transaction() as connection:
        row = connection.execute(SQL.open_call, {"user_id": user_id}).fetchone()
    return OpenCall(**row) if row else None


def save_result(
    db: Transactions,
    user_id: int,
    attempt_id: int,
    result_id: int,
    notes: str,
    now: datetime,
    follow_up: Wish | None = None,
    edits: Mapping[str, str] | None = None,
) -> None:
    """Save & Go: the call has its result, the prospect its next place, the agent the next call.

    ``edits`` are the prospect's fields as they stand in the window. What becomes of ``follow_up`` is
    ``follow_ups.promised``'s to say. Raises NotFound for another's call or an unknown result, Refused
    while the prospect is on the line, when a result was saved already, or for a follow-up that does not
    go with the result, BadValue for a field that cannot be so.
    """
    with db.transaction() as connection:
        organisation_id = agents.organisation_of(connection, user_id)
        result = connection.execute(
            SQL.call_result, {"organisation_id": organisation_id, "result_id": result_id}
        ).fetchone()
        if result is not None and result["effect"] == "do_not_call":
            _lock_lists(connection, organisation_id, attempt_id)
        organisation_id, attempt = _own_attempt(connection, user_id, attempt_id)
        if result is None:
            raise NotFound("There is no such call result; choose one from the list.")
        if attempt["state"] == "ended":
            raise Refused("The result of this call was saved already.")
        if attempt["state"] != "wrap_up":
            raise Refused("The call is still going on; hang up first, then save its result.")
        promise = promised(result["effect"], follow_up, notes, now)
        place = (
            Place("follow_up")
            if promise is not None
            else after_result(
                result["effect"], result["retry_after"], attempt["attempts"], attempt["max_attempts"], now
            )
        )
        if result["effect"] == "do_not_call":
            # Numbers are locked before prospects; who has this one on another list goes out too.
            do_not_call.put(
                connection, organisation_id, [attempt["number"]], now, user_id=user_id, source="call result"
            )
        if edits:
            prospect_edits.apply(connection, organisation_id, attempt["prospect_id"], edits)
        finish(connection, organisation_id, user_id, attempt, place, result_id, notes, now)
        prospect_id = attempt["prospect_id"]
        follow_ups.settle(connection, organisation_id, user_id, attempt_id, prospect_id, promise, now)
        agent = agents.lock(connection, organisation_id, user_id)
        if agent.state in (AgentState.WRAP_UP, AgentState.PAUSED):
            agents.move(connection, agent, ResultSaved(now))
        live.tell_panel(connection, organisation_id, f"list:{attempt['list_id']}", f"user:{user_id}")
        live.wake_dialer(connection)


def close_window(db: Transactions, user_id: int, attempt_id: int, now: datetime) -> None:
    """Close: keeps the agent out of the queue until a result is saved or dialing is resumed.

    For an agent who wanted to log out it is the end: the result is given up.
    Raises NotFound for another's call, Refused while the prospect is on the line.
    """
    with db.transaction() as connection:
        organisation_id, attempt = _own_attempt(connection, user_id, attempt_id)
        if attempt["state"] != "wrap_up":
            raise Refused("The call is still going on; hang up first, then close the window.")
        of_attempt = {"organisation_id": organisation_id, "attempt_id": attempt_id}
        connection.execute(SQL.close_window, {**of_attempt, "at": now})
        live.tell_panel(connection, organisation_id, f"user:{user_id}")
        agent = agents.lock(connection, organisation_id, user_id)
        if agent.state is AgentState.WRAP_UP:
            agent = agents.move(connection, agent, WindowClosed(now))
            if agent.state is AgentState.LOGGED_OUT:
                give_up(connection, organisation_id, user_id, attempt, now)


def ask_hang_up(db: Transactions, user_id: int, attempt_id: int, now: datetime) -> None:
    """Ask the dialer to cut the prospect's line; it follows within a moment. Harmless when it is cut."""
    with db.transaction() as connection:
        organisation_id = agents.organisation_of(connection, user_id)
        connection.execute(
            CALLS.hang_up_wanted,
            {
                "organisation_id": organisation_id,
                "attempt_id": attempt_id,
                "user_id": user_id,
                "at": now,
            },
        )
        live.wake_dialer(connection)


def _lock_lists(connection: Connection, organisation_id: int, attempt_id: int) -> None:
    """Keep the lists on which the call's number is somebody's: lists are locked before attempts."""
    row = connection.execute(
        SQL.number_of_attempt, {"organisation_id": organisation_id, "attempt_id": attempt_id}
    ).fetchone()
    if row is not None:
        barring.lock_lists(connection, organisation_id, [row["number"]])


def _own_attempt(connection: Connection, user_id: int, attempt_id: int) -> tuple[int, dict[str, Any]]:
    organisation_id = agents.organisation_of(connection, user_id)
    attempt = connection.execute(
        SQL.lock_attempt,
        {"organisation_id": organisation_id, "attempt_id": attempt_id, "user_id": user_id},
    ).fetchone()
    if attempt is None:
        raise NotFound("There is no such call of yours.")
    return organisation_id, attempt
