"""The power call's rules while the prospect has an agent: their phone rings, bridging, talking."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from dialer import agents
from dialer.agents import PhoneMode
from dialer.calls import holding
from dialer.calls import power_alone as alone
from dialer.calls.call import NORMAL_CLEARING, VANISHED, Call, CallState, Outcome, Step
from dialer.calls.commands import (
    Command,
    CreateBridge,
    DestroyBridge,
    Effect,
    HangUp,
    Join,
    MoveAgent,
    Originate,
    ReserveAgent,
    StartMusic,
    StartRecording,
    StopMusic,
    StopRecording,
)
from dialer.calls.events import (
    Adopted,
    AgentReserved,
    JoinFailed,
    LegAnswered,
    LegGone,
    LegJoined,
    MessageStarted,
    OriginateRefused,
    Seat,
    TimerDue,
)
from dialer.calls.power_alone import DROP_AFTER, HANG_UP_GRACE

JOIN_WITHIN = timedelta(seconds=2)
"""A leg that is not in its bridge by then is handed to somebody else."""


def clear_seat(call: Call, *, agent_gone: bool = False) -> list[Command | Effect]:
    """Give the agent's bridge back: recording off, and music on or the rung leg away."""
    seat = _seat(call)
    commands: list[Command | Effect] = []
    if call.recording_id is not None:
        commands.append(StopRecording(call.recording_id))
    if agent_gone:
        commands.append(DestroyBridge(seat.bridge_id))
    elif seat.phone_mode is PhoneMode.STAY_CONNECTED:
        commands.append(StartMusic(seat.bridge_id))
    else:
        commands += [HangUp(seat.leg_id), DestroyBridge(seat.bridge_id)]
    return commands


def _seat(call: Call) -> Seat:
    assert call.seat is not None, "a call with an agent has a seat"
    return call.seat


def _unseat(call: Call) -> Call:
    return replace(call, seat=None, recording_id=None, on_hold=False)


def hand_over(call: Call, event: AgentReserved) -> Step:
    seat = event.seat
    call = replace(call, seat=seat)
    if seat.phone_mode is PhoneMode.RING_EACH_CALL:
        remaining = call.due_at or event.at + DROP_AFTER
        return replace(call, state=CallState.RINGING_AGENT, due_at=remaining), [
            Originate(seat.leg_id, seat.endpoint, seat.caller_id, ring_s=15, auto_answer=True)
        ]
    return bridge(call, event.at, event.recording_id, [StopMusic(seat.bridge_id)])


def bridge(call: Call, at: datetime, recording_id: UUID, before: list[Command | Effect]) -> Step:
    seat = _seat(call)
    call = replace(
        call,
        state=CallState.BRIDGING,
        due_at=at + JOIN_WITHIN,
        recording_id=recording_id if call.record else None,
    )
    commands: list[Command | Effect] = [Join(seat.bridge_id, call.leg_id), *before]
    if call.recording_id is not None:
        commands.append(StartRecording(seat.bridge_id, call.recording_id))
    return call, commands


def agent_picked_up(call: Call, event: LegAnswered) -> Step:
    seat = _seat(call)
    if event.leg_id != seat.leg_id:
        return alone.answered_again(call, event)
    # The recording takes the agent leg's id: one of each, and fixed before the request.
    after, commands = bridge(call, event.at, seat.leg_id, [])
    return after, [CreateBridge(seat.bridge_id), Join(seat.bridge_id, seat.leg_id), *commands]


def gone_while_agent_rings(call: Call, event: LegGone) -> Step:
    seat = _seat(call)
    if alone.is_prospect(call, event):
        ended = alone.end(call, event.at, alone.outcome_before_agent(event.cause), event.cause)
        return _unseat(ended), [
            HangUp(seat.leg_id),
            MoveAgent(seat.user_id, agents.Released(event.at)),
        ]
    if not alone.is_agent(call, event):
        return call, []
    return _next_agent(call, event.at, agents.PhoneUnanswered(event.at), [])


def agent_refused(call: Call, event: OriginateRefused) -> Step:
    if not alone.is_agent(call, event):
        return call, []
    return _next_agent(call, event.at, agents.PhoneUnanswered(event.at), [])


def drop_while_agent_rings(call: Call, event: TimerDue) -> Step:
    seat = _seat(call)
    dropped, commands = alone.drop(_unseat(call), event)
    return dropped, [
        *commands,
        HangUp(seat.leg_id),
        MoveAgent(seat.user_id, agents.PhoneUnanswered(event.at)),
    ]


def message_started_while_agent_rings(call: Call, event: MessageStarted) -> Step:
    seat = _seat(call)
    return alone.dropping(_unseat(call), event.at), [
        HangUp(seat.leg_id),
        MoveAgent(seat.user_id, agents.Released(event.at)),
    ]


