"""One attempt as a value: its states, how it can end, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from dialer.calls.commands import Command, Effect
from dialer.calls.events import Event, Seat
from dialer.errors import IllegalTransition


class Mode(Enum):
    """Which machine steps the call."""

    POWER = "power"
    CLICK = "click"
    RING_ALL = "ring_all"


class CallState(Enum):
    DIALING = "dialing"
    ANSWERED = "answered"
    RINGING_AGENT = "ringing_agent"
    BRIDGING = "bridging"
    TALKING = "talking"
    DROPPING = "dropping"
    TELLING = "telling"
    """A lead was not reached, and its agent hears so."""
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
    CANCELLED = "cancelled"  # the agent, or their phone, was gone before the prospect answered
    NOT_CALLED = "not_called"  # the agent's own phone did not answer: the prospect never rang


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
    on_hold: bool = False
    outcome: Outcome | None = None
    cause: int | None = None
    answered_at: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None
    saved_at: datetime | None = None
    mode: Mode = Mode.POWER
    tell: Mapping[str, str] = field(default_factory=dict)
    """What an agent is told of a lead that is not reached: media by outcome, and by "" for any other."""
    endpoint: str = ""
    """Where the prospect is called, and the number they see: for a machine that calls them later."""
    caller_id: str = ""

    @property
    def is_made(self) -> bool:
        """Whether the prospect was to be called already; a click call may ring the agent's phone first."""
        return self.mode is not Mode.CLICK or self.state is not CallState.RINGING_AGENT


Step = tuple[Call, list[Command | Effect]]
"""The call after an event, and what it wants done."""

Rule = Callable[[Call, Any], Step]

Rules = Mapping[tuple[CallState, type[Event]], Rule]
"""A machine: what each event means in each state."""


def step_by(rules: Rules, call: Call, event: Event) -> Step:
    """Return the next call and the commands that bring it about.

    Raises IllegalTransition for an event that no rule of the state knows.
    """
    try:
        rule = rules[call.state, type(event)]
    except KeyError:
        raise IllegalTransition(call, event) from None
    return rule(call, event)
