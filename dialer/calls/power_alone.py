"""The power call's rules while the prospect has no agent: dialing, answered, dropping, over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dialer.calls.call import OUTCOME_BY_CAUSE, VANISHED, Call, CallState, Outcome, Step
from dialer.calls.commands import HangUp, PlayMessage, ReserveAgent
from dialer.calls.events import (
    Adopted,
    AgentFreed,
    Event,
    HangUpAsked,
    LegAnswered,
    LegGone,
    MessageStarted,
    OriginateRefused,
    ResultSaved,
    TimerDue,
)

DROP_AFTER = timedelta(seconds=2)
"""CMP-1: answered by a person and not with an agent within this time is a drop."""

HANG_UP_GRACE = timedelta(seconds=5)
"""A leg that was told to hang up is gone by then, or we believe it lost."""

MESSAGE_AT_MOST = timedelta(seconds=30)


def ignore(call: Call, event: Event) -> Step:
    return call, []


def is_prospect(call: Call, event: Any) -> bool:
    return bool(event.leg_id == call.leg_id)


def is_agent(call: Call, event: Any) -> bool:
    return call.seat is not None and event.leg_id == call.seat.leg_id


def stray(call: Call, event: LegAnswered) -> Step:
    """A leg that comes up when its call has no use for it any more."""
    return call, [HangUp(event.leg_id)]


def answered_again(call: Call, event: LegAnswered) -> Step:
    """The call's own legs may say it twice; any other leg came too late."""
    known = is_prospect(call, event) or is_agent(call, event)
    return (call, []) if known else stray(call, event)


def end(call: Call, at: datetime, outcome: Outcome, cause: int | None = None) -> Call:
    return replace(call, state=CallState.ENDED, outcome=outcome, cause=cause, ended_at=at, due_at=None)


def outcome_before_agent(cause: int) -> Outcome:
    return Outcome.LOST if cause == VANISHED else Outcome.HUNG_UP


def answered(call: Call, event: LegAnswered) -> Step:
    if not is_prospect(call, event):
        return stray(call, event)
    call = replace(call, state=CallState.ANSWERED, answered_at=event.at, due_at=event.at + DROP_AFTER)
    return call, [ReserveAgent()]


def not_answered(call: Call, event: LegGone) -> Step:
    if not is_prospect(call, event):
        return call, []
    if event.cause == VANISHED:
        return end(call, event.at, Outcome.LOST, None), []
    return end(call, event.at, OUTCOME_BY_CAUSE.get(event.cause, Outcome.FAILED), event.cause), []


def refused(call: Call, event: OriginateRefused) -> Step:
    return end(call, event.at, Outcome.FAILED), []


def rang_out(call: Call, event: TimerDue) -> Step:
    return replace(call, due_at=event.at + HANG_UP_GRACE), [HangUp(call.leg_id)]


def ask_again(call: Call, event: AgentFreed | Adopted) -> Step:
    return call, [ReserveAgent()]


def dropping(call: Call, at: datetime) -> Call:
    return replace(call, state=CallState.DROPPING, outcome=Outcome.DROPPED, due_at=at + MESSAGE_AT_MOST)


def drop(call: Call, event: TimerDue) -> Step:
    return dropping(call, event.at), [PlayMessage(call.leg_id, call.drop_message)]


def message_started(call: Call, event: MessageStarted) -> Step:
    answered_at = call.answered_at or event.answered_at
    return replace(dropping(call, event.at), answered_at=answered_at), []


def hung_up_waiting(call: Call, event: LegGone) -> Step:
    if not is_prospect(call, event):
        return call, []
    return end(call, event.at, outcome_before_agent(event.cause), event.cause), []


def hang_up(call: Call, event: HangUpAsked) -> Step:
    return call, [HangUp(call.leg_id)]


def hang_up_dropped(call: Call, event: Event) -> Step:
    return replace(call, due_at=event.at + HANG_UP_GRACE), [HangUp(call.leg_id)]


def message_again(call: Call, event: Adopted) -> Step:
    # Whether it was played to its end is not known: better twice than never.
    return replace(call, due_at=event.at + MESSAGE_AT_MOST), [PlayMessage(call.leg_id, call.drop_message)]


def dropped(call: Call, event: LegGone) -> Step:
    if not is_prospect(call, event):
        return call, []
    return end(call, event.at, Outcome.DROPPED, event.cause), []


def saved(call: Call, event: ResultSaved) -> Step:
    return replace(call, state=CallState.ENDED, saved_at=event.at), []
