"""A prospect on hold: hears music, while neither hears the other (DIAL-6). One on the line is talked to or held."""

from __future__ import annotations

from dataclasses import replace

from dialer import agents
from dialer.calls.call import Call, Step
from dialer.calls.commands import Command, Hold, MoveAgent, Unhold
from dialer.calls.events import HoldAsked, UnholdAsked


def hold(call: Call, event: HoldAsked) -> Step:
    if call.on_hold or not _is_theirs(call, event):
        return call, []
    held = replace(call, on_hold=True)
    return held, [Hold(call.leg_id), MoveAgent(event.user_id, agents.Held(event.at))]


def unhold(call: Call, event: UnholdAsked) -> Step:
    if not call.on_hold or not _is_theirs(call, event):
        return call, []
    talked_to = replace(call, on_hold=False)
    return talked_to, [Unhold(call.leg_id), MoveAgent(event.user_id, agents.Unheld(event.at))]


def _is_theirs(call: Call, event: HoldAsked | UnholdAsked) -> bool:
    """Whether who asked still has the call: it may have gone to another agent meanwhile."""
    return call.seat is not None and call.seat.user_id == event.user_id


def taken_off(call: Call) -> list[Command]:
    """What takes a prospect off hold who goes to somebody else: to be sent before all else."""
    return [Unhold(call.leg_id)] if call.on_hold else []
