"""What a call wants done, in the imperative.

``Command``s go to Asterisk, after the commit. Each can be repeated safely: the
ids are ours and chosen before. ``Effect``s change other records in the same
transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dialer.agents import AgentEvent
from dialer.calls.ring import RingOutcome


@dataclass(frozen=True, slots=True)
class Command:
    """Something to ask of Asterisk."""


@dataclass(frozen=True, slots=True)
class Originate(Command):
    """Call an endpoint; its events come under ``leg_id``."""

    leg_id: UUID
    endpoint: str
    caller_id: str
    ring_s: int
    auto_answer: bool = False


@dataclass(frozen=True, slots=True)
class CreateBridge(Command):
    bridge_id: UUID


@dataclass(frozen=True, slots=True)
class Join(Command):
    bridge_id: UUID
    leg_id: UUID


@dataclass(frozen=True, slots=True)
class Leave(Command):
    """Take the leg out of the bridge, if it is there.

    Asterisk may lose what is played to a leg whose bridge goes at the same time: whoever is to hear a message
    is taken out first.
    """

    bridge_id: UUID
    leg_id: UUID


@dataclass(frozen=True, slots=True)
class HangUp(Command):
    leg_id: UUID


@dataclass(frozen=True, slots=True)
class DestroyBridge(Command):
    bridge_id: UUID


@dataclass(frozen=True, slots=True)
class StartMusic(Command):
    bridge_id: UUID


@dataclass(frozen=True, slots=True)
class StopMusic(Command):
    bridge_id: UUID


@dataclass(frozen=True, slots=True)
class StartRinging(Command):
    """Let a bridge hear ringing, as this playback, until it is stopped."""

    bridge_id: UUID
    playback_id: UUID


@dataclass(frozen=True, slots=True)
class StopRinging(Command):
    bridge_id: UUID
    playback_id: UUID


@dataclass(frozen=True, slots=True)
class StartRecording(Command):
    bridge_id: UUID
    recording_id: UUID


@dataclass(frozen=True, slots=True)
class StopRecording(Command):
    recording_id: UUID


@dataclass(frozen=True, slots=True)
class Announce(Command):
    """Play media to everybody in the bridge; the playback has the recording's id."""

    bridge_id: UUID
    recording_id: UUID
    media: str


@dataclass(frozen=True, slots=True)
class Hold(Command):
    """Music for one leg, in its bridge, and nobody there hears it."""

    leg_id: UUID


@dataclass(frozen=True, slots=True)
class Unhold(Command):
    """No music for the leg, and it is heard again."""

    leg_id: UUID


@dataclass(frozen=True, slots=True)
class PlayMessage(Command):
    """Play media (comma-separated ARI media URIs) to one leg."""

    leg_id: UUID
    media: str


@dataclass(frozen=True, slots=True)
class Prompt(Command):
    """Play media to one leg until its end or ``StopPrompt``; its end comes as ``PromptEnded``."""

    leg_id: UUID
    media: str


@dataclass(frozen=True, slots=True)
class StopPrompt(Command):
    leg_id: UUID


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that changes other records together with the call."""


@dataclass(frozen=True, slots=True)
class ReserveAgent(Effect):
    """Reserve the ready agent whose last hand-over is longest ago; answered by
    ``AgentReserved`` or ``NoAgentReady`` in the same transaction."""


@dataclass(frozen=True, slots=True)
class MoveAgent(Effect):
    """Step the agent's own machine."""

    user_id: int
    event: AgentEvent


@dataclass(frozen=True, slots=True)
class TakeLead(Effect):
    """Make the lead theirs who pressed 1 on this leg, if it is nobody's yet; answered by ``LeadTaken``
    or ``LeadGone`` in the same transaction."""

    user_id: int
    leg_id: UUID


@dataclass(frozen=True, slots=True)
class LetLeadGo(Effect):
    """The lead goes where this outcome of a ring sends it."""

    outcome: RingOutcome
