"""A ring that is decided: phones stop ringing, who listened is told, and every leg is waited for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from dialer import agents
from dialer.calls.call import VANISHED
from dialer.calls.commands import Command, Effect, HangUp, MoveAgent, PlayMessage, StartMusic, StopPrompt
from dialer.calls.events import Adopted, LegAnswered, LegGone, MessageEnded, OriginateRefused, TimerDue
from dialer.calls.ring import LegOutcome, LegState, Ring, RingOutcome, RingState, RungLeg

Step = tuple[Ring, list[Command | Effect]]

CLOSE_WITHIN = timedelta(seconds=10)
"""Who lost has been told and is gone by then, or is hung up on."""

_OUTCOME_BY_CAUSE = {
    17: LegOutcome.BUSY,
    18: LegOutcome.NO_ANSWER,
    19: LegOutcome.NO_ANSWER,
    20: LegOutcome.NOT_REACHABLE,
    21: LegOutcome.REJECTED,
    VANISHED: LegOutcome.LOST,
}
"""ITU-T Q.850 causes of a phone that rang and was not picked up; 0 and 16 are an end of the ringing."""

_LEG_OUTCOMES = {
    RingOutcome.TAKEN: (LegOutcome.STOPPED, LegOutcome.TOO_LATE),
    RingOutcome.WITHDRAWN: (LegOutcome.WITHDRAWN, LegOutcome.WITHDRAWN),
    RingOutcome.NOBODY_TOOK: (LegOutcome.NO_ANSWER, LegOutcome.DID_NOT_PRESS),
    RingOutcome.LOST: (LegOutcome.LOST, LegOutcome.LOST),
}
"""What the end of a ring is for a phone that rang until then, and for somebody who had picked up."""


def close(ring: Ring, at: datetime, outcome: RingOutcome, commands: list[Command | Effect]) -> Step:
    """Stop the phones that ring, tell those who listen, and wait until all are gone."""
    ring = replace(ring, state=RingState.CLOSING, outcome=outcome, due_at=at + CLOSE_WITHIN)
    while_ringing, while_listening = _LEG_OUTCOMES[outcome]
    for leg in ring.legs:
        if leg.state is LegState.RINGING:
            ring = with_leg(ring, replace(leg, state=LegState.RELEASED, outcome=while_ringing))
            commands.append(HangUp(leg.leg_id))
        elif leg.state is LegState.LISTENING:
            ring = with_leg(ring, replace(leg, state=LegState.RELEASED, outcome=while_listening))
            word = leg.taken if outcome is RingOutcome.TAKEN else leg.gone
            commands += [StopPrompt(leg.leg_id), PlayMessage(leg.leg_id, word)]
    return _if_all_are_gone(ring, at, commands)


def told(ring: Ring, event: MessageEnded) -> Step:
    """A leg that was released has heard the last word."""
    leg = ring.leg(event.leg_id)
    if leg is None or leg.state is not LegState.RELEASED:
        return ring, []
    if not leg.standing:
        return ring, [HangUp(leg.leg_id)]
    return _wait_again(ring, leg, event.at)


def _wait_again(ring: Ring, leg: RungLeg, at: datetime) -> Step:
    """A phone that stays connected waits in its bridge again."""
    ring = with_leg(ring, replace(leg, state=LegState.OVER, ended_at=at))
    commands: list[Command | Effect] = [StartMusic(leg.bridge_id), *_freed(leg, agents.Released(at))]
    return _if_all_are_gone(ring, at, commands)


def gone(ring: Ring, event: LegGone) -> Step:
    """A leg that was told to go has gone."""
    leg = ring.leg(event.leg_id)
    if leg is None or leg.state is LegState.OVER:
        return ring, []
    ring, commands = end(ring, leg, event.at, event.cause)
    return _if_all_are_gone(ring, event.at, commands)


def refused(ring: Ring, event: OriginateRefused) -> Step:
    """A phone that was told to stop was never reached."""
    return gone(ring, LegGone(event.at, event.leg_id, 0))


def stray(ring: Ring, event: LegAnswered) -> Step:
    """A phone that was picked up while it was being told to stop, or was given up: nobody hears silence."""
    leg = ring.leg(event.leg_id)
    donewith_leg = leg is not None and leg.state in (LegState.RELEASED, LegState.OVER)
    if leg is None or not donewith_leg or leg.standing or leg.outcome is LegOutcome.WON:
        return ring, []
    return ring, [HangUp(leg.leg_id)]


def close_at_last(ring: Ring, event: TimerDue | Adopted) -> Step:
    """Nothing was heard of some in time, or their last word may have been missed: they go now."""
    commands: list[Command | Effect] = []
    late = isinstance(event, TimerDue)
    for leg in ring.legs:
        if leg.state is not LegState.RELEASED:
            continue
        if leg.standing:
            ring, more = _wait_again(ring, leg, event.at)
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


def with_leg(ring: Ring, leg: RungLeg) -> Ring:
    """The ring with this leg in the place of the one as it was."""
    legs = tuple(leg if each.leg_id == leg.leg_id else each for each in ring.legs)
    return replace(ring, legs=legs)


def end(ring: Ring, leg: RungLeg, at: datetime, cause: int | None) -> Step:
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
    return with_leg(ring, over), _freed(leg, why)


def _freed(leg: RungLeg, why: agents.AgentEvent) -> list[Command | Effect]:
    return [MoveAgent(leg.user_id, why)] if leg.in_session else []
