"""Agents' stay-connected phones: called at session start, kept in a bridge of their own (DIAL-9)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

import structlog

from ari_app.client import Ari, AriError, AriNotFound, AriTimeout, AriUnavailable
from ari_app.commands import Commands
from ari_app.runner import Runner
from ari_app.work import Work
from asterisk_conf.accounts import PushedObject, phone_account
from dialer.calls.commands import (
    Command,
    CreateBridge,
    DestroyBridge,
    HangUp,
    Join,
    StartMusic,
    StopRecording,
)
from dialer.calls.events import Event, LegAnswered, LegGone, OriginateRefused
from dialer.calls.power import VANISHED
from dialer.clock import now
from dialer.db import Database
from dialer.store import agents, calls

log = structlog.get_logger("ringpool.phones")


class Phones:
    """Calls, seats and releases the standing legs of one node's agents."""

    def __init__(
        self,
        db: Database,
        work: Work,
        ari: Ari,
        commands: Commands,
        runner: Runner,
        node: str,
    ) -> None:
        self._db = db
        self._work = work
        self._ari = ari
        self._commands = commands
        self._runner = runner
        self._node = node
        self._releasing: set[UUID] = set()

    async def tend(self, at: datetime) -> None:
        """Call the phones that should be connected, release those of agents who left."""
        for call in await self._work.once(agents.call_phones, self._db, self._node, at):
            self.know(call.originate.leg_id, call.bridge_id)
            self._runner.start(self._call(call), "calling a phone")
        for leg_id, bridge_id in await self._work.once(agents.legs_to_release, self._db, self._node):
            if leg_id not in self._releasing:
                self._releasing.add(leg_id)
                self._runner.start(self._release(leg_id, bridge_id), "releasing a phone")

    async def give_up(self, at: datetime) -> None:
        """Let go of phones whose call came to nothing without a word: they are called again."""
        for leg_id, bridge_id in await self._work.once(agents.phones_unheard_of, self._db, self._node, at):
            if leg_id not in self._releasing:
                log.warning("nothing was heard of a phone's call", leg=str(leg_id))
                self._releasing.add(leg_id)
                self._runner.start(self._release(leg_id, bridge_id), "giving up a phone's call")

    def know(self, leg_id: UUID, bridge_id: UUID) -> None:
        """Note a standing leg, before Asterisk is asked to make it or after a restart."""
        in_turn = asyncio.Lock()

        async def on_event(event: Event) -> None:
            async with in_turn:
                match event:
                    case LegAnswered():
                        await self.seat(leg_id, bridge_id)
                    case LegGone():
                        await self._gone(event, bridge_id)

        self._runner.phones[leg_id] = on_event

    async def seat(self, leg_id: UUID, bridge_id: UUID) -> None:
        """Put an answered phone into its bridge, with music, and its agent to work.

        A phone of which that is not certain is let go and called again: its agent would take
        prospects to a place where nobody hears them.
        """
        await self._commands.send([CreateBridge(bridge_id), Join(bridge_id, leg_id)])
        if not await self._is_seated(leg_id, bridge_id):
            log.warning("a phone did not get into its bridge", leg=str(leg_id))
            await self._commands.send([HangUp(leg_id)])
            return
        await self._commands.send([StartMusic(bridge_id)])
        wanted = await self._work.until_done(calls.phone_up, self._db, leg_id, now())
        if not wanted:
            await self._commands.send([HangUp(leg_id)])
        self._runner.wake()

    async def _is_seated(self, leg_id: UUID, bridge_id: UUID) -> bool:
        try:
            bridge = await self._ari.bridges.get(str(bridge_id))
        except (AriError, AriTimeout, AriUnavailable):
            return False
        return str(leg_id) in bridge["channels"]

    async def _call(self, call: agents.PhoneCall) -> None:
        for refused in await self._commands.send([call.originate]):
            if isinstance(refused, OriginateRefused):
                # Not registered, or no such endpoint: the agent's page says so, and it is tried again.
                gone = LegGone(refused.at, call.originate.leg_id, 0)
                await self._gone(gone, call.bridge_id)

    async def _release(self, leg_id: UUID, bridge_id: UUID) -> None:
        try:
            for gone in await self._commands.send([HangUp(leg_id)]):
                if isinstance(gone, LegGone):
                    await self._gone(gone, bridge_id)
        finally:
            self._releasing.discard(leg_id)

    async def _gone(self, event: LegGone, bridge_id: UUID) -> None:
        log.info("phone leg gone", leg=str(event.leg_id), cause=event.cause)
        await self._runner.phone_gone(event.leg_id, event)
        await self._commands.send([DestroyBridge(bridge_id)])

    async def rest(self, phone: agents.StandingPhone) -> None:
        """What a waiting phone's bridge should be: music on, nothing recorded. It may be so already."""
        commands: list[Command] = [StartMusic(phone.bridge_id)]
        if phone.last_recording_id is not None:
            commands.append(StopRecording(phone.last_recording_id))
        await self._commands.send(commands)

    async def vanished(self, leg_id: UUID, bridge_id: UUID) -> None:
        """Asterisk no longer knows a leg that is on record as an agent's."""
        await self._gone(LegGone(now(), leg_id, VANISHED), bridge_id)


