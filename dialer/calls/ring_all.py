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

from dialer.calls import ring_closing
from dialer.calls.commands import (
    Command,
    Effect,
    HangUp,
    LetLeadGo,
    Originate,
    PlayMessage,
    Prompt,
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
from dialer.calls.ring_closing import Step, close, end, with_leg
from dialer.errors import IllegalTransition

Rule = Callable[[Ring, Any], Step]

TAKE_KEY = "1"

RING_GRACE = timedelta(seconds=2)
"""Asterisk ends a phone's ringing by itself; a phone of which nothing is heard by then is given up."""


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
        return ring_closing.stray(ring, event)
    ring = with_leg(ring, replace(leg, state=LegState.LISTENING, answered_at=event.at))
    return _time_to_press(ring, event.at), [Prompt(leg.leg_id, leg.prompt)]


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
    return with_leg(ring, replace(leg, pressed_at=event.at)), [TakeLead(leg.user_id, leg.leg_id)]


def _taken(ring: Ring, event: LeadTaken) -> Step:
    winner = next(leg for leg in ring.legs if leg.pressed_at is not None and leg.outcome is None)
    commands: list[Command | Effect] = [StopPrompt(winner.leg_id)]
    if event.told is None:
        # The call of the lead has the leg now.
        won = replace(winner, state=LegState.OVER, outcome=LegOutcome.WON, ended_at=event.at)
    else:
        won = replace(winner, state=LegState.RELEASED, outcome=LegOutcome.WON)
        commands.append(PlayMessage(winner.leg_id, event.told))
    ring = replace(with_leg(ring, won), winner_id=winner.user_id)
    return close(ring, event.at, RingOutcome.TAKEN, commands)


def _too_late(ring: Ring, event: LeadGone) -> Step:
    """It is to be withdrawn, or was assigned by hand, in the same moment."""
    return close(ring, event.at, RingOutcome.WITHDRAWN, [LetLeadGo(RingOutcome.WITHDRAWN)])


def _withdrawn(ring: Ring, event: WithdrawAsked) -> Step:
    return close(ring, event.at, RingOutcome.WITHDRAWN, [LetLeadGo(RingOutcome.WITHDRAWN)])


def _gone(ring: Ring, event: LegGone) -> Step:
    leg = ring.leg(event.leg_id)
    if leg is None or leg.state is LegState.OVER:
        return ring, []
    ring, commands = end(ring, leg, event.at, event.cause)
    return _if_nobody_is_left(ring, leg, event.at, commands)


def _refused(ring: Ring, event: OriginateRefused) -> Step:
    leg = ring.leg(event.leg_id)
    if leg is None or leg.state is LegState.OVER:
        return ring, []
    ring, commands = end(ring, replace(leg, outcome=LegOutcome.NOT_REACHABLE), event.at, None)
    return _if_nobody_is_left(ring, leg, event.at, commands)


def _time_is_up(ring: Ring, event: TimerDue) -> Step:
    """First for the phones that still ring, then for those who picked up and did not press."""
    ringing = [leg for leg in ring.legs if leg.state is LegState.RINGING]
    listening = [leg for leg in ring.legs if leg.state is LegState.LISTENING]
    if ringing and listening:
        for leg in ringing:
            ring = with_leg(ring, replace(leg, state=LegState.RELEASED, outcome=LegOutcome.NO_ANSWER))
        return _time_to_press(ring, event.at), [HangUp(leg.leg_id) for leg in ringing]
    return _nobody_took(ring, event.at, [])


def _prompts_again(ring: Ring, event: Adopted) -> Step:
    listening = [leg for leg in ring.legs if leg.state is LegState.LISTENING]
    return ring, [
        command for leg in listening for command in (StopPrompt(leg.leg_id), Prompt(leg.leg_id, leg.prompt))
    ]


def _if_nobody_is_left(ring: Ring, gone: RungLeg, at: datetime, commands: list[Command | Effect]) -> Step:
    """``gone``: the leg that just ended, as it was."""
    if not any(leg.state in (LegState.RINGING, LegState.LISTENING) for leg in ring.legs):
        return _nobody_took(ring, at, commands)
    return (_time_to_press(ring, at) if gone.state is LegState.RINGING else ring), commands


def _time_to_press(ring: Ring, at: datetime) -> Ring:
    """The last phone has stopped ringing: those who picked up have this long from now on, whenever they did."""
    if any(leg.state is LegState.RINGING for leg in ring.legs):
        return ring
    return replace(ring, due_at=at + timedelta(seconds=ring.press_s))


def _nobody_took(ring: Ring, at: datetime, commands: list[Command | Effect]) -> Step:
    all_lost = all(leg.outcome is LegOutcome.LOST for leg in ring.legs)
    outcome = RingOutcome.LOST if all_lost else RingOutcome.NOBODY_TOOK
    return close(ring, at, outcome, [*commands, LetLeadGo(outcome)])


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
    (_S.CLOSING, LegAnswered): ring_closing.stray,
    (_S.CLOSING, PromptEnded): _ignore,
    (_S.CLOSING, KeyPressed): _ignore,
    (_S.CLOSING, WithdrawAsked): _ignore,
    (_S.CLOSING, MessageEnded): ring_closing.told,
    (_S.CLOSING, LegGone): ring_closing.gone,
    (_S.CLOSING, OriginateRefused): ring_closing.refused,
    (_S.CLOSING, TimerDue): ring_closing.close_at_last,
    (_S.CLOSING, Adopted): ring_closing.close_at_last,
    (_S.OVER, LegAnswered): ring_closing.stray,
    **{
        (_S.OVER, kind): _ignore
        for kind in (
            PromptEnded, KeyPressed, WithdrawAsked, MessageEnded, LegGone, OriginateRefused,
            TimerDue, Adopted,
        )
    },
}  # fmt: skip