def joined(call: Call, event: LegJoined) -> Step:
    seat = _seat(call)
    if not alone.is_prospect(call, event) or event.bridge_id != seat.bridge_id:
        return call, []  # the agent's own leg, or late news of an agent who is gone
    call = replace(call, state=CallState.TALKING, bridged_at=event.at, due_at=None)
    return call, [MoveAgent(seat.user_id, agents.Bridged(event.at))]


def join_failed(call: Call, event: JoinFailed) -> Step:
    seat = _seat(call)
    if event.bridge_id != seat.bridge_id:
        return call, []
    if event.bridge_gone:
        return _next_agent(call, event.at, agents.PhoneGone(event.at), leave_place(call))
    # The leg itself will not go in: it is gone or going, and its end will tell.
    return replace(call, due_at=event.at + HANG_UP_GRACE), [HangUp(event.leg_id)]


def not_joined(call: Call, event: TimerDue) -> Step:
    """No word of the bridge in time: this agent's place is not to be trusted."""
    return _next_agent(call, event.at, agents.PhoneGone(event.at), leave_place(call))


def leave_place(call: Call) -> list[Command | Effect]:
    """Give up an agent's bridge and leg, which did not do what they should."""
    return [*clear_seat(call, agent_gone=True), HangUp(_seat(call).leg_id)]


def join_again(call: Call, event: Adopted) -> Step:
    seat = _seat(call)
    commands: list[Command | Effect] = []
    if seat.phone_mode is PhoneMode.RING_EACH_CALL:
        commands += [CreateBridge(seat.bridge_id), Join(seat.bridge_id, seat.leg_id)]
    commands += [Join(seat.bridge_id, call.leg_id), StopMusic(seat.bridge_id)]
    if call.recording_id is not None:
        commands.append(StartRecording(seat.bridge_id, call.recording_id))
    return replace(call, due_at=event.at + JOIN_WITHIN), commands


def message_started_without_agent(call: Call, event: MessageStarted) -> Step:
    """The agent's phone is gone, or its bridge did not take the prospect."""
    seat = _seat(call)
    return alone.dropping(_unseat(call), event.at), [
        *holding.taken_off(call),
        *leave_place(call),
        MoveAgent(seat.user_id, agents.PhoneGone(event.at)),
    ]


def _next_agent(call: Call, at: datetime, why: agents.AgentEvent, commands: list[Command | Effect]) -> Step:
    """DIAL-10: the prospect on the line goes to another agent, or gets the message."""
    seat = _seat(call)
    # Who was with nobody yet has waited since the answer (CMP-1); the message may be due at once.
    alone_since = at if call.bridged_at is not None else call.answered_at or at
    back = replace(_unseat(call), state=CallState.ANSWERED, due_at=alone_since + DROP_AFTER)
    return back, [*holding.taken_off(call), *commands, MoveAgent(seat.user_id, why), ReserveAgent()]


def gone_while_bridging(call: Call, event: LegGone) -> Step:
    seat = _seat(call)
    if alone.is_prospect(call, event):
        ended = alone.end(call, event.at, alone.outcome_before_agent(event.cause), event.cause)
        return _unseat(ended), [
            *clear_seat(call),
            MoveAgent(seat.user_id, agents.Released(event.at)),
        ]
    if not alone.is_agent(call, event):
        return call, []
    return _agent_vanished(call, event)


def _agent_vanished(call: Call, event: LegGone) -> Step:
    seat = _seat(call)
    stays = seat.phone_mode is PhoneMode.STAY_CONNECTED
    lost = stays or call.state is CallState.TALKING
    why = agents.PhoneGone(event.at) if lost else agents.PhoneUnanswered(event.at)
    return _next_agent(call, event.at, why, clear_seat(call, agent_gone=True))


def gone_while_talking(call: Call, event: LegGone) -> Step:
    seat = _seat(call)
    if alone.is_prospect(call, event):
        return _conversation_over(call, event.at, event.cause, [])
    if not alone.is_agent(call, event):
        return call, []
    if seat.phone_mode is PhoneMode.RING_EACH_CALL and event.cause == NORMAL_CLEARING:
        # A phone that is rung for each call ends the call by hanging up.
        return _conversation_over(call, event.at, event.cause, [HangUp(call.leg_id)])
    return _agent_vanished(call, event)


def _conversation_over(call: Call, at: datetime, cause: int, commands: list[Command | Effect]) -> Step:
    seat = _seat(call)
    over = replace(
        call,
        state=CallState.WRAP_UP,
        outcome=Outcome.CONNECTED,
        cause=None if cause == VANISHED else cause,
        ended_at=at,
        due_at=None,
        on_hold=False,
    )
    return over, [
        *commands,
        *clear_seat(call),
        MoveAgent(seat.user_id, agents.CallEnded(at)),
    ]


def agent_not_joined(call: Call, event: JoinFailed) -> Step:
    """The prospect is in the bridge and the agent's own leg did not get in: nobody is there."""
    seat = _seat(call)
    if event.leg_id != seat.leg_id or event.bridge_id != seat.bridge_id:
        return call, []
    return _next_agent(call, event.at, agents.PhoneGone(event.at), leave_place(call))
