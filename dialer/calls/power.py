"""The power call: prospect first, then a ready agent (DIAL-4, LPS-3).

    dialing → answered → bridging → talking → wrap_up → ended

A ring-each-call agent's phone is rung in between (``ringing_agent``). An
answered prospect for whom nobody is ready within 2 s hears the message
(``dropping``) and counts as a drop (CMP-1, CMP-2). A prospect whose agent
vanishes goes back to ``answered`` and to the next agent (DIAL-10). Late
hang-ups and events that come twice are rules, not exceptions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from dialer import agents
from dialer.agents import PhoneMode
from dialer.calls.commands import (
    Command,
    CreateBridge,
    DestroyBridge,
    Effect,
    HangUp,
    Join,
    MoveAgent,
    Originate,
    PlayMessage,
    ReserveAgent,
    StartMusic,
    StartRecording,
    StopMusic,
    StopRecording,
)
from dialer.calls.events import (
    Adopted,
    AgentFreed,
    AgentReserved,
    Event,
    HangUpAsked,
    JoinFailed,
    LegAnswered,
    LegGone,
    LegJoined,
    MessageEnded,
    MessageStarted,
    NoAgentReady,
    OriginateRefused,
    ResultSaved,
    Seat,
    TimerDue,
)
from dialer.errors import IllegalTransition

DROP_AFTER = timedelta(seconds=2)
"""CMP-1: answered by a person and not with an agent within this time is a drop."""

RING_GRACE = timedelta(seconds=5)
"""Asterisk ends an unanswered leg by itself; this much later we ask for it."""

HANG_UP_GRACE = timedelta(seconds=5)
"""A leg that was told to hang up is gone by then, or we believe it lost."""

JOIN_WITHIN = timedelta(seconds=2)
"""A leg that is not in its bridge by then is handed to somebody else."""

MESSAGE_AT_MOST = timedelta(seconds=30)


class CallState(Enum):
    DIALING = "dialing"
    ANSWERED = "answered"
    RINGING_AGENT = "ringing_agent"
    BRIDGING = "bridging"
    TALKING = "talking"
    DROPPING = "dropping"
    WRAP_UP = "wrap_up"
    ENDED = "ended"


OVER = frozenset({CallState.WRAP_UP, CallState.ENDED})
"""The states in which nothing of the call is left on the line."""


class Outcome(Enum):
    """How a call ended on the line."""

    CONNECTED = "connected"
    HUNG_UP = "hung_up"  # the prospect hung up before an agent was there
    DROPPED = "dropped"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    MACHINE = "machine"
    REJECTED = "rejected"
    INVALID = "invalid"
    CONGESTED = "congested"
    FAILED = "failed"
    LOST = "lost"  # Asterisk or Ringpool stopped meanwhile: how it ended is not known


# ITU-T Q.850 causes as Asterisk reports them; everything else is FAILED.
OUTCOME_BY_CAUSE = {
    0: Outcome.NO_ANSWER,
    1: Outcome.INVALID,
    3: Outcome.CONGESTED,
    16: Outcome.NO_ANSWER,
    17: Outcome.BUSY,
    18: Outcome.NO_ANSWER,
    19: Outcome.NO_ANSWER,
    20: Outcome.FAILED,
    21: Outcome.REJECTED,
    22: Outcome.INVALID,
    26: Outcome.NO_ANSWER,
    28: Outcome.INVALID,
    34: Outcome.CONGESTED,
    38: Outcome.CONGESTED,
    41: Outcome.CONGESTED,
    42: Outcome.CONGESTED,
    44: Outcome.CONGESTED,
    102: Outcome.NO_ANSWER,
    127: Outcome.NO_ANSWER,
}

NORMAL_CLEARING = 16

VANISHED = -1
"""The cause that ``reconcile`` gives to a leg that Asterisk no longer knows."""


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt. ``leg_id`` is the prospect's channel; ``due_at`` the next deadline."""

    state: CallState
    leg_id: UUID
    ring_s: int
    record: bool
    drop_message: str
    launched_at: datetime
    due_at: datetime | None = None
    seat: Seat | None = None
    recording_id: UUID | None = None
    outcome: Outcome | None = None
    cause: int | None = None
    answered_at: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None
    saved_at: datetime | None = None


