"""After a (re)connect: compare the records with what Asterisk has, and mend the difference.

What lives is adopted, what is gone is closed, what was to be sent is sent
again; what was dialed is never dialed again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from ari_app.client import Ari
from ari_app.commands import Commands
from ari_app.phones import Phones
from ari_app.runner import Runner
from ari_app.work import Work
from dialer.calls.commands import Command, DestroyBridge, HangUp, Originate
from dialer.calls.events import AgentFreed, Event, LegAnswered, LegGone, LegJoined, TimerDue
from dialer.calls.power import VANISHED, CallState
from dialer.clock import now
from dialer.db import Database
from dialer.store import agents, calls

log = structlog.get_logger("ringpool.reconcile")


@dataclass(frozen=True, slots=True)
class World:
    """What Asterisk has: each channel's state (``Up``, ``Ringing``, …) and bridge, and our bridges."""

    channels: dict[UUID, str]
    bridge_of: dict[UUID, UUID]
    bridges: frozenset[UUID]


class Reconcile:
    """One node's comparison. No call may be in the middle of being launched while it runs."""

    def __init__(
        self,
        db: Database,
        work: Work,
        ari: Ari,
        commands: Commands,
        runner: Runner,
        phones: Phones,
        *,
        node: str,
        bridge_name: str,
    ) -> None:
        self._db = db
        self._work = work
        self._ari = ari
        self._commands = commands
        self._runner = runner
        self._phones = phones
        self._node = node
        self._bridge_name = bridge_name

    async def run(self) -> None:
        """Compare once. Raises AriUnavailable or AriTimeout when Asterisk went away again."""
        open_calls = await self._work.until_done(calls.open_calls, self._db, self._node)
        standing = await self._work.until_done(agents.standing_phones, self._db, self._node)
        # Records first, then the world: what is on record was asked for before we looked.
        world = await self._look()
        await self._phones_again(standing, world)
        for open_call in open_calls:
            self._runner.know(open_call.call.leg_id, open_call.call.leg_id)
            if open_call.call.seat is not None and open_call.rings_agent:
                self._runner.know(open_call.call.seat.leg_id, open_call.call.leg_id)
            await self._call_again(open_call, world)
        await self._strays(open_calls, standing, world)
        log.info(
            "records and asterisk compared",
            calls=len(open_calls),
            phones=len(standing),
            channels=len(world.channels),
        )
        self._runner.wake()

    async def _look(self) -> World:
        channels = {
            leg_id: channel["state"]
            for channel in await self._ari.channels.list()
            if (leg_id := _uuid(channel["id"])) is not None
        }
        bridge_of, ours = {}, set()
        for bridge in await self._ari.bridges.list():
            bridge_id = _uuid(bridge["id"])
            if bridge_id is None or bridge.get("name") != self._bridge_name:
                continue
            ours.add(bridge_id)
            for member in bridge["channels"]:
                if (leg_id := _uuid(member)) is not None:
                    bridge_of[leg_id] = bridge_id
        return World(channels, bridge_of, frozenset(ours))

    async def _phones_again(self, standing: list[agents.StandingPhone], world: World) -> None:
        for phone in standing:
            self._phones.know(phone.leg_id, phone.bridge_id)
            if phone.leg_id not in world.channels:
                await self._phones.vanished(phone.leg_id, phone.bridge_id)
            elif world.channels[phone.leg_id] == "Up" and (
                not phone.phone_up or world.bridge_of.get(phone.leg_id) != phone.bridge_id
            ):
                await self._phones.seat(phone.leg_id, phone.bridge_id)

    async def _call_again(self, open_call: calls.OpenCall, world: World) -> None:
        call, at = open_call.call, now()
        for event in self._news(open_call, world, at):
            self._runner.post(call.leg_id, event)
        if call.leg_id not in world.channels:
            return
        if call.due_at is not None:
            self._runner.set_timer(call, at)
        again: list[Command] = [c for c in open_call.pending if not isinstance(c, Originate)]
        if again and world.bridge_of.get(call.leg_id) != (call.seat and call.seat.bridge_id):
            await self._runner.send(call.leg_id, again)

    def _news(self, open_call: calls.OpenCall, world: World, at: datetime) -> list[Event]:
        """The events that were missed."""
        call = open_call.call
        if call.leg_id not in world.channels:
            return [LegGone(at, call.leg_id, VANISHED)]
        seat = call.seat
        if seat is not None and seat.leg_id not in world.channels and open_call.rings_agent:
            return [LegGone(at, seat.leg_id, VANISHED)]
        up = world.channels[call.leg_id] == "Up"
        match call.state:
            case CallState.DIALING if up:
                return [LegAnswered(at, call.leg_id)]
            case CallState.ANSWERED:
                return [AgentFreed(at)]
            case CallState.RINGING_AGENT if seat and world.channels[seat.leg_id] == "Up":
                return [LegAnswered(at, seat.leg_id)]
            case CallState.BRIDGING if seat and world.bridge_of.get(call.leg_id) == seat.bridge_id:
                return [LegJoined(at, call.leg_id, seat.bridge_id)]
            case CallState.DROPPING if call.due_at is not None:
                # Whether the message was played to its end is not known: enough.
                return [TimerDue(at, call.due_at)]
        return []

    async def _strays(
        self, open_calls: list[calls.OpenCall], standing: list[agents.StandingPhone], world: World
    ) -> None:
        """Legs of ours that nothing on record needs any more, and bridges likewise."""
        needed = {c.call.leg_id for c in open_calls} | {p.leg_id for p in standing}
        needed |= {c.call.seat.leg_id for c in open_calls if c.call.seat is not None}
        bridges = {p.bridge_id for p in standing}
        bridges |= {c.call.seat.bridge_id for c in open_calls if c.call.seat is not None}
        unneeded = set(world.channels) - needed
        ours = await self._work.until_done(calls.known_legs, self._db, sorted(unneeded, key=str))
        away: list[Command] = [HangUp(leg_id) for leg_id in ours]
        away += [DestroyBridge(bridge_id) for bridge_id in world.bridges - bridges]
        await self._commands.send(away)
        await self._work.until_done(
            calls.close_vanished_legs, self._db, self._node, sorted(world.channels, key=str), now()
        )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
