"""Commands as requests to Asterisk, and what their failure means to the call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID
from weakref import WeakValueDictionary

import structlog

from ari_app.client import (
    Ari,
    AriConflict,
    AriCutOff,
    AriError,
    AriNotFound,
    AriTimeout,
    AriUnavailable,
)
from ari_app.metrics import Metrics
from dialer.calls.commands import (
    Announce,
    Command,
    CreateBridge,
    DestroyBridge,
    HangUp,
    Hold,
    Join,
    Leave,
    Originate,
    PlayMessage,
    Prompt,
    StartMusic,
    StartRecording,
    StartRinging,
    StopMusic,
    StopPrompt,
    StopRecording,
    StopRinging,
    Unhold,
)
from dialer.calls.events import Event, JoinFailed, LegGone, MessageEnded, OriginateRefused, PromptEnded
from dialer.calls.power import VANISHED
from dialer.clock import now
from dialer.prompts import sounds_of

log = structlog.get_logger("ringpool.commands")

WAITING_MUSIC = "ringpool-waiting"
"""Music-on-hold class of the configuration that Ringpool deploys."""

RINGING = "tone:ring"
"""What an agent who dials alone hears until the prospect answers."""

# Phones differ in which header makes them answer by themselves; each ignores the other's.
AUTO_ANSWER = {
    "PJSIP_HEADER(add,Call-Info)": "<sip:localhost>;answer-after=0",
    "PJSIP_HEADER(add,Alert-Info)": "<http://localhost>;info=alert-autoanswer;delay=0",
}


_OF_BRIDGES = (
    Announce,
    CreateBridge,
    Join,
    Leave,
    DestroyBridge,
    StartMusic,
    StopMusic,
    StartRecording,
    StartRinging,
    StopRinging,
)
_FIRST = (CreateBridge, Unhold, StopPrompt, Leave)
_LAST = (StartRecording, StartRinging, Announce)

PROMPT_AGAIN_S = 1.0
"""A prompt that could not be played is tried again after this."""

GONE_WORD_S = 0.3
"""A leg that is found gone: its own event, with the cause, is on its way and may be this late."""


class Commands:
    """Sends commands. Every one can be sent twice without harm, but for the one that calls somebody.

    What two calls ask of one bridge is asked in turn: the music that follows one call never
    starts after the next call has stopped it.
    """

    def __init__(
        self, ari: Ari, metrics: Metrics, formats: str, bridge_name: str, prompts: Path | None = None
    ) -> None:
        self._ari = ari
        self._prompts = prompts
        self._metrics = metrics
        self._formats = formats
        self._bridge_name = bridge_name
        self._turns: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def send(self, commands: Iterable[Command]) -> list[Event]:
        """Send a step's commands; return the events that refusals amount to.

        A bridge is made before anything else is asked of it, a leg is off hold before it goes
        anywhere and out of its bridge before it is played to, and a bridge's music is off before
        it is recorded or rings; the rest goes out at once.
        """
        commands = list(commands)
        stages: list[list[Command]] = [
            [c for c in commands if isinstance(c, _FIRST)],
            [c for c in commands if not isinstance(c, (*_FIRST, *_LAST))],
            [c for c in commands if isinstance(c, _LAST)],
        ]
        news: list[Event | None] = []
        async with AsyncExitStack() as turns:
            for bridge_id in sorted({c.bridge_id for c in commands if isinstance(c, _OF_BRIDGES)}, key=str):
                await turns.enter_async_context(self._turn(bridge_id))
            for stage in stages:
                if len(stage) == 1:
                    news.append(await self._send_one(stage[0]))
                elif stage:
                    news += await asyncio.gather(*(self._send_one(command) for command in stage))
        return [event for event in news if event is not None]

    def _turn(self, bridge_id: UUID) -> asyncio.Lock:
        turn = self._turns.get(bridge_id)
        if turn is None:
            turn = self._turns[bridge_id] = asyncio.Lock()
        return turn

    async def _send_one(self, command: Command) -> Event | None:
        try:
            try:
                await self._request(command)
            except AriCutOff:
                if isinstance(command, Originate):
                    raise  # it may have been dialed: never again
                await self._request(command)
        except (AriUnavailable, AriTimeout) as error:
            # Reconcile, or the call's deadline, looks at what came of it.
            log.warning("asterisk did not take a command", command=type(command).__name__, error=str(error))
            self._metrics.refused.labels(type(command).__name__).inc()
            if isinstance(command, Originate) and isinstance(error, AriUnavailable):
                return OriginateRefused(now(), command.leg_id)
        except AriError as error:
            return await self._meaning(command, error)
        return None

    async def _request(self, command: Command) -> None:
        ari = self._ari
        match command:
            case Originate():
                await ari.channels.originate(
                    str(command.leg_id),
                    command.endpoint,
                    caller_id=command.caller_id,
                    timeout_s=command.ring_s,
                    formats=self._formats,
                    variables=AUTO_ANSWER if command.auto_answer else None,
                )
            case Join():
                await ari.bridges.add_channel(str(command.bridge_id), str(command.leg_id))
            case Leave():
                await ari.bridges.remove_channel(str(command.bridge_id), str(command.leg_id))
            case HangUp():
                await ari.channels.hangup(str(command.leg_id))
            case CreateBridge():
                await ari.bridges.create(str(command.bridge_id), self._bridge_name)
            case DestroyBridge():
                await ari.bridges.destroy(str(command.bridge_id))
            case StartMusic():
                await ari.bridges.start_moh(str(command.bridge_id), WAITING_MUSIC)
            case StopMusic():
                await ari.bridges.stop_moh(str(command.bridge_id))
            case StartRinging():
                await self._ring(command)
            case StopRinging():
                await ari.playbacks.stop(str(command.playback_id))
            case StartRecording():
                await ari.bridges.record(str(command.bridge_id), str(command.recording_id))
            case Announce():
                media = sounds_of(command.media, self._prompt)
                await ari.bridges.play(str(command.bridge_id), str(command.recording_id), media)
            case StopRecording():
                await ari.recordings.stop(str(command.recording_id))
            case Hold():
                await ari.channels.mute(str(command.leg_id), "in")
                await ari.channels.start_moh(str(command.leg_id), WAITING_MUSIC)
            case Unhold():
                await ari.channels.stop_moh(str(command.leg_id))
                await ari.channels.unmute(str(command.leg_id), "in")
            case PlayMessage():
                await ari.channels.play(str(command.leg_id), sounds_of(command.media, self._prompt))
            case Prompt():
                # Its playback has the leg's id, so that its end is known from a message's.
                media = sounds_of(command.media, self._prompt)
                await ari.channels.play(str(command.leg_id), media, str(command.leg_id))
            case StopPrompt():
                await ari.playbacks.stop(str(command.leg_id))
            case _:
                raise TypeError(f"no request for {command!r}")

    def _prompt(self, sound: str) -> str | None:
        """Where a prompt's sound is, for Asterisk, which adds the ending that suits the call."""
        if self._prompts is None:
            return None
        path = self._prompts / sound
        return str(path) if path.with_suffix(".wav").is_file() else None

    async def _ring(self, command: StartRinging) -> None:
        """Begin the ringing, unless it was begun: a second one would ring on for ever."""
        try:
            await self._ari.playbacks.get(str(command.playback_id))
        except AriNotFound:
            await self._ari.bridges.play(str(command.bridge_id), str(command.playback_id), [RINGING])

    async def _meaning(self, command: Command, error: AriError) -> Event | None:
        """What a refusal says about the call. Most say that something is gone already."""
        at = now()
        match command:
            case Originate():
                # After one real 409 Asterisk may answer 409 to anything: look before believing.
                if isinstance(error, AriConflict) and await self._lives(command.leg_id):
                    return None
                self._count(command, error)
                return OriginateRefused(at, command.leg_id)
            case Join():
                self._count(command, error)
                if error.status >= 500:
                    return None  # not the leg's fault: the deadline hands it to somebody else
                bridge_gone = await self._lives(command.leg_id) and await self._lacks(command.bridge_id)
                return JoinFailed(at, command.leg_id, command.bridge_id, bridge_gone)
            case HangUp() if isinstance(error, AriNotFound):
                await asyncio.sleep(GONE_WORD_S)
                return LegGone(now(), command.leg_id, VANISHED)
            case Leave():
                return None  # it was not in there, or one of the two is gone
            case PlayMessage():
                self._count(command, error)
                return MessageEnded(at, command.leg_id)
            case Prompt() if not isinstance(error, AriNotFound):
                self._count(command, error)
                await asyncio.sleep(PROMPT_AGAIN_S)
                return PromptEnded(now(), command.leg_id)
            case (
                StartMusic()
                | StopMusic()
                | StopRecording()
                | StopRinging()
                | StopPrompt()
                | Prompt()
                | DestroyBridge()
                | Hold()
                | Unhold()
            ):
                if isinstance(error, AriNotFound):
                    return None
        self._count(command, error)
        return None

    async def _lives(self, leg_id: UUID) -> bool:
        """Whether the leg is there; yes, where that cannot be learnt."""
        try:
            await self._ari.channels.get(str(leg_id))
        except AriNotFound:
            return False
        except (AriError, AriUnavailable, AriTimeout):
            return True
        return True

    async def _lacks(self, bridge_id: UUID) -> bool:
        """Whether the bridge is missing; no, where that cannot be learnt."""
        try:
            await self._ari.bridges.get(str(bridge_id))
        except AriNotFound:
            return True
        except (AriError, AriUnavailable, AriTimeout):
            return False
        return False

    def _count(self, command: Command, error: AriError) -> None:
        self._metrics.refused.labels(type(command).__name__).inc()
        log.warning(
            "asterisk refused a command",
            command=type(command).__name__,
            leg=str(getattr(command, "leg_id", "")),
            status=error.status,
            said=str(error),
        )
