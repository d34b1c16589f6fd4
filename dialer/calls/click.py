"""The click call: an agent who dials alone calls one prospect (LPS-12, LPS-8).

    (ringing_agent →) dialing → bridging → talking → wrap_up → ended

The agent is reserved from the launch on, so that whoever answers is talked to at once: there is
no queue and no drop but one. A stay-connected agent hears ringing in their own bridge; a phone that
is rung for each call is up before the prospect is dialed. Where the agent is lost while the prospect
is on the line nobody else is there: the prospect hears the message and counts as a drop (CMP-2).
From the conversation on the rules are the power call's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from dialer import agents
from dialer.agents import PhoneMode
from dialer.calls import holding, power, power_alone, power_together
from dialer.calls.call import (
    NORMAL_CLEARING,
    OUTCOME_BY_CAUSE,
    VANISHED,
    Call,
    CallState,
    Mode,
    Outcome,
    Rule,
    Step,
    step_by,
)
from dialer.calls.commands import (
    Command,
    CreateBridge,
    Effect,
    HangUp,
    Join,
    Leave,
    MoveAgent,
    Originate,
    PlayMessage,
    StartRinging,
    StopMusic,
    StopRinging,
)
from dialer.calls.events import (
    Adopted,
    Event,
    HangUpAsked,
    JoinFailed,
    LegAnswered,
    LegGone,
    MessageStarted,
    OriginateRefused,
    Seat,
    TimerDue,
)
from dialer.calls.power import RING_GRACE
from dialer.calls.power_alone import HANG_UP_GRACE

AGENT_RINGS_S = 15
"""How long a phone that is rung for each call may ring before the prospect is let be."""


def launch(
    leg_id: UUID,
    seat: Seat,
    endpoint: str,
    caller_id: str,
    ring_s: int,
    record: bool,
    drop_message: str,
    at: datetime,
) -> Step:
    """A call about to be made for a reserved agent, and what to ask first."""
    call = Call(
        CallState.RINGING_AGENT,
        leg_id,
        ring_s,
        record,
        drop_message,
        launched_at=at,
        due_at=at + timedelta(seconds=AGENT_RINGS_S) + RING_GRACE,
        seat=seat,
        mode=Mode.CLICK,
        endpoint=endpoint,
        caller_id=caller_id,
    )
    if seat.phone_mode is PhoneMode.RING_EACH_CALL:
        return call, [Originate(seat.leg_id, seat.endpoint, seat.caller_id, AGENT_RINGS_S, auto_answer=True)]
    return _dial(call, at, [StopMusic(seat.bridge_id)])


def step(call: Call, event: Event) -> Step:
    """The call after an event; see ``call.step_by``."""
    return step_by(RULES, call, event)


# -- the agent's phone rings ---------------------------------------------------------------------------


def _agent_picked_up(call: Call, event: LegAnswered) -> Step:
    if not power_alone.is_agent(call, event):
        return power_alone.stray(call, event)
    seat = _seat(call)
    return _dial(call, event.at, [CreateBridge(seat.bridge_id), Join(seat.bridge_id, seat.leg_id)])


def _dial(call: Call, at: datetime, before: list[Command | Effect]) -> Step:
    seat = _seat(call)
    due_at = at + timedelta(seconds=call.ring_s) + RING_GRACE
    return replace(call, state=CallState.DIALING, due_at=due_at), [
        *before,
        Originate(call.leg_id, call.endpoint, call.caller_id, call.ring_s),
        StartRinging(seat.bridge_id, call.leg_id),
    ]


def _agent_did_not_answer(call: Call, event: LegGone | OriginateRefused) -> Step:
    if not power_alone.is_agent(call, event):
        return call, []
    return _not_called(call, agents.PhoneUnanswered(event.at), [])


def _agent_rang_out(call: Call, event: TimerDue) -> Step:
    return _not_called(call, agents.PhoneUnanswered(event.at), [HangUp(_seat(call).leg_id)])


def _given_up_before(call: Call, event: HangUpAsked) -> Step:
    return _not_called(call, agents.Released(event.at), [HangUp(_seat(call).leg_id)])


def _not_called(call: Call, why: agents.AgentEvent, commands: list[Command | Effect]) -> Step:
    ended = power_alone.end(call, why.at, Outcome.NOT_CALLED)
    return ended, [*commands, MoveAgent(_seat(call).user_id, why)]


# -- the prospect's phone rings --------------------------------------------------------------------------


def _answered(call: Call, event: LegAnswered) -> Step:
    if not power_alone.is_prospect(call, event):
        return power_alone.answered_again(call, event)
    call = replace(call, answered_at=event.at)
    if call.outcome is not None:
        return _drop(call, event.at, agents.Released(event.at), _free_seat(call))
    # The recording takes the prospect leg's id: one of each, and fixed before the request.
    return power_together.bridge(call, event.at, call.leg_id, [_stop_ringing(call)])


def _gone_while_dialing(call: Call, event: LegGone) -> Step:
    if power_alone.is_prospect(call, event):
        return _not_answered(call, event.at, _how_it_ended(call, event.cause), event.cause)
    if not power_alone.is_agent(call, event):
        return call, []
    return _agent_gone_while_dialing(call, _why_gone(call, event), _free_seat(call, agent_gone=True))


def _how_it_ended(call: Call, cause: int) -> Outcome:
    if call.outcome is not None:
        return call.outcome
    return Outcome.LOST if cause == VANISHED else OUTCOME_BY_CAUSE.get(cause, Outcome.FAILED)


def _not_answered(call: Call, at: datetime, outcome: Outcome, cause: int | None) -> Step:
    # Whose call it was stays on record.
    ended = power_alone.end(call, at, outcome, None if cause == VANISHED else cause)
    if call.seat is None:
        return ended, []
    return ended, [*_free_seat(call), MoveAgent(call.seat.user_id, agents.Released(at))]


def _refused(call: Call, event: OriginateRefused) -> Step:
    if not power_alone.is_prospect(call, event):
        return call, []
    return _not_answered(call, event.at, call.outcome or Outcome.FAILED, None)


def _cancel(call: Call, event: HangUpAsked) -> Step:
    cancelled = replace(call, outcome=Outcome.CANCELLED, due_at=event.at + HANG_UP_GRACE)
    return cancelled, [HangUp(call.leg_id)]


def _agent_not_seated(call: Call, event: JoinFailed) -> Step:
    if not power_alone.is_agent(call, event):
        return call, []
    place = [*_free_seat(call, agent_gone=True), HangUp(event.leg_id)]
    return _agent_gone_while_dialing(call, agents.PhoneGone(event.at), place)


def _agent_gone_while_dialing(call: Call, why: agents.AgentEvent, place: list[Command | Effect]) -> Step:
    """The prospect's phone still rings: it stops, and who answers all the same hears the message."""
    cancelled = replace(
        call, seat=None, recording_id=None, outcome=Outcome.CANCELLED, due_at=why.at + HANG_UP_GRACE
    )
    return cancelled, [HangUp(call.leg_id), *place, MoveAgent(_seat(call).user_id, why)]


