"""After a (re)connect: compare the records with what Asterisk has, and mend the difference.

What lives is adopted, what is gone is closed, what was to be sent is sent
again; what was dialed is never dialed again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from ari_app.client import Ari
from ari_app.commands import Commands
from ari_app.phones import Phones
from ari_app.rings import Rings
from ari_app.runner import Runner
from ari_app.translate import to_uuid
from ari_app.work import Work
from dialer.calls.call import Mode
from dialer.calls.commands import Announce, Command, DestroyBridge, HangUp, Join, Originate, PlayMessage
from dialer.calls.events import Adopted, Event, LegAnswered, LegGone, LegJoined
from dialer.calls.power import DROP_AFTER, VANISHED, Call, CallState
from dialer.clock import now
from dialer.db import Database
from dialer.store import agents, calls

log = structlog.get_logger("ringpool.reconcile")

ANNOUNCED_WITHIN = timedelta(seconds=10)
"""Later than this a conversation was told that it is recorded: nobody is interrupted to hear it again."""


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
        rings: Rings,
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
        self._rings = rings
        self._node = node
        self._bridge_name = bridge_name

    async def run(self) -> None:
        """Compare once. Raises AriUnavailable or AriTimeout when Asterisk went away again."""
        open_calls = await self._work.until_done(calls.open_calls, self._db, self._node)
        standing = await self._work.until_done(agents.standing_phones, self._db, self._node)
        # Records first, then the world: what is on record was asked for before we looked.
        world = await self._look()
        self._note(open_calls, standing, world)
        # Prospects who are gone first: their agents have had a conversation, also where the
        # agents' phones are gone as well.
        gone = [each for each in open_calls if each.call.is_made and each.call.leg_id not in world.channels]
        for each in gone:
            self._runner.post(each.call.leg_id, LegGone(now(), each.call.leg_id, VANISHED))
        await self._runner.settled([each.call.leg_id for each in gone])
        rung = await self._rings.adopt(world.channels)
        await self._phones_again(standing, world)
        for each in open_calls:
            if not each.call.is_made or each.call.leg_id in world.channels:
                await self._call_again(each, world)
        await self._strays(open_calls, standing, rung, world)
        log.info(
            "records and asterisk compared",
            calls=len(open_calls),
            phones=len(standing),
            channels=len(world.channels),
        )
        self._runner.wake()

    def _note(
        self, open_calls: list[calls.OpenCall], standing: list[agents.StandingPhone], world: World
    ) -> None:
        """Whose legs these are; those of others are forgotten."""
        needed = set(world.channels) | {phone.leg_id for phone in standing}
        for each in open_calls:
            call = each.call
            needed.add(call.leg_id)
            self._runner.know(call.leg_id, call.leg_id, call.drop_message)
            if call.seat is not None and each.rings_agent:
                needed.add(call.seat.leg_id)
                self._runner.know(call.seat.leg_id, call.leg_id)
            elif call.seat is not None and call.mode is Mode.RING_ALL:
                self._runner.tells(call.seat.leg_id, call.leg_id)
        self._runner.forget_but(needed)

    async def _look(self) -> World:
        channels = {
            leg_id: channel["state"]
            for channel in await self._ari.channels.list()
            if (leg_id := to_uuid(channel["id"])) is not None
        }
        bridge_of, ours = {}, set()
        for bridge in await self._ari.bridges.list():
            bridge_id = to_uuid(bridge["id"])
            if bridge_id is None or bridge.get("name") != self._bridge_name:
                continue
            ours.add(bridge_id)
            for member in bridge["channels"]:
                if (leg_id := to_uuid(member)) is not None:
                    bridge_of[leg_id] = bridge_id
        return World(channels, bridge_of, frozenset(ours))

    async def _phones_again(self, standing: list[agents.StandingPhone], world: World) -> None:
        for phone in standing:
            self._phones.know(phone.leg_id, phone.bridge_id)
            if phone.leg_id not in world.channels:
                await self._phones.vanished(phone.leg_id, phone.bridge_id)
            elif world.channels[phone.leg_id] != "Up":
                continue
            elif not phone.phone_up or world.bridge_of.get(phone.leg_id) != phone.bridge_id:
                await self._phones.seat(phone.leg_id, phone.bridge_id)
            elif phone.waits:
                await self._phones.rest(phone)

    async def _call_again(self, open_call: calls.OpenCall, world: World) -> None:
        """Take up a call whose prospect is on the line: what was missed, and what may not have been sent."""
        call, at = open_call.call, now()
        waits_from_now = call if call.due_at is None else replace(call, due_at=at + DROP_AFTER)
        self._runner.silence.kept(waits_from_now, Adopted(at))
        again = [c for c in open_call.pending if not isinstance(c, Originate)]
        match call.state:
            case CallState.BRIDGING | CallState.TALKING if self._is_joined(call, world):
                # The last step may have been cut short after the join: music off, recording on.
                again = [c for c in again if not isinstance(c, Join)]
                if call.bridged_at is not None and at - call.bridged_at > ANNOUNCED_WITHIN:
                    again = [c for c in again if not isinstance(c, Announce)]
            case CallState.BRIDGING:
                again = []  # asked for anew, with a new deadline
            case CallState.DROPPING:
                again = [c for c in again if not isinstance(c, PlayMessage)]
        if again:
            await self._runner.send(call.leg_id, again)
        for event in self._news(open_call, world, at):
            self._runner.silence.heard(event)
            self._runner.post(call.leg_id, event)
        self._runner.set_timer(call, at)

    def _is_joined(self, call: Call, world: World) -> bool:
        return call.seat is not None and world.bridge_of.get(call.leg_id) == call.seat.bridge_id

    def _news(self, open_call: calls.OpenCall, world: World, at: datetime) -> list[Event]:
        """The events that were missed."""
        call, seat = open_call.call, open_call.call.seat
        if seat is not None and seat.leg_id not in world.channels and open_call.rings_agent:
            return [LegGone(at, seat.leg_id, VANISHED)]
        match call.state:
            case CallState.DIALING if world.channels[call.leg_id] == "Up":
                return [LegAnswered(at, call.leg_id)]
            case CallState.RINGING_AGENT if seat and world.channels[seat.leg_id] == "Up":
                return [LegAnswered(at, seat.leg_id)]
            case CallState.BRIDGING if seat and self._is_joined(call, world):
                return [LegJoined(at, call.leg_id, seat.bridge_id)]
            case CallState.ANSWERED | CallState.BRIDGING:
                return [Adopted(at)]
            case CallState.DROPPING if any(isinstance(c, PlayMessage) for c in open_call.pending):
                return [Adopted(at)]
        return []

    async def _strays(
        self,
        open_calls: list[calls.OpenCall],
        standing: list[agents.StandingPhone],
        rung: set[UUID],
        world: World,
    ) -> None:
        """Legs of ours that nothing on record needs any more, and bridges likewise."""
        needed = {c.call.leg_id for c in open_calls} | {p.leg_id for p in standing} | rung
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