Step = tuple[Call, list[Command | Effect]]
_Rule = Callable[[Call, Any], Step]


def launch(leg_id: UUID, ring_s: int, record: bool, drop_message: str, at: datetime) -> Call:
    """A call about to be dialed."""
    return Call(
        CallState.DIALING,
        leg_id,
        ring_s,
        record,
        drop_message,
        launched_at=at,
        due_at=at + timedelta(seconds=ring_s) + RING_GRACE,
    )


def step(call: Call, event: Event) -> Step:
    """Return the next call and the commands that bring it about.

    Raises IllegalTransition for an event that no rule of the state knows.
    """
    try:
        rule = RULES[call.state, type(event)]
    except KeyError:
        raise IllegalTransition(call, event) from None
    return rule(call, event)


def _ignore(call: Call, event: Event) -> Step:
    return call, []


def _is_prospect(call: Call, event: Any) -> bool:
    return bool(event.leg_id == call.leg_id)


def _is_agent(call: Call, event: Any) -> bool:
    return call.seat is not None and event.leg_id == call.seat.leg_id


def _stray(call: Call, event: LegAnswered) -> Step:
    """A leg that comes up when its call has no use for it any more."""
    return call, [HangUp(event.leg_id)]


def _answered_again(call: Call, event: LegAnswered) -> Step:
    """The call's own legs may say it twice; any other leg came too late."""
    known = _is_prospect(call, event) or _is_agent(call, event)
    return (call, []) if known else _stray(call, event)


# -- parting from an agent ---------------------------------------------------------------------


def _clear_seat(call: Call, *, agent_gone: bool = False) -> list[Command | Effect]:
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
    return replace(call, seat=None, recording_id=None)


def _end(call: Call, at: datetime, outcome: Outcome, cause: int | None = None) -> Call:
    return replace(call, state=CallState.ENDED, outcome=outcome, cause=cause, ended_at=at, due_at=None)


def _outcome_before_agent(cause: int) -> Outcome:
    return Outcome.LOST if cause == VANISHED else Outcome.HUNG_UP


# -- dialing ------------------------------------------------------------------------------------


def _answered(call: Call, event: LegAnswered) -> Step:
    if not _is_prospect(call, event):
        return _stray(call, event)
    call = replace(call, state=CallState.ANSWERED, answered_at=event.at, due_at=event.at + DROP_AFTER)
    return call, [ReserveAgent()]


def _not_answered(call: Call, event: LegGone) -> Step:
    if not _is_prospect(call, event):
        return call, []
    if event.cause == VANISHED:
        return _end(call, event.at, Outcome.LOST, None), []
    return _end(call, event.at, OUTCOME_BY_CAUSE.get(event.cause, Outcome.FAILED), event.cause), []


def _refused(call: Call, event: OriginateRefused) -> Step:
    return _end(call, event.at, Outcome.FAILED), []


def _rang_out(call: Call, event: TimerDue) -> Step:
    return replace(call, due_at=event.at + HANG_UP_GRACE), [HangUp(call.leg_id)]


# -- answered: waiting for an agent ---------------------------------------------------------------


def _hand_over(call: Call, event: AgentReserved) -> Step:
    seat = event.seat
    call = replace(call, seat=seat)
    if seat.phone_mode is PhoneMode.RING_EACH_CALL:
        remaining = call.due_at or event.at + DROP_AFTER
        return replace(call, state=CallState.RINGING_AGENT, due_at=remaining), [
            Originate(seat.leg_id, seat.endpoint, seat.caller_id, ring_s=15, auto_answer=True)
        ]
    return _bridge(call, event.at, event.recording_id, [StopMusic(seat.bridge_id)])


