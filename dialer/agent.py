"""An agent as a value: the states, the phone, and the reasons for which Ringpool pauses somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID


class AgentState(Enum):
    """DIAL-6's states, and ``connecting`` while the phone is called at session start."""

    LOGGED_OUT = "logged_out"
    CONNECTING = "connecting"
    READY = "ready"
    RESERVED = "reserved"
    ON_CALL = "on_call"
    ON_HOLD = "on_hold"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    PHONE_LOST = "phone_lost"


class Wanted(Enum):
    """What the agent asked for while busy."""

    PAUSE = "pause"
    LOG_OUT = "log_out"


class PhoneMode(Enum):
    """DIAL-9: called once and kept, or rung for each call."""

    STAY_CONNECTED = "stay_connected"
    RING_EACH_CALL = "ring_each_call"


PHONE_DID_NOT_ANSWER = "Phone did not answer"
"""Pause reason of a ring-each-call agent whose phone was rung in vain."""

PHONE_VANISHED = "Phone lost during a call"
"""Pause reason of a ring-each-call agent whose phone vanished with a prospect on it."""


@dataclass(frozen=True, slots=True)
class Agent:
    """One user at work. ``leg_id`` and ``bridge_id``: the stay-connected phone and its bridge."""

    organisation_id: int
    user_id: int
    state: AgentState
    since: datetime
    phone_mode: PhoneMode
    pause_reason: str = ""
    wanted: Wanted | None = None
    phone_up: bool = False
    phone_up_at: datetime | None = None
    """Since when the standing phone is up; one that goes at once was not worth calling soon again."""
    session_id: int | None = None
    list_id: int | None = None
    attempt_id: int | None = None
    ring_id: int | None = None
    """The ring that an agent is reserved for; a call of a lead is an attempt."""
    node: str | None = None
    leg_id: UUID | None = None
    bridge_id: UUID | None = None
    phone_retry_at: datetime | None = None
    phone_tries: int = 0
    last_hand_over_at: datetime | None = None
    wrap_up_until: datetime | None = None
    """When the wrap-up is over; None for one without a limit."""
    wrap_up_s: int = 0
    """How long the organisation gives for a wrap-up (ORG-4), read with the agent; 0 for no limit."""

    @property
    def takes_calls(self) -> bool:
        """Whether new prospects are dialed for this agent."""
        return self.state is AgentState.READY and self.wanted is None


CLOSED_WITHOUT_RESULT = "Call result not saved"
"""Pause reason after Close."""

WRAP_UP_OVER = "Wrap-up time is over"
"""Pause reason of an agent whose wrap-up ran out before there was a result."""

WITHOUT_RESULT = frozenset({CLOSED_WITHOUT_RESULT, WRAP_UP_OVER})
"""Pauses that a late result ends."""
