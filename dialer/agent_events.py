"""What can happen to an agent, in the past tense. Times are aware UTC and come from outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """Something that happened to an agent, at a time (aware, UTC)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class SessionStarted(AgentEvent):
    """``list_id`` is None for a session on one's own follow-ups."""

    session_id: int
    list_id: int | None
    node: str


@dataclass(frozen=True, slots=True)
class PhoneCalled(AgentEvent):
    """The dialer is about to call the stay-connected phone as this leg, into this bridge."""

    leg_id: UUID
    bridge_id: UUID


class PhoneUp(AgentEvent):
    """The stay-connected phone answered and is in its bridge."""


class PhoneGone(AgentEvent):
    """The phone's leg is no more, or could not be made."""


class PhoneUnanswered(AgentEvent):
    """A ring-each-call phone was rung for a prospect and nobody answered."""


@dataclass(frozen=True, slots=True)
class Reserved(AgentEvent):
    attempt_id: int


@dataclass(frozen=True, slots=True)
class Rung(AgentEvent):
    """The agent is rung for a lead, with others; until that is over nothing else comes."""

    ring_id: int


class Bridged(AgentEvent):
    """The prospect is in the agent's bridge."""


class Released(AgentEvent):
    """The reservation came to nothing: the prospect hung up or was passed on."""


class CallEnded(AgentEvent):
    """The conversation is over; the call result is due."""


class Held(AgentEvent):
    """The agent put the prospect on hold."""


class Unheld(AgentEvent):
    """The agent took the prospect back from hold."""


class ResultSaved(AgentEvent):
    """Save & Go."""


class WindowClosed(AgentEvent):
    """Close: out of the queue until a result is saved or dialing is resumed."""


@dataclass(frozen=True, slots=True)
class WrapUpExtended(AgentEvent):
    """The agent asked for more time."""

    by: timedelta


class WrapUpOver(AgentEvent):
    """The deadline that stood at ``at`` has come, and no result; it may have been moved meanwhile.

    Found late, after downtime, it counts from when it came all the same.
    """


@dataclass(frozen=True, slots=True)
class PauseAsked(AgentEvent):
    """``needed``: calls are ringing that only this agent could take."""

    reason: str
    needed: bool = False


class NoLongerNeeded(AgentEvent):
    """The calls that kept a pausing agent are gone or have other agents."""


class Resumed(AgentEvent):
    """Resume Dialing."""


@dataclass(frozen=True, slots=True)
class LogOutAsked(AgentEvent):
    needed: bool = False
