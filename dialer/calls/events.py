"""What can happen to a call, in the past tense. Times are aware UTC and come from outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dialer.agents import PhoneMode


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime


@dataclass(frozen=True, slots=True)
class LegEvent(Event):
    leg_id: UUID


class LegAnswered(LegEvent):
    """The channel is up and in our application."""


@dataclass(frozen=True, slots=True)
class LegGone(LegEvent):
    """The channel is no more. ``cause``: Q.850, 0 where nobody said."""

    cause: int = 0


@dataclass(frozen=True, slots=True)
class LegJoined(LegEvent):
    """The channel entered a bridge."""

    bridge_id: UUID


@dataclass(frozen=True, slots=True)
class JoinFailed(LegEvent):
    """Asterisk would not put the leg into the bridge; ``bridge_gone`` if that is why."""

    bridge_id: UUID
    bridge_gone: bool


@dataclass(frozen=True, slots=True)
class OriginateRefused(LegEvent):
    """Asterisk would not even try: endpoint unknown, not registered, or no request got through."""


@dataclass(frozen=True, slots=True)
class Seat:
    """An agent's place in a call. Ids are fresh for ring-each-call, the standing ones else."""

    user_id: int
    phone_mode: PhoneMode
    leg_id: UUID
    bridge_id: UUID
    endpoint: str
    caller_id: str
    """Shown on the agent's phone when it is rung for this call."""


@dataclass(frozen=True, slots=True)
class AgentReserved(Event):
    seat: Seat
    recording_id: UUID


class NoAgentReady(Event):
    """Nobody could be reserved just now."""


class AgentFreed(Event):
    """An agent of this list became ready: ask again."""


class HangUpAsked(Event):
    """The agent pressed Hang up."""


@dataclass(frozen=True, slots=True)
class HoldAsked(Event):
    """An agent pressed Hold; ``user_id`` says who, for whom another may be there by now."""

    user_id: int


@dataclass(frozen=True, slots=True)
class UnholdAsked(Event):
    """An agent pressed Resume call."""

    user_id: int


class MessageEnded(LegEvent):
    """A message was played to this leg to its end."""


@dataclass(frozen=True, slots=True)
class TimerDue(Event):
    """The deadline that stood at ``due_at`` has come; it may have been moved meanwhile."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class MessageStarted(Event):
    """The prospect was alone for too long and is being played the message already, because
    nothing could be kept on record in time."""

    answered_at: datetime


class Adopted(Event):
    """The dialer is back and found the prospect's leg up: what was under way may not have been done."""


@dataclass(frozen=True, slots=True)
class KeyPressed(LegEvent):
    """A key of the phone."""

    digit: str


class PromptEnded(LegEvent):
    """What a Prompt played to this leg came to its end, or was stopped."""


@dataclass(frozen=True, slots=True)
class LeadTaken(Event):
    """The lead is theirs who pressed 1; ``told``: media to play them where the lead may not be called now."""

    told: str | None = None


class LeadGone(Event):
    """Somebody else has the lead already, or it was withdrawn."""


class WithdrawAsked(Event):
    """Whoever posted the lead, or a manager, takes it back while it rings."""


class ResultSaved(Event):
    """The agent said what came of it, or gave up saying so."""
