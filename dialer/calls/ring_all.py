"""The ring-all machine: several agents' phones for one lead, and the first 1 wins (RING-3).

    ringing → closing → over

All phones ring at once; one that is connected already hears the prompt without ringing. Whoever picks
up hears it again and again: a mailbox that picks up never presses 1, and gets no lead. The first 1 asks
for the lead (``TakeLead``), which the database gives once. From then on the winner's leg belongs to the
call of the lead; the other phones stop ringing, or hear that the lead was taken. A leg that was told to
go is waited for, so that nobody's phone is left ringing and no agent reserved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dialer import agents
from dialer.calls.call import VANISHED
from dialer.calls.commands import (
    Command,
    Effect,
    HangUp,
    LetLeadGo,
    MoveAgent,
    Originate,
    PlayMessage,
    Prompt,
    StartMusic,
    StopMusic,
    StopPrompt,
    TakeLead,
)
from dialer.calls.events import (
    Adopted,
    Event,
    KeyPressed,
    LeadGone,
    LeadTaken,
    LegAnswered,
    LegGone,
    MessageEnded,
    OriginateRefused,
    PromptEnded,
    TimerDue,
    WithdrawAsked,
)
from dialer.calls.ring import LegOutcome, LegState, Ring, RingOutcome, RingState, RungLeg
from dialer.errors import IllegalTransition

TAKE_KEY = "1"

RING_GRACE = timedelta(seconds=2)
"""Asterisk ends a phone's ringing by itself; a phone of which nothing is heard by then is given up."""

CLOSE_WITHIN = timedelta(seconds=10)
"""Who lost has been told and is gone by then, or is hung up on."""

Step = tuple[Ring, list[Command | Effect]]
Rule = Callable[[Ring, Any], Step]

_OUTCOME_BY_CAUSE = {
    17: LegOutcome.BUSY,
    18: LegOutcome.NO_ANSWER,
    19: LegOutcome.NO_ANSWER,
    20: LegOutcome.NOT_REACHABLE,
    21: LegOutcome.REJECTED,
    VANISHED: LegOutcome.LOST,
}
"""ITU-T Q.850 causes of a phone that rang and was not picked up; 0 and 16 are an end of the ringing."""


def begin(ring: Ring, endpoints: Mapping[int, str], caller_id: str, ring_s: int) -> Step:
    """A ring about to be made, and what to ask first. ``endpoints``: of those whose phones ring, by user."""
    commands: list[Command | Effect] = []
    for leg in ring.legs:
        if leg.standing:
            commands += [StopMusic(leg.bridge_id), Prompt(leg.leg_id, leg.prompt)]
        else:
            commands.append(Originate(leg.leg_id, endpoints[leg.user_id], caller_id, ring_s))
    due_at = ring.started_at + timedelta(seconds=ring_s) + RING_GRACE
    if all(leg.standing for leg in ring.legs):
        due_at = ring.started_at + timedelta(seconds=ring.press_s)
    return replace(ring, due_at=due_at), commands


def step(ring: Ring, event: Event) -> Step:
    """Return the ring after the event and the commands that bring it about.

    Raises IllegalTransition for an event that no rule of the state knows.
    """
    try:
        rule = RULES[ring.state, type(event)]
    except KeyError:
        raise IllegalTransition(ring, event) from None
    return rule(ring, event)


# -- while phones ring --------------------------------------------------------------------------------


def _picked_up(ring: Ring, event: LegAnswered) -> Step:
    leg = ring.leg(event.leg_id)
    if leg is None or leg.state is not LegState.RINGING:
        return ring, []
    ring = _with(ring, replace(leg, state=LegState.LISTENING, answered_at=event.at))
    return ring, [Prompt(leg.leg_id, leg.prompt)]


def _prompt_again(ring: Ring, event: PromptEnded) -> Step:
    leg = ring.leg(event.leg_id)
    if leg is None or leg.state is not LegState.LISTENING:
        return ring, []
    return ring, [Prompt(leg.leg_id, leg.prompt)]


def _pressed(ring: Ring, event: KeyPressed) -> Step:
    leg = ring.leg(event.leg_id)
    if leg is None or leg.state is not LegState.LISTENING or event.digit != TAKE_KEY:
        return ring, []
    # The first to press stands on record; whether the lead is theirs is the database's word.
    return _with(ring, replace(leg, pressed_at=event.at)), [TakeLead(leg.user_id, leg.leg_id)]


def _taken(ring: Ring, event: LeadTaken) -> Step:
    winner = next(leg for leg in ring.legs if leg.pressed_at is not None and leg.outcome is None)
    commands: list[Command | Effect] = [StopPrompt(winner.leg_id)]
    if event.told is None:
        # The call of the lead has the leg now.
        won = replace(winner, state=LegState.OVER, outcome=LegOutcome.WON, ended_at=event.at)
    else:
        won = replace(winner, state=LegState.RELEASED, outcome=LegOutcome.WON)
        commands.append(PlayMessage(winner.leg_id, event.told))
    ring = replace(_with(ring, won), winner_id=winner.user_id)
    return _close(ring, event.at, RingOutcome.TAKEN, commands)


