"""One ringing of agents for a lead as a value: its legs, how each can end, and how the whole can."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID


class RingState(Enum):
    RINGING = "ringing"
    CLOSING = "closing"
    """It is decided; legs are still being told and released."""
    OVER = "over"


class RingOutcome(Enum):
    """What came of it for the lead."""

    TAKEN = "taken"
    NOBODY_TOOK = "nobody_took"
    WITHDRAWN = "withdrawn"
    LOST = "lost"  # Asterisk or Ringpool stopped meanwhile


class LegState(Enum):
    RINGING = "ringing"
    LISTENING = "listening"
    """Picked up, and hears the prompt."""
    RELEASED = "released"
    """It lost, or was told to stop; it is gone in a moment."""
    OVER = "over"


class LegOutcome(Enum):
    """What came of it for one agent."""

    WON = "won"
    TOO_LATE = "too_late"  # picked up, and somebody else took it
    STOPPED = "stopped"  # still rang when somebody else took it
    WITHDRAWN = "withdrawn"  # rang, or picked up, when the lead was withdrawn or assigned by hand
    REJECTED = "rejected"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    NOT_REACHABLE = "not_reachable"
    DID_NOT_PRESS = "did_not_press"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class RungLeg:
    """One agent in a ring. ``standing``: the phone was connected already, in its own bridge."""

    user_id: int
    leg_id: UUID
    bridge_id: UUID
    standing: bool
    in_session: bool
    """Reserved for this ring in their session."""
    prompt: str
    taken: str
    gone: str
    """Media: what they hear until somebody takes the lead, when it was not they, and when it is nobody's to take."""
    state: LegState
    started_at: datetime
    outcome: LegOutcome | None = None
    answered_at: datetime | None = None
    pressed_at: datetime | None = None
    ended_at: datetime | None = None
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """A ring. ``due_at``: the next deadline; ``press_s``: how long who picked up may take to press 1 once
    no phone rings any more."""

    state: RingState
    key: UUID
    press_s: int
    legs: tuple[RungLeg, ...]
    started_at: datetime
    due_at: datetime | None = None
    outcome: RingOutcome | None = None
    winner_id: int | None = None
    ended_at: datetime | None = None

    def leg(self, leg_id: UUID) -> RungLeg | None:
        """The leg with this id, if it is one of this ring's."""
        return next((leg for leg in self.legs if leg.leg_id == leg_id), None)