def _bridge(call: Call, at: datetime, recording_id: UUID, before: list[Command | Effect]) -> Step:
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


def _ask_again(call: Call, event: AgentFreed | Adopted) -> Step:
    return call, [ReserveAgent()]


def _dropping(call: Call, at: datetime) -> Call:
    return replace(call, state=CallState.DROPPING, outcome=Outcome.DROPPED, due_at=at + MESSAGE_AT_MOST)


def _drop(call: Call, event: TimerDue) -> Step:
    return _dropping(call, event.at), [PlayMessage(call.leg_id, call.drop_message)]


def _message_started(call: Call, event: MessageStarted) -> Step:
    answered_at = call.answered_at or event.answered_at
    return replace(_dropping(call, event.at), answered_at=answered_at), []


def _hung_up_waiting(call: Call, event: LegGone) -> Step:
    if not _is_prospect(call, event):
        return call, []
    return _end(call, event.at, _outcome_before_agent(event.cause), event.cause), []


# -- ringing_agent ----------------------------------------------------------------------------------


def _agent_picked_up(call: Call, event: LegAnswered) -> Step:
    seat = _seat(call)
    if event.leg_id != seat.leg_id:
        return _answered_again(call, event)
    # The recording takes the agent leg's id: one of each, and fixed before the request.
    after, commands = _bridge(call, event.at, seat.leg_id, [])
    return after, [CreateBridge(seat.bridge_id), Join(seat.bridge_id, seat.leg_id), *commands]


def _gone_while_agent_rings(call: Call, event: LegGone) -> Step:
    seat = _seat(call)
    if _is_prospect(call, event):
        ended = _end(call, event.at, _outcome_before_agent(event.cause), event.cause)
        return _unseat(ended), [
            HangUp(seat.leg_id),
            MoveAgent(seat.user_id, agents.Released(event.at)),
        ]
    if not _is_agent(call, event):
        return call, []
    return _next_agent(call, event.at, agents.PhoneUnanswered(event.at), [])


def _agent_refused(call: Call, event: OriginateRefused) -> Step:
    if not _is_agent(call, event):
        return call, []
    return _next_agent(call, event.at, agents.PhoneUnanswered(event.at), [])


def _drop_while_agent_rings(call: Call, event: TimerDue) -> Step:
    seat = _seat(call)
    dropped, commands = _drop(_unseat(call), event)
    return dropped, [
        *commands,
        HangUp(seat.leg_id),
        MoveAgent(seat.user_id, agents.PhoneUnanswered(event.at)),
    ]


def _message_started_while_agent_rings(call: Call, event: MessageStarted) -> Step:
    seat = _seat(call)
    return _dropping(_unseat(call), event.at), [
        HangUp(seat.leg_id),
        MoveAgent(seat.user_id, agents.Released(event.at)),
    ]


# -- bridging and talking -----------------------------------------------------------------------------


def _joined(call: Call, event: LegJoined) -> Step:
    seat = _seat(call)
    if not _is_prospect(call, event) or event.bridge_id != seat.bridge_id:
        return call, []  # the agent's own leg, or late news of an agent who is gone
    call = replace(call, state=CallState.TALKING, bridged_at=event.at, due_at=None)
    return call, [MoveAgent(seat.user_id, agents.Bridged(event.at))]


def _join_failed(call: Call, event: JoinFailed) -> Step:
    seat = _seat(call)
    if event.bridge_id != seat.bridge_id:
        return call, []
    if event.bridge_gone:
        return _next_agent(call, event.at, agents.PhoneGone(event.at), _leave_place(call))
    # The leg itself will not go in: it is gone or going, and its end will tell.
    return replace(call, due_at=event.at + HANG_UP_GRACE), [HangUp(event.leg_id)]


def _not_joined(call: Call, event: TimerDue) -> Step:
    """No word of the bridge in time: this agent's place is not to be trusted."""
    return _next_agent(call, event.at, agents.PhoneGone(event.at), _leave_place(call))