def _message_started_while_dialing(call: Call, event: MessageStarted) -> Step:
    call = replace(call, answered_at=call.answered_at or event.answered_at)
    after, wishes = _drop(call, event.at, agents.Released(event.at), _free_seat(call))
    return after, [wish for wish in wishes if not isinstance(wish, PlayMessage)]


# -- the prospect is on the line -------------------------------------------------------------------------


def _gone_while_bridging(call: Call, event: LegGone) -> Step:
    if power_alone.is_agent(call, event):
        return _drop(call, event.at, _why_gone(call, event), power_together.clear_seat(call, agent_gone=True))
    after, wishes = power_together.gone_while_bridging(call, event)
    return replace(after, seat=call.seat), wishes


def _gone_while_talking(call: Call, event: LegGone) -> Step:
    if power_alone.is_agent(call, event) and not _hung_up_themselves(call, event):
        return _drop(
            call,
            event.at,
            agents.PhoneGone(event.at),
            power_together.clear_seat(call, agent_gone=True),
        )
    return power_together.gone_while_talking(call, event)


def _join_failed(call: Call, event: JoinFailed) -> Step:
    if event.bridge_id == _seat(call).bridge_id and event.bridge_gone:
        return _drop_from_bad_place(call, event)
    return power_together.join_failed(call, event)