def _too_late(ring: Ring, event: LeadGone) -> Step:
    """It is to be withdrawn, or was assigned by hand, in the same moment."""
    return _close(ring, event.at, RingOutcome.WITHDRAWN, [LetLeadGo(RingOutcome.WITHDRAWN)])


def _withdrawn(ring: Ring, event: WithdrawAsked) -> Step:
    return _close(ring, event.at, RingOutcome.WITHDRAWN, [LetLeadGo(RingOutcome.WITHDRAWN)])


def _gone(ring: Ring, event: LegGone) -> Step:
    leg = ring.leg(event.leg_id)
    if leg is None or leg.state is LegState.OVER:
        return ring, []
    ring, commands = _end(ring, leg, event.at, event.cause)
    return _if_nobody_is_left(ring, event.at, commands)


def _refused(ring: Ring, event: OriginateRefused) -> Step:
    leg = ring.leg(event.leg_id)
    if leg is None or leg.state is LegState.OVER:
        return ring, []
    ring, commands = _end(ring, replace(leg, outcome=LegOutcome.NOT_REACHABLE), event.at, None)
    return _if_nobody_is_left(ring, event.at, commands)


def _time_is_up(ring: Ring, event: TimerDue) -> Step:
    """First for the phones that still ring, then for those who picked up and did not press."""
    ringing = [leg for leg in ring.legs if leg.state is LegState.RINGING]
    listening = [leg for leg in ring.legs if leg.state is LegState.LISTENING]
    if ringing and listening:
        for leg in ringing:
            ring = _with(ring, replace(leg, state=LegState.RELEASED, outcome=LegOutcome.NO_ANSWER))
        due_at = event.at + timedelta(seconds=ring.press_s)
        return replace(ring, due_at=due_at), [HangUp(leg.leg_id) for leg in ringing]
    return _nobody_took(ring, event.at, [])


def _prompts_again(ring: Ring, event: Adopted) -> Step:
    listening = [leg for leg in ring.legs if leg.state is LegState.LISTENING]
    return ring, [
        command for leg in listening for command in (StopPrompt(leg.leg_id), Prompt(leg.leg_id, leg.prompt))
    ]


def _if_nobody_is_left(ring: Ring, at: datetime, commands: list[Command | Effect]) -> Step:
    if any(leg.state in (LegState.RINGING, LegState.LISTENING) for leg in ring.legs):
        return ring, commands
    return _nobody_took(ring, at, commands)


def _nobody_took(ring: Ring, at: datetime, commands: list[Command | Effect]) -> Step:
    all_lost = all(leg.outcome is LegOutcome.LOST for leg in ring.legs)
    outcome = RingOutcome.LOST if all_lost else RingOutcome.NOBODY_TOOK
    return _close(ring, at, outcome, [*commands, LetLeadGo(outcome)])


# -- closing ---------------------------------------------------------------------------------------------


def _close(ring: Ring, at: datetime, outcome: RingOutcome, commands: list[Command | Effect]) -> Step:
    """Stop the phones that ring, tell those who listen, and wait until all are gone."""
    ring = replace(ring, state=RingState.CLOSING, outcome=outcome, due_at=at + CLOSE_WITHIN)
    for leg in ring.legs:
        if leg.state is LegState.RINGING:
            unanswered = LegOutcome.NO_ANSWER if outcome is RingOutcome.NOBODY_TOOK else LegOutcome.STOPPED
            ring = _with(ring, replace(leg, state=LegState.RELEASED, outcome=unanswered))
            commands.append(HangUp(leg.leg_id))
        elif leg.state is LegState.LISTENING:
            in_vain = outcome is RingOutcome.NOBODY_TOOK
            heard = LegOutcome.DID_NOT_PRESS if in_vain else LegOutcome.TOO_LATE
            ring = _with(ring, replace(leg, state=LegState.RELEASED, outcome=heard))
            commands.append(StopPrompt(leg.leg_id))
            commands.append(PlayMessage(leg.leg_id, leg.taken))
    return _if_all_are_gone(ring, at, commands)


def _told(ring: Ring, event: MessageEnded) -> Step:
    """A leg that was released has heard the last word."""
    leg = ring.leg(event.leg_id)
    if leg is None or leg.state is not LegState.RELEASED:
        return ring, []
    if not leg.standing:
        return ring, [HangUp(leg.leg_id)]
    return _let_go(ring, leg, event.at)


