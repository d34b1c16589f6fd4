"""One machine a way of calling: which of them steps a call."""

from __future__ import annotations

from dialer.calls import click, lead_call, power
from dialer.calls.call import Call, Mode, Step, step_by
from dialer.calls.events import Event

_RULES = {Mode.POWER: power.RULES, Mode.CLICK: click.RULES, Mode.RING_ALL: lead_call.RULES}


def step(call: Call, event: Event) -> Step:
    """Return the next call and the commands that bring it about, by the machine of its mode.

    Raises IllegalTransition for an event that no rule of the state knows.
    """
    return step_by(_RULES[call.mode], call, event)
