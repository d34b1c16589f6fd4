"""Whoever pressed 1 gets the lead: its application and its call, in the transaction that names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from dialer.agents import AgentState, LogOutAsked, PhoneMode, Released, Reserved, SessionStarted
from dialer.calls import lead_call
from dialer.calls.commands import Command, Originate
from dialer.calls.events import Event, LeadGone, LeadTaken, Seat
from dialer.calls.ring import RungLeg
from dialer.db import Connection, one
from dialer.dialing_rules import why_not
from dialer.prompts import Prompt
from dialer.sql import load
from dialer.store import agents, lead_places, legs, prompts
from dialer.store.handled import Handled
from dialer.store.launching import facts_of
from dialer.wire import to_wire

SQL = load("rings")

TOLD = {
    "busy": Prompt.BORROWER_BUSY,
    "rejected": Prompt.BORROWER_BUSY,
    "no_answer": Prompt.BORROWER_NO_ANSWER,
    "": Prompt.BORROWER_NOT_REACHED,
}
"""What an agent hears of a lead that is not reached, by the call's outcome."""


@dataclass(frozen=True, slots=True)
class Winner:
    """Whose lead it is now, and its call."""

    user_id: int
    leg_id: UUID
    standing: bool
    handled: Handled


def who_presses(connection: Connection, organisation_id: int, user_id: int) -> Mapping[str, Any] | None:
    """What is needed of somebody who presses 1 to call the lead; None of whoever may not sign in any more."""
    return one(connection, SQL.winner, {"organisation_id": organisation_id, "user_id": user_id})


def take_lead(
    connection: Connection,
    ring: Mapping[str, Any],
    leg: RungLeg,
    user: Mapping[str, Any],
    trunk: str,
    at: datetime,
) -> tuple[Event, Winner | None]:
    """Give the lead to whom the leg belongs, unless somebody was first, and call it if it may be called now.

    ``user``: what ``who_presses`` says of them.
    """
    organisation_id = ring["organisation_id"]
    application_id = lead_places.take(
        connection,
        organisation_id,
        ring["lead_id"],
        leg.user_id,
        at,
        (lead_places.LeadState.RINGING,),
    )
    if application_id is None:
        return LeadGone(at), None
    facts = one(
        connection,
        SQL.facts_of_prospect,
        {"organisation_id": organisation_id, "prospect_id": ring["prospect_id"]},
    )
    assert facts is not None
    if why_not(facts_of(facts, at), at) is not None:
        if leg.in_session:
            agent = agents.lock(connection, organisation_id, leg.user_id)
            agents.move(connection, agent, Released(at))
        told = prompts.media_of(connection, organisation_id, Prompt.MAY_NOT_BE_CALLED_NOW, user["locale"])
        return LeadTaken(at, told), None
    made = _call(connection, ring, leg, user, facts, trunk, at)
    return LeadTaken(at), Winner(leg.user_id, leg.leg_id, leg.standing, made)


def _call(
    connection: Connection,
    ring: Mapping[str, Any],
    leg: RungLeg,
    user: Mapping[str, Any],
    facts: Mapping[str, Any],
    trunk: str,
    at: datetime,
) -> Handled:
    organisation_id = ring["organisation_id"]
    seat = Seat(
        user_id=leg.user_id,
        phone_mode=PhoneMode.STAY_CONNECTED if leg.standing else PhoneMode.RING_EACH_CALL,
        leg_id=leg.leg_id,
        bridge_id=leg.bridge_id,
        endpoint=f"PJSIP/{user['extension']}",
        caller_id=user["agent_leg_caller_id"],
    )
    tell = {
        outcome: prompts.media_of(connection, organisation_id, prompt, user["locale"])
        for outcome, prompt in TOLD.items()
    }
    call, wishes = lead_call.begin(
        uuid4(),
        seat,
        f"PJSIP/{facts['number']}@{trunk}",
        user["caller_id"] or "",
        facts["ring_s"],
        facts["record_calls"],
        facts["drop_message"],
        tell,
        at,
    )
    commands = [wish for wish in wishes if isinstance(wish, Command)]
    session_id = _at_work(connection, organisation_id, leg, ring["node"], at)
    placed = one(
        connection,
        SQL.launch_lead,
        {
            "organisation_id": organisation_id,
            "prospect_id": ring["prospect_id"],
            "session_id": session_id,
            "node": ring["node"],
            "number": facts["number"],
            "caller_id": call.caller_id,
            "ring_s": call.ring_s,
            "record": call.record,
            "drop_message": call.drop_message,
            "leg_id": call.leg_id,
            "agent_leg_id": seat.leg_id,
            "bridge_id": seat.bridge_id,
            "recording_id": call.recording_id,
            "user_id": seat.user_id,
            "phone_mode": seat.phone_mode.value,
            "endpoint": call.endpoint,
            "due_at": call.due_at,
            "pending": Jsonb([to_wire(command) for command in commands]),
            "tell": Jsonb(tell),
            "at": at,
        },
    )
    assert placed is not None, "the lead was nobody's, and the rules were asked"
    for command in commands:
        if isinstance(command, Originate):
            legs.keep_prospect_leg(connection, organisation_id, placed["id"], ring["node"], command, at)
    if call.recording_id is not None:
        legs.keep_recording(
            connection, organisation_id, placed["id"], call.recording_id, leg.user_id, ring["node"], at
        )
    if not leg.standing:
        of_leg = {"organisation_id": organisation_id, "leg_id": leg.leg_id}
        connection.execute(SQL.give_leg_to_call, {**of_leg, "attempt_id": placed["id"]})
    agent = agents.lock(connection, organisation_id, leg.user_id)
    agent = agents.move(connection, agent, Reserved(at, placed["id"]))
    if not leg.in_session:
        agents.move(connection, agent, LogOutAsked(at))  # the session is for this call
    return Handled(organisation_id, placed["id"], replace(call, due_at=None), call, commands)


def _at_work(connection: Connection, organisation_id: int, leg: RungLeg, node: str, at: datetime) -> int:
    """The winner's session; one is opened for somebody who was only signed in."""
    of_user = {"organisation_id": organisation_id, "user_id": leg.user_id}
    agent = agents.lock(connection, organisation_id, leg.user_id)
    if agent.state is not AgentState.LOGGED_OUT:
        assert agent.session_id is not None
        return agent.session_id
    connection.execute(SQL.ring_each_call, of_user)
    opened = one(connection, SQL.open_leads_session, {**of_user, "node": node, "at": at})
    assert opened is not None
    agent = agents.lock(connection, organisation_id, leg.user_id)
    agents.move(connection, agent, SessionStarted(at, opened["id"], None, node))
    return int(opened["id"])