def _let_go(ring: Ring, leg: RungLeg, at: datetime) -> Step:
    """A phone that stays connected waits in its bridge again."""
    ring = _with(ring, replace(leg, state=LegState.OVER, ended_at=at))
    commands: list[Command | Effect] = [StartMusic(leg.bridge_id), *_freed(leg, agents.Released(at))]
    return _if_all_are_gone(ring, at, commands)


def _gone_while_closing(ring: Ring, event: LegGone) -> Step:
    leg = ring.leg(event.leg_id)
    if leg is None or leg.state is LegState.OVER:
        return ring, []
    ring, commands = _end(ring, leg, event.at, event.cause)
    return _if_all_are_gone(ring, event.at, commands)


def _refused_while_closing(ring: Ring, event: OriginateRefused) -> Step:
    return _gone_while_closing(ring, LegGone(event.at, event.leg_id, 0))


def _stray(ring: Ring, event: LegAnswered) -> Step:
    """A phone that was picked up while it was being told to stop."""
    leg = ring.leg(event.leg_id)
    if leg is None or leg.state is not LegState.RELEASED:
        return ring, []
    return ring, [HangUp(leg.leg_id)]


def _close_at_last(ring: Ring, event: TimerDue | Adopted) -> Step:
    """Nothing was heard of some in time, or their last word may have been missed: they go now."""
    commands: list[Command | Effect] = []
    late = isinstance(event, TimerDue)
    for leg in ring.legs:
        if leg.state is not LegState.RELEASED:
            continue
        if leg.standing:
            ring, more = _let_go(ring, leg, event.at)
            commands += more
        else:
            commands.append(HangUp(leg.leg_id))
    if late and ring.state is RingState.CLOSING:
        ring = replace(ring, due_at=event.at + CLOSE_WITHIN)
    return ring, commands


def _if_all_are_gone(ring: Ring, at: datetime, commands: list[Command | Effect]) -> Step:
    if any(leg.state is not LegState.OVER for leg in ring.legs):
        return ring, commands
    return replace(ring, state=RingState.OVER, due_at=None, ended_at=at), commands


# -- legs -----------------------------------------------------------------------------------------------


def _with(ring: Ring, leg: RungLeg) -> Ring:
    legs = tuple(leg if each.leg_id == leg.leg_id else each for each in ring.legs)
    return replace(ring, legs=legs)


def _end(ring: Ring, leg: RungLeg, at: datetime, cause: int | None) -> Step:
    """The leg is no more; what was not decided of it yet its cause decides."""
    outcome = leg.outcome
    if outcome is None and leg.state is LegState.LISTENING:
        outcome = LegOutcome.LOST if cause == VANISHED else LegOutcome.DID_NOT_PRESS
    elif outcome is None:
        outcome = _OUTCOME_BY_CAUSE.get(cause or 0, LegOutcome.NO_ANSWER)
    over = replace(
        leg,
        state=LegState.OVER,
        outcome=outcome,
        ended_at=at,
        cause=None if cause == VANISHED else cause,
    )
    why = agents.PhoneGone(at) if leg.standing else agents.Released(at)
    return _with(ring, over), _freed(leg, why)


def _freed(leg: RungLeg, why: agents.AgentEvent) -> list[Command | Effect]:
    return [MoveAgent(leg.user_id, why)] if leg.in_session else []


def _ignore(ring: Ring, event: Event) -> Step:
    return ring, []


_S = RingState
RULES: dict[tuple[RingState, type[Event]], Rule] = {
    (_S.RINGING, LegAnswered): _picked_up,
    (_S.RINGING, PromptEnded): _prompt_again,
    (_S.RINGING, KeyPressed): _pressed,
    (_S.RINGING, LeadTaken): _taken,
    (_S.RINGING, LeadGone): _too_late,
    (_S.RINGING, WithdrawAsked): _withdrawn,
    (_S.RINGING, LegGone): _gone,
    (_S.RINGING, OriginateRefused): _refused,
    (_S.RINGING, TimerDue): _time_is_up,
    (_S.RINGING, Adopted): _prompts_again,
    (_S.RINGING, MessageEnded): _ignore,
    (_S.CLOSING, LegAnswered): _stray,
    (_S.CLOSING, PromptEnded): _ignore,
    (_S.CLOSING, KeyPressed): _ignore,
    (_S.CLOSING, WithdrawAsked): _ignore,
    (_S.CLOSING, MessageEnded): _told,
    (_S.CLOSING, LegGone): _gone_while_closing,
    (_S.CLOSING, OriginateRefused): _refused_while_closing,
    (_S.CLOSING, TimerDue): _close_at_last,
    (_S.CLOSING, Adopted): _close_at_last,
    **{
        (_S.OVER, kind): _ignore
        for kind in (
            LegAnswered, PromptEnded, KeyPressed, WithdrawAsked, MessageEnded, LegGone, OriginateRefused,
            TimerDue, Adopted,
        )
    },
}  # fmt: skip
