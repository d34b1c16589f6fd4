"""Nobody who answered is left in silence, whatever the database does.

A prospect who answered is with an agent within two seconds or hears the message
(CMP-1). The records see to that while they can be written. This watch sees to it
when they cannot: it knows from the launch on what each prospect would be played,
plays it when a deadline passes with nothing on record, hangs up afterwards, and
has the records told as soon as they can be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from ari_app.client import Ari
from ari_app.commands import Commands
from ari_app.translate import to_uuid
from dialer.calls.commands import HangUp, PlayMessage, Unhold
from dialer.calls.events import Event, LegAnswered, LegGone, LegJoined, MessageEnded, MessageStarted
from dialer.calls.power import DROP_AFTER, MESSAGE_AT_MOST, Call, CallState
from dialer.clock import now
from dialer.errors import RingpoolError

log = structlog.get_logger("ringpool.silence")

COMMIT_GRACE = timedelta(milliseconds=500)
"""A deadline on record is acted on by then, or it is not going to be."""

ALONE = frozenset({CallState.ANSWERED, CallState.RINGING_AGENT, CallState.BRIDGING})
"""States in which the prospect's line is up and nobody is heard on it."""


@dataclass(slots=True)
class _Line:
    """One prospect's line, while it lives."""

    message: str
    answered_at: datetime | None = None
    beside: UUID | None = None
    """The agent's leg that the prospect hears."""
    timer: asyncio.TimerHandle | None = None
    on_hold: bool = False
    """The prospect hears music and is not heard."""
    spoken: bool = False
    """The message was begun here, and the records do not know it yet."""

    def disarm(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Silence:
    """The lines of one node's prospects, from launch to end. ``tell`` puts an event before all others."""

    def __init__(
        self,
        ari: Ari,
        commands: Commands,
        tasks: asyncio.TaskGroup,
        tell: Callable[[UUID, Event], None],
    ) -> None:
        self._ari = ari
        self._commands = commands
        self._tasks = tasks
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._lines: dict[UUID, _Line] = {}
        self._beside: dict[UUID, UUID] = {}

    def expect(self, leg_id: UUID, message: str) -> None:
        """A prospect is about to be called, or was found on the line; the message as media URIs."""
        self._lines.setdefault(leg_id, _Line(message))

    def forget_but(self, living: set[UUID]) -> None:
        """Keep the lines of these legs only; the ends of others were missed."""
        for leg_id in self._lines.keys() - living:
            self._over(leg_id)

    def forget(self, leg_id: UUID) -> None:
        """The leg is no more, or was never made."""
        self._over(leg_id)

    def suspend(self) -> None:
        """Events do not come any more: who is alone is no longer known here. Records and reconcile go on."""
        for line in self._lines.values():
            line.disarm()

    def spoke(self, leg_id: UUID) -> bool:
        """Whether this watch has begun the message and the records have not been told."""
        line = self._lines.get(leg_id)
        return line is not None and line.spoken

    def heard(self, event: Event) -> None:
        """Every event of a leg comes here the moment it arrives, before it is kept."""
        match event:
            case LegAnswered() if line := self._lines.get(event.leg_id):
                if line.answered_at is None:
                    line.answered_at = event.at
                    self._arm(event.leg_id, line, DROP_AFTER)
            case LegJoined() if line := self._lines.get(event.leg_id):
                line.disarm()
            case LegGone():
                self._over(event.leg_id)
                beside = self._beside.pop(event.leg_id, None)
                if beside is not None and (line := self._lines.get(beside)):
                    self._arm(beside, line, DROP_AFTER)

    def message_ended(self, leg_id: UUID) -> None:
        """The message was played; where it was begun here, the line is cut here."""
        if self.spoke(leg_id):
            self._hang_up(leg_id)

    def told(self, leg_id: UUID) -> None:
        """The records know of the message now; they see to its end."""
        if (line := self._lines.get(leg_id)) is not None:
            line.spoken = False

    def kept(self, call: Call, event: Event) -> None:
        """A step is on record: from here on its deadline counts."""
        line = self._lines.get(call.leg_id)
        if line is None:
            return
        if isinstance(event, MessageStarted):
            return
        if line.beside is not None:
            self._beside.pop(line.beside, None)
            line.beside = None
        if call.seat is not None and call.state in (CallState.BRIDGING, CallState.TALKING):
            line.beside = call.seat.leg_id
            self._beside[call.seat.leg_id] = call.leg_id
        line.on_hold = call.on_hold
        line.disarm()
        if line.spoken:
            return
        if call.state in ALONE and call.answered_at is not None and call.due_at is not None:
            self._arm(call.leg_id, line, call.due_at - now() + COMMIT_GRACE)

    def _arm(self, leg_id: UUID, line: _Line, after: timedelta) -> None:
        if line.spoken:
            return
        line.disarm()
        delay_s = max(0.0, after.total_seconds())
        line.timer = self._loop.call_later(delay_s, self._speak, leg_id)

    def _over(self, leg_id: UUID) -> None:
        line = self._lines.pop(leg_id, None)
        if line is not None:
            line.disarm()
            if line.beside is not None:
                self._beside.pop(line.beside, None)

    def _speak(self, leg_id: UUID) -> None:
        line = self._lines.get(leg_id)
        if line is None:
            return
        line.timer = None
        self._tasks.create_task(self._play(leg_id, line))

    async def _play(self, leg_id: UUID, line: _Line) -> None:
        if await self._is_in_company(leg_id) or self._lines.get(leg_id) is not line:
            return
        if line.spoken or line.timer is not None:
            return  # kept on record meanwhile
        line.spoken = True
        at = now()
        log.error("nothing could be kept on record in time: a prospect hears the message", leg=str(leg_id))
        self._tell(leg_id, MessageStarted(at, line.answered_at or at))
        off_hold = [Unhold(leg_id)] if line.on_hold else []
        refused = await self._commands.send([*off_hold, PlayMessage(leg_id, line.message)])
        if any(isinstance(event, MessageEnded) for event in refused):
            self._hang_up(leg_id)
        elif self._lines.get(leg_id) is line:
            line.timer = self._loop.call_later(MESSAGE_AT_MOST.total_seconds(), self._hang_up, leg_id)

    async def _is_in_company(self, leg_id: UUID) -> bool:
        """Whether somebody else is in the prospect's bridge: asked of Asterisk, as a last look."""
        try:
            bridges = await self._ari.bridges.list()
        except RingpoolError:
            return False
        return any(
            str(leg_id) in bridge["channels"] and len(_people(bridge["channels"])) > 1 for bridge in bridges
        )

    def _hang_up(self, leg_id: UUID) -> None:
        self._tasks.create_task(self._send_hang_up(leg_id))

    async def _send_hang_up(self, leg_id: UUID) -> None:
        # That it is gone will be said by its own event.
        await self._commands.send([HangUp(leg_id)])


def _people(channel_ids: list[str]) -> list[UUID]:
    """The legs among a bridge's channels; music and recording have channels too."""
    return [leg_id for channel_id in channel_ids if (leg_id := to_uuid(channel_id)) is not None]