class Accounts:
    """The users' SIP accounts, pushed into Asterisk: a new phone registers with no reload (TEL-1)."""

    def __init__(self, db: Database, work: Work, ari: Ari, media_formats: str, *, silence_s: int) -> None:
        self._db = db
        self._work = work
        self._ari = ari
        self._media_formats = media_formats
        self._silence_s = silence_s
        self._pushed: dict[str, agents.SipAccount] = {}

    def forget(self) -> None:
        """Asterisk may have started anew: push everything again."""
        self._pushed = {}

    async def tend(self) -> None:
        """Push what changed since the last time; an account that Asterisk refuses is tried again later."""
        wanted = {a.extension: a for a in await self._work.once(agents.sip_accounts, self._db)}
        for extension, account in wanted.items():
            if self._pushed.get(extension) != account:
                await self._push(account)
        for extension in self._pushed.keys() - wanted.keys():
            await self._remove(extension)

    async def _push(self, account: agents.SipAccount) -> None:
        objects = phone_account(
            account.extension,
            account.secret,
            account.name,
            in_browser=account.browser,
            media_formats=self._media_formats,
            silence_s=self._silence_s,
        )
        before = self._pushed.get(account.extension)
        try:
            if before is not None and before.browser != account.browser:
                await self._remove(account.extension)
            for each in objects:
                if each.kind == "aor" and await self._exists(each):
                    continue  # pushed twice, it would freeze the phone's present contact
                if each.kind == "endpoint" and before is None:
                    await self._clear_other_kind(each, in_browser=account.browser)
                await self._ari.request("PUT", each.path, body=each.body())
        except (AriError, AriTimeout, AriUnavailable) as error:
            log.warning("an account could not be pushed", extension=account.extension, error=str(error))
            return
        self._pushed[account.extension] = account

    async def _clear_other_kind(self, endpoint: PushedObject, *, in_browser: bool) -> None:
        """Remove an endpoint that a dialer before this one pushed for another kind of phone.

        What browser phones need is not undone by a push without it.
        """
        try:
            fields = await self._ari.request("GET", endpoint.path)
        except AriNotFound:
            return
        now_so = any(field["attribute"] == "webrtc" and field["value"] == "yes" for field in fields)
        if now_so != in_browser:
            await self._ari.request("DELETE", endpoint.path)

    async def _exists(self, each: PushedObject) -> bool:
        try:
            await self._ari.request("GET", each.path)
        except AriNotFound:
            return False
        return True

    async def _remove(self, extension: str) -> None:
        for each in reversed(phone_account(extension, "", "")):
            try:
                await self._ari.request("DELETE", each.path)
            except AriError:
                pass  # gone already
            except (AriTimeout, AriUnavailable):
                return
        self._pushed.pop(extension, None)