def _leave_place(call: Call) -> list[Command | Effect]:
    """Give up an agent's bridge and leg, which did not do what they should."""
    return [*_clear_seat(call, agent_gone=True), HangUp(_seat(call).leg_id)]


def _join_again(call: Call, event: Adopted) -> Step:
    seat = _seat(call)
    commands: list[Command | Effect] = []
    if seat.phone_mode is PhoneMode.RING_EACH_CALL:
        commands += [CreateBridge(seat.bridge_id), Join(seat.bridge_id, seat.leg_id)]
    commands += [Join(seat.bridge_id, call.leg_id), StopMusic(seat.bridge_id)]
    if call.recording_id is not None:
        commands.append(StartRecording(seat.bridge_id, call.recording_id))
    return replace(call, due_at=event.at + JOIN_WITHIN), commands


def _message_started_without_agent(call: Call, event: MessageStarted) -> Step:
    """The agent's phone is gone, or its bridge did not take the prospect."""
    seat = _seat(call)
    return _dropping(_unseat(call), event.at), [
        *_leave_place(call),
        MoveAgent(seat.user_id, agents.PhoneGone(event.at)),
    ]


def _next_agent(call: Call, at: datetime, why: agents.AgentEvent, commands: list[Command | Effect]) -> Step:
    """DIAL-10: the prospect on the line goes to another agent, or gets the message."""
    seat = _seat(call)
    # Who was with nobody yet has waited since the answer (CMP-1); the message may be due at once.
    alone_since = at if call.bridged_at is not None else call.answered_at or at
    back = replace(_unseat(call), state=CallState.ANSWERED, due_at=alone_since + DROP_AFTER)
    return back, [*commands, MoveAgent(seat.user_id, why), ReserveAgent()]


def _gone_while_bridging(call: Call, event: LegGone) -> Step:
    seat = _seat(call)
    if _is_prospect(call, event):
        ended = _end(call, event.at, _outcome_before_agent(event.cause), event.cause)
        return _unseat(ended), [
            *_clear_seat(call),
            MoveAgent(seat.user_id, agents.Released(event.at)),
        ]
    if not _is_agent(call, event):
        return call, []
    return _agent_vanished(call, event)


def _agent_vanished(call: Call, event: LegGone) -> Step:
    seat = _seat(call)
    stays = seat.phone_mode is PhoneMode.STAY_CONNECTED
    lost = stays or call.state is CallState.TALKING
    why = agents.PhoneGone(event.at) if lost else agents.PhoneUnanswered(event.at)
    return _next_agent(call, event.at, why, _clear_seat(call, agent_gone=True))


def _gone_while_talking(call: Call, event: LegGone) -> Step:
    seat = _seat(call)
    if _is_prospect(call, event):
        return _conversation_over(call, event.at, event.cause, [])
    if not _is_agent(call, event):
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
    )
    return over, [
        *commands,
        *_clear_seat(call),
        MoveAgent(seat.user_id, agents.CallEnded(at)),
    ]


def _agent_not_joined(call: Call, event: JoinFailed) -> Step:
    """The prospect is in the bridge and the agent's own leg did not get in: nobody is there."""
    seat = _seat(call)
    if event.leg_id != seat.leg_id or event.bridge_id != seat.bridge_id:
        return call, []
    away = [*_clear_seat(call, agent_gone=True), HangUp(seat.leg_id)]
    return _next_agent(call, event.at, agents.PhoneGone(event.at), away)


def _hang_up(call: Call, event: HangUpAsked) -> Step:
    return call, [HangUp(call.leg_id)]


# -- dropping and after --------------------------------------------------------------------------------


def _hang_up_dropped(call: Call, event: Event) -> Step:
    return replace(call, due_at=event.at + HANG_UP_GRACE), [HangUp(call.leg_id)]


def _message_again(call: Call, event: Adopted) -> Step:
    # Whether it was played to its end is not known: better twice than never.
    return replace(call, due_at=event.at + MESSAGE_AT_MOST), [PlayMessage(call.leg_id, call.drop_message)]


