"""Rings of one node: chosen, made, stepped, closed (RING-3).

Events of one ring are handled one after another, with its commands answered in between, as a call's
are. The winner's leg goes over to the call of the lead, whose events the runner handles from then on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from ari_app.commands import Commands
from ari_app.runner import Runner
from ari_app.work import PASSING, Work
from dialer.calls.commands import Command
from dialer.calls.events import (
    Adopted,
    Event,
    KeyPressed,
    LegAnswered,
    LegEvent,
    LegGone,
    MessageEnded,
    PromptEnded,
    TimerDue,
    WithdrawAsked,
)
from dialer.calls.power import VANISHED
from dialer.calls.ring import LegState, Ring, RingState
from dialer.clock import now
from dialer.db import Database
from dialer.store import ring_begin, rings
from dialer.store.ring_begin import Begun

log = structlog.get_logger("ringpool.rings")

_OF_STANDING = (KeyPressed, PromptEnded, MessageEnded)
"""What a ring is told of a phone that stays connected; its end is told by the phone's own handler."""


@dataclass(slots=True)
class _Live:
    """A ring that is not over."""

    in_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    timer: asyncio.TimerHandle | None = None
    legs: set[UUID] = field(default_factory=set)


class Rings:
    """``begin`` looks at the leads that wait; everything else follows from events.

    It looks only while ``may_dial`` says so, and begins one ring at a time; ``beginning`` is held meanwhile.
    """

    def __init__(
        self,
        db: Database,
        work: Work,
        commands: Commands,
        runner: Runner,
        *,
        node: str,
        trunk: str,
        may_dial: Callable[[], bool],
    ) -> None:
        self._db = db
        self._work = work
        self._commands = commands
        self._runner = runner
        self._node = node
        self._trunk = trunk
        self._may_dial = may_dial
        self.beginning = asyncio.Lock()
        self._looks = False
        self._look_again = False
        self._live: dict[UUID, _Live] = {}
        self._ring_of: dict[UUID, UUID] = {}
        self._call_of: dict[UUID, UUID] = {}
        """Winners' legs, whose events are the call's: one that waited for its turn is passed on."""
        self._loop = asyncio.get_running_loop()
        runner.key_pressed = self.on_key
        runner.playback_ended = self.on_playback
        runner.rings = self.post

    def look(self, at: datetime, now: datetime) -> None:
        """Ring for every lead that waits. ``now`` is the database's clock, ``at`` this process's.

        Beside everything else: many leads that wait must not keep an answered prospect waiting.
        """
        if self._looks:
            self._look_again = True
            return
        self._looks = True
        self._runner.start(self._look(at, now), "looking at the leads that wait")

    async def _look(self, at: datetime, now: datetime) -> None:
        try:
            must_wait: set[Hashable] = set()
            for lead in await self._work.once(ring_begin.waiting, self._db):
                if lead.kind in must_wait:
                    continue
                async with self.beginning:
                    if not self._may_dial():
                        return
                    if not await self._begin(lead, at, now):
                        must_wait.add(lead.kind)
        except PASSING as error:
            log.warning("leads wait for the database", error=str(error))
        finally:
            self._looks = False
            if self._look_again:
                self._look_again = False
                self._runner.wake()

    async def _begin(self, lead: ring_begin.Waiting, at: datetime, now: datetime) -> bool:
        """Ring for a lead; False where it must wait for those who are rung already."""
        try:
            begun = await self._work.once(
                ring_begin.begin, self._db, lead.organisation_id, lead.lead_id, self._node, now, at
            )
        except PASSING:
            raise
        except Exception:
            # One lead's defect must not keep the others from being rung for.
            log.exception(
                "a lead could not be rung for", organisation=lead.organisation_id, lead=lead.lead_id
            )
            return True
        if isinstance(begun, Begun):
            log.info(
                "ringing for a lead",
                organisation=lead.organisation_id,
                lead=lead.lead_id,
                legs=len(begun.ring.legs),
            )
            self._know(begun.ring)
            self._set_timer(begun.ring)
            self._runner.start(self._make(begun), "ringing for a lead")
        return begun is not ring_begin.NotBegun.WAITS

    async def _make(self, begun: Begun) -> None:
        live = self._live[begun.ring.key]
        async with live.in_turn:
            await self._send(begun.ring.key, begun.commands)

    async def settled(self) -> None:
        """Return when what was begun is asked for: no phone is just about to be rung."""
        for live in list(self._live.values()):
            async with live.in_turn:
                pass

    async def withdraw(self, at: datetime) -> None:
        """Tell rings whose lead is taken back."""
        for key in await self._work.once(rings.withdrawals, self._db, self._node):
            self.post(key, WithdrawAsked(at))

    def on_key(self, event: KeyPressed) -> None:
        """A key was pressed somewhere; it matters on a leg that is rung."""
        key = self._ring_of.get(event.leg_id)
        if key is not None:
            self.post(key, event)

    def on_playback(self, event: PromptEnded | MessageEnded) -> bool:
        """A playback to a phone that stays connected ended; whether a ring wants to know."""
        key = self._ring_of.get(event.leg_id)
        if key is not None:
            self.post(key, event)
        return key is not None

    def post(self, key: UUID, event: Event) -> None:
        """Take an event of a ring; it is handled in turn."""
        self._live.setdefault(key, _Live())
        self._runner.start(self._handle(key, event), "an event of a ring")

    async def _handle(self, key: UUID, event: Event) -> None:
        live = self._live.setdefault(key, _Live())
        async with live.in_turn:
            if isinstance(event, LegEvent) and (call_leg_id := self._call_of.get(event.leg_id)):
                if not isinstance(event, _OF_STANDING):
                    self._runner.post(call_leg_id, event)
                return
            handled = await self._work.until_done(rings.on_event, self._db, key, event, self._trunk)
            if handled is None:
                self._forget(key)
                return
            await self._follow(handled, event)
        if isinstance(event, LegGone):
            leg = handled.ring.leg(event.leg_id)
            if leg is not None and leg.standing:
                # The agent is out of the ring: now the phone's own end.
                await self._runner.phone_gone(event.leg_id, event)

    async def _follow(self, handled: rings.Handled, event: Event) -> None:
        before, ring = handled.before, handled.ring
        if ring == before and not handled.commands:
            if ring.state is RingState.OVER:
                self._forget(ring.key)
            return
        log.info(
            "ring stepped",
            organisation=handled.organisation_id,
            ring=handled.ring_id,
            happened=type(event).__name__,
            was=before.state.value,
            now=ring.state.value,
            outcome=ring.outcome and ring.outcome.value,
        )
        if (winner := handled.winner) is not None:
            if not winner.standing:
                self._call_of[winner.leg_id] = winner.handled.call.leg_id
            self._ring_of.pop(winner.leg_id, None)
            self._runner.take_on(winner.handled)
        if ring.due_at != before.due_at:
            self._set_timer(ring)
        await self._send(ring.key, handled.commands)
        if ring.state is RingState.OVER:
            self._forget(ring.key)
            self._runner.wake()

    async def _send(self, key: UUID, commands: list[Command]) -> None:
        for answer in await self._commands.send(commands):
            self.post(key, answer)

    # -- whose legs these are -----------------------------------------------------------------------

    def _know(self, ring: Ring) -> None:
        live = self._live.setdefault(ring.key, _Live())
        for leg in ring.legs:
            if leg.state is LegState.OVER:
                continue
            live.legs.add(leg.leg_id)
            self._ring_of[leg.leg_id] = ring.key
            if not leg.standing:
                self._runner.phones[leg.leg_id] = partial(self._on_leg, ring.key)

    async def _on_leg(self, key: UUID, event: Event) -> None:
        self.post(key, event)

    def _forget(self, key: UUID) -> None:
        live = self._live.pop(key, None)
        if live is None:
            return
        if live.timer is not None:
            live.timer.cancel()
        for leg_id in live.legs:
            if self._ring_of.get(leg_id) == key:
                del self._ring_of[leg_id]
            handler = self._runner.phones.get(leg_id)
            if isinstance(handler, partial) and handler.func == self._on_leg:
                del self._runner.phones[leg_id]
            self._call_of.pop(leg_id, None)

    def _set_timer(self, ring: Ring) -> None:
        live = self._live.setdefault(ring.key, _Live())
        if live.timer is not None:
            live.timer.cancel()
            live.timer = None
        if ring.due_at is not None:
            delay_s = max(0.0, (ring.due_at - now()).total_seconds())
            live.timer = self._loop.call_later(delay_s, self._timer_due, ring.key, ring.due_at)

    def _timer_due(self, key: UUID, due_at: datetime) -> None:
        self.post(key, TimerDue(now(), due_at))

    # -- after a restart ----------------------------------------------------------------------------

    async def adopt(self, channels: dict[UUID, str]) -> set[UUID]:
        """Go on with rings on record; ``channels``: each one's state in Asterisk. Returns the legs that rings need."""
        found = await self._work.until_done(rings.open_rings, self._db, self._node)
        needed: set[UUID] = set()
        for ring in found:
            self._know(ring)
            self._set_timer(ring)
            living = [leg for leg in ring.legs if leg.state is not LegState.OVER]
            needed |= {leg.leg_id for leg in living}
            for leg in living:
                if leg.leg_id not in channels:
                    if not leg.standing:
                        self.post(ring.key, LegGone(now(), leg.leg_id, VANISHED))
                elif channels[leg.leg_id] == "Up" and leg.state is LegState.RINGING:
                    self.post(ring.key, LegAnswered(now(), leg.leg_id))
            self.post(ring.key, Adopted(now()))
        return needed
