"""The call of a lead: whoever pressed 1 first is on the phone, and the lead is called (RING-3).

    dialing → bridging → talking → wrap_up → ended
            → telling → ended

A click call whose agent is on the line already and which is recorded from the start: from the press of
1 on. An agent whose lead is busy or does not answer is told by voice; the lead stays theirs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from dialer import agents
from dialer.agents import PhoneMode
from dialer.calls import click, power_alone, power_together
from dialer.calls.call import OUTCOME_BY_CAUSE, VANISHED, Call, CallState, Mode, Outcome, Rule, Step
from dialer.calls.commands import (
    Command,
    CreateBridge,
    Effect,
    Join,
    MoveAgent,
    Originate,
    PlayMessage,
    StartRecording,
    StartRinging,
    StopRecording,
    StopRinging,
)
from dialer.calls.events import (
    Event,
    HangUpAsked,
    LegAnswered,
    LegGone,
    LegJoined,
    MessageEnded,
    OriginateRefused,
    Seat,
    TimerDue,
)
from dialer.calls.power import RING_GRACE
from dialer.calls.power_alone import MESSAGE_AT_MOST
from dialer.calls.power_together import JOIN_WITHIN


def begin(
    leg_id: UUID,
    seat: Seat,
    endpoint: str,
    caller_id: str,
    ring_s: int,
    record: bool,
    drop_message: str,
    tell: dict[str, str],
    at: datetime,
) -> Step:
    """The call that a press of 1 begins. The agent's leg is up; one that stays connected is in its bridge."""
    call = Call(
        CallState.DIALING,
        leg_id,
        ring_s,
        record,
        drop_message,
        launched_at=at,
        due_at=at + timedelta(seconds=ring_s) + RING_GRACE,
        seat=seat,
        # The recording takes the lead leg's id: one of each, and fixed before the request.
        recording_id=leg_id if record else None,
        mode=Mode.RING_ALL,
        tell=tell,
        endpoint=endpoint,
        caller_id=caller_id,
    )
    commands: list[Command | Effect] = [Originate(leg_id, endpoint, caller_id, ring_s)]
    if seat.phone_mode is PhoneMode.RING_EACH_CALL:
        commands += [CreateBridge(seat.bridge_id), Join(seat.bridge_id, seat.leg_id)]
    if call.recording_id is not None:
        commands.append(StartRecording(seat.bridge_id, call.recording_id))
    commands.append(StartRinging(seat.bridge_id, leg_id))
    return call, commands


# -- the lead's phone rings -------------------------------------------------------------------------------


def _answered(call: Call, event: LegAnswered) -> Step:
    if not power_alone.is_prospect(call, event) or call.outcome is not None:
        return click.RULES[CallState.DIALING, LegAnswered](call, event)
    seat = _seat(call)
    call = replace(call, state=CallState.BRIDGING, answered_at=event.at, due_at=event.at + JOIN_WITHIN)
    return call, [Join(seat.bridge_id, call.leg_id), StopRinging(seat.bridge_id, call.leg_id)]


def _gone_while_dialing(call: Call, event: LegGone) -> Step:
    if not power_alone.is_prospect(call, event):
        return click.RULES[CallState.DIALING, LegGone](call, event)
    if call.outcome is not None:
        outcome = call.outcome
    else:
        lost = event.cause == VANISHED
        outcome = Outcome.LOST if lost else OUTCOME_BY_CAUSE.get(event.cause, Outcome.FAILED)
    return _not_reached(call, event.at, outcome, event.cause)


def _refused(call: Call, event: OriginateRefused) -> Step:
    if not power_alone.is_prospect(call, event):
        return call, []
    return _not_reached(call, event.at, call.outcome or Outcome.FAILED, None)


def _not_reached(call: Call, at: datetime, outcome: Outcome, cause: int | None) -> Step:
    """The agent is told, unless they are gone or gave up themselves."""
    cause = None if cause == VANISHED else cause
    if call.seat is None:
        return power_alone.end(call, at, outcome, cause), []
    seat = call.seat
    call = replace(call, outcome=outcome, cause=cause)
    media = call.tell.get(outcome.value) or call.tell.get("", "")
    if outcome is Outcome.CANCELLED or not media:
        return _over(call, at, agents.Released(at), agent_gone=False, ringing=True)
    commands: list[Command | Effect] = [StopRinging(seat.bridge_id, call.leg_id)]
    if call.recording_id is not None:
        commands.append(StopRecording(call.recording_id))
    commands.append(PlayMessage(seat.leg_id, media))
    return replace(call, state=CallState.TELLING, recording_id=None, due_at=at + MESSAGE_AT_MOST), commands


# -- the agent is told ------------------------------------------------------------------------------------


def _told(call: Call, event: MessageEnded | TimerDue | HangUpAsked) -> Step:
    if isinstance(event, MessageEnded) and not power_alone.is_agent(call, event):
        return call, []
    return _over(call, event.at, agents.Released(event.at), agent_gone=False)


def _gone_while_told(call: Call, event: LegGone) -> Step:
    seat = _seat(call)
    if power_alone.is_agent(call, event):
        stays = seat.phone_mode is PhoneMode.STAY_CONNECTED
        why = agents.PhoneGone(event.at) if stays else agents.Released(event.at)
        return _over(call, event.at, why, agent_gone=True)
    if event.cause == VANISHED:
        # Ringpool was away meanwhile: whether the agent heard all of it is not known, and they wait.
        return _over(call, event.at, agents.Released(event.at), agent_gone=False)
    return call, []


def _over(
    call: Call, at: datetime, why: agents.AgentEvent, *, agent_gone: bool, ringing: bool = False
) -> Step:
    seat = _seat(call)
    assert call.outcome is not None
    ended = power_alone.end(call, at, call.outcome, call.cause)
    stop: list[Command | Effect] = [StopRinging(seat.bridge_id, call.leg_id)] if ringing else []
    place = power_together.clear_seat(call, agent_gone=agent_gone)
    return ended, [*stop, *place, MoveAgent(seat.user_id, why)]


def _seat(call: Call) -> Seat:
    assert call.seat is not None, "a lead's call has its agent until they are gone"
    return call.seat


_S = CallState
RULES: dict[tuple[CallState, type[Event]], Rule] = {
    **{(there, kind): rule for (there, kind), rule in click.RULES.items() if there is not _S.RINGING_AGENT},
    (_S.DIALING, LegAnswered): _answered,
    (_S.DIALING, LegGone): _gone_while_dialing,
    (_S.DIALING, OriginateRefused): _refused,
    **{(_S.TELLING, kind): power_alone.ignore for there, kind in click.RULES if there is _S.TALKING},
    (_S.TELLING, LegAnswered): power_alone.stray,
    (_S.TELLING, LegGone): _gone_while_told,
    (_S.TELLING, LegJoined): power_alone.ignore,
    (_S.TELLING, MessageEnded): _told,
    (_S.TELLING, HangUpAsked): _told,
    (_S.TELLING, TimerDue): _told,
}