def _dropped(call: Call, event: LegGone) -> Step:
    if not _is_prospect(call, event):
        return call, []
    return _end(call, event.at, Outcome.DROPPED, event.cause), []


def _saved(call: Call, event: ResultSaved) -> Step:
    return replace(call, state=CallState.ENDED, saved_at=event.at), []


_S = CallState
_LEG_NOISE: dict[type[Event], _Rule] = {LegJoined: _ignore}
_AGENT_NOISE: dict[type[Event], _Rule] = {NoAgentReady: _ignore, AgentFreed: _ignore}
_LATE: dict[type[Event], _Rule] = {
    **_LEG_NOISE,
    **_AGENT_NOISE,
    LegAnswered: _stray,
    LegGone: _ignore,
    JoinFailed: _ignore,
    OriginateRefused: _ignore,
    MessageEnded: _ignore,
    MessageStarted: _ignore,
    TimerDue: _ignore,
    HangUpAsked: _ignore,
    Adopted: _ignore,
}

_TABLE: dict[CallState, dict[type[Event], _Rule]] = {
    _S.DIALING: {
        **_LEG_NOISE,
        **_AGENT_NOISE,
        LegAnswered: _answered,
        LegGone: _not_answered,
        OriginateRefused: _refused,
        MessageEnded: _ignore,
        MessageStarted: _message_started,
        TimerDue: _rang_out,
        HangUpAsked: _hang_up,
        Adopted: _ignore,
    },
    _S.ANSWERED: {
        **_LEG_NOISE,
        LegAnswered: _answered_again,
        LegGone: _hung_up_waiting,
        JoinFailed: _ignore,
        OriginateRefused: _ignore,
        AgentReserved: _hand_over,
        NoAgentReady: _ignore,
        AgentFreed: _ask_again,
        MessageEnded: _ignore,
        MessageStarted: _message_started,
        TimerDue: _drop,
        HangUpAsked: _ignore,
        Adopted: _ask_again,
    },
    _S.RINGING_AGENT: {
        **_LEG_NOISE,
        **_AGENT_NOISE,
        LegAnswered: _agent_picked_up,
        LegGone: _gone_while_agent_rings,
        JoinFailed: _ignore,
        OriginateRefused: _agent_refused,
        MessageEnded: _ignore,
        MessageStarted: _message_started_while_agent_rings,
        TimerDue: _drop_while_agent_rings,
        HangUpAsked: _ignore,
        Adopted: _ignore,
    },
    _S.BRIDGING: {
        **_AGENT_NOISE,
        LegAnswered: _answered_again,
        LegJoined: _joined,
        LegGone: _gone_while_bridging,
        JoinFailed: _join_failed,
        OriginateRefused: _ignore,
        MessageEnded: _ignore,
        MessageStarted: _message_started_without_agent,
        TimerDue: _not_joined,
        HangUpAsked: _hang_up,
        Adopted: _join_again,
    },
    _S.TALKING: {
        **_LEG_NOISE,
        **_AGENT_NOISE,
        LegAnswered: _answered_again,
        LegGone: _gone_while_talking,
        JoinFailed: _agent_not_joined,
        OriginateRefused: _ignore,
        MessageEnded: _ignore,
        MessageStarted: _message_started_without_agent,
        TimerDue: _ignore,
        HangUpAsked: _hang_up,
        Adopted: _ignore,
    },
    _S.DROPPING: {
        **_LATE,
        LegAnswered: _answered_again,
        LegGone: _dropped,
        MessageEnded: _hang_up_dropped,
        TimerDue: _hang_up_dropped,
        Adopted: _message_again,
    },
    _S.WRAP_UP: {**_LATE, ResultSaved: _saved},
    _S.ENDED: {**_LATE, ResultSaved: _ignore},
}

RULES: dict[tuple[CallState, type[Event]], _Rule] = {
    (state, kind): rule for state, rules in _TABLE.items() for kind, rule in rules.items()
}
