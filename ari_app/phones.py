"""Agents' stay-connected phones: called at session start, kept in a bridge of their own (DIAL-9)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import structlog

from ari_app.client import Ari, AriError, AriTimeout, AriUnavailable
from ari_app.commands import Commands
from ari_app.runner import Runner
from ari_app.work import Work
from dialer.calls.commands import CreateBridge, DestroyBridge, HangUp, Join, StartMusic
from dialer.calls.events import Event, JoinFailed, LegAnswered, LegGone, OriginateRefused
from dialer.calls.power import VANISHED
from dialer.db import Database
from dialer.store import agents, calls

log = structlog.get_logger("ringpool.phones")


class Phones:
    """Calls, seats and releases the standing legs of one node's agents."""

    def __init__(
        self,
        db: Database,
        work: Work,
        commands: Commands,
        runner: Runner,
        node: str,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._db = db
        self._work = work
        self._commands = commands
        self._runner = runner
        self._node = node
        self._tasks = tasks
        self._releasing: set[UUID] = set()

    async def tend(self, now: datetime) -> None:
        """Call the phones that should be connected, release those of agents who left."""
        for call in await self._work.once(agents.call_phones, self._db, self._node, now):
            self.know(call.originate.leg_id, call.bridge_id)
            self._tasks.create_task(self._call(call))
        for leg_id, bridge_id in await self._work.once(agents.legs_to_release, self._db, self._node):
            if leg_id not in self._releasing:
                self._releasing.add(leg_id)
                self._tasks.create_task(self._release(leg_id, bridge_id))

    def know(self, leg_id: UUID, bridge_id: UUID) -> None:
        """Note a standing leg, before Asterisk is asked to make it or after a restart."""

        async def on_event(event: Event) -> None:
            match event:
                case LegAnswered():
                    await self.seat(leg_id, bridge_id)
                case LegGone():
                    await self._gone(event, bridge_id)

        self._runner.phones[leg_id] = on_event

    async def seat(self, leg_id: UUID, bridge_id: UUID) -> None:
        """Put an answered phone into its bridge, with music, and its agent to work."""
        refused = await self._commands.send(
            [CreateBridge(bridge_id), Join(bridge_id, leg_id)]
        ) or await self._commands.send([StartMusic(bridge_id)])
        if any(isinstance(event, JoinFailed) for event in refused):
            await self._commands.send([HangUp(leg_id)])
            return
        wanted = await self._work.until_done(calls.phone_up, self._db, leg_id, datetime.now(UTC))
        if not wanted:
            await self._commands.send([HangUp(leg_id)])
        self._runner.wake()

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

    async def vanished(self, leg_id: UUID, bridge_id: UUID) -> None:
        """Asterisk no longer knows a leg that is on record as an agent's."""
        await self._gone(LegGone(datetime.now(UTC), leg_id, VANISHED), bridge_id)


class Accounts:
    """SIP accounts of the users, pushed into Asterisk: a new user's phone registers with no reload (TEL-1)."""

    def __init__(self, db: Database, work: Work, ari: Ari, formats: str) -> None:
        self._db = db
        self._work = work
        self._ari = ari
        self._formats = formats
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
        name = account.extension
        try:
            await self._ari.asterisk.put_object(
                "auth",
                name,
                {"auth_type": "userpass", "username": name, "password": account.secret},
            )
            await self._ari.asterisk.put_object(
                "aor", name, {"max_contacts": "1", "remove_existing": "yes", "qualify_frequency": "15"}
            )
            await self._ari.asterisk.put_object("endpoint", name, self._endpoint(account))
        except (AriError, AriTimeout, AriUnavailable) as error:
            log.warning("an account could not be pushed", extension=name, error=str(error))
            return
        self._pushed[name] = account

    def _endpoint(self, account: agents.SipAccount) -> dict[str, str]:
        fields = {
            "auth": account.extension,
            "aors": account.extension,
            "context": "ringpool-phones",
            "disallow": "all",
            "allow": "ulaw,alaw",
            "direct_media": "no",
            "dtmf_mode": "rfc4733",
            "callerid": f'"{account.name}" <{account.extension}>',
            "rtp_symmetric": "yes",
            "force_rport": "yes",
            "rewrite_contact": "yes",
            "rtp_timeout": "30",
        }
        if account.browser:
            fields |= {"webrtc": "yes", "dtls_auto_generate_cert": "yes", "allow": "opus,ulaw"}
        return fields

    async def _remove(self, extension: str) -> None:
        for kind in ("endpoint", "aor", "auth"):
            try:
                await self._ari.asterisk.delete_object(kind, extension)
            except AriError:
                pass  # gone already
            except (AriTimeout, AriUnavailable):
                return
        self._pushed.pop(extension, None)