def _agent_not_joined(call: Call, event: JoinFailed) -> Step:
    seat = _seat(call)
    if event.leg_id != seat.leg_id or event.bridge_id != seat.bridge_id:
        return call, []
    return _drop_from_bad_place(call, event)


def _drop_from_bad_place(call: Call, event: Event) -> Step:
    """The agent's bridge did not do what it should, and nobody else is there for the prospect."""
    return _drop(call, event.at, agents.PhoneGone(event.at), power_together.leave_place(call))


def _join_again(call: Call, event: Adopted) -> Step:
    after, commands = power_together.join_again(call, event)
    return after, [*commands, _stop_ringing(call)]


def _drop(call: Call, at: datetime, why: agents.AgentEvent, place: list[Command | Effect]) -> Step:
    """The agent is gone or gives up: the prospect hears the message at once."""
    dropped = replace(power_alone.dropping(call, at), seat=None, recording_id=None, on_hold=False)
    together = call.state in (CallState.BRIDGING, CallState.TALKING)
    out = [Leave(_seat(call).bridge_id, call.leg_id)] if together else []
    wishes = [*holding.taken_off(call), *out, PlayMessage(call.leg_id, call.drop_message), *place]
    if call.seat is not None:
        wishes.append(MoveAgent(call.seat.user_id, why))
    return dropped, wishes


# -- the agent's place -------------------------------------------------------------------------------------


def _seat(call: Call) -> Seat:
    assert call.seat is not None, "a call with an agent has a seat"
    return call.seat


def _stop_ringing(call: Call) -> StopRinging:
    return StopRinging(_seat(call).bridge_id, call.leg_id)


def _free_seat(call: Call, *, agent_gone: bool = False) -> list[Command | Effect]:
    """Give the agent's bridge back while it rings; nothing where that was done."""
    if call.seat is None:
        return []
    return [_stop_ringing(call), *power_together.clear_seat(call, agent_gone=agent_gone)]


def _hung_up_themselves(call: Call, event: LegGone) -> bool:
    return _seat(call).phone_mode is PhoneMode.RING_EACH_CALL and event.cause == NORMAL_CLEARING


def _why_gone(call: Call, event: LegGone) -> agents.AgentEvent:
    """A phone that is rung for each call gives a call up by hanging up; any other is lost."""
    return agents.Released(event.at) if _hung_up_themselves(call, event) else agents.PhoneGone(event.at)


# -- the table ---------------------------------------------------------------------------------------------


def _as_power(state: CallState) -> dict[type[Event], Rule]:
    """The power call's rules of a state."""
    return {kind: rule for (there, kind), rule in power.RULES.items() if there is state}


_S = CallState
_TABLE: dict[CallState, dict[type[Event], Rule]] = {
    _S.RINGING_AGENT: {
        **_as_power(_S.RINGING_AGENT),
        LegAnswered: _agent_picked_up,
        LegGone: _agent_did_not_answer,
        OriginateRefused: _agent_did_not_answer,
        MessageStarted: power_alone.ignore,
        TimerDue: _agent_rang_out,
        HangUpAsked: _given_up_before,
    },
    _S.DIALING: {
        **_as_power(_S.DIALING),
        LegAnswered: _answered,
        LegGone: _gone_while_dialing,
        JoinFailed: _agent_not_seated,
        OriginateRefused: _refused,
        MessageStarted: _message_started_while_dialing,
        HangUpAsked: _cancel,
    },
    _S.BRIDGING: {
        **_as_power(_S.BRIDGING),
        LegGone: _gone_while_bridging,
        JoinFailed: _join_failed,
        TimerDue: _drop_from_bad_place,
        Adopted: _join_again,
    },
    _S.TALKING: {
        **_as_power(_S.TALKING),
        LegGone: _gone_while_talking,
        JoinFailed: _agent_not_joined,
    },
    _S.DROPPING: _as_power(_S.DROPPING),
    _S.WRAP_UP: _as_power(_S.WRAP_UP),
    _S.ENDED: _as_power(_S.ENDED),
}

RULES: dict[tuple[CallState, type[Event]], Rule] = {
    (state, kind): rule for state, rules in _TABLE.items() for kind, rule in rules.items()
}
