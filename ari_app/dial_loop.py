"""The dial loop: looks at who waits and who is ready, and launches what pacing allows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from ari_app.metrics import Metrics
from ari_app.phones import Phones
from ari_app.recording_pauses import RecordingPauses
from ari_app.rings import Rings
from ari_app.runner import Runner
from ari_app.work import PASSING, Work
from dialer import pacing
from dialer.calls.commands import Originate
from dialer.calls.events import AgentFreed, HangUpAsked
from dialer.clock import now
from dialer.db import Database
from dialer.store import agents, calls, holds, launching, leases, solo_calls

log = structlog.get_logger("ringpool.dial_loop")

SLOWEST_S = 1.0
"""Looked at least this often: a notification that was lost costs a second, not a call."""

QUICKEST_S = 0.02
"""Signals that come closer together are looked at together."""

MOST_AT_ONCE = 50
"""Calls launched for one list in one look."""


def _allowed(snapshot: pacing.Snapshot) -> int:
    return min(pacing.decide(snapshot), MOST_AT_ONCE)


class DialLoop:
    """One node's loop. ``wake()`` has it look now.

    It looks only while ``may_dial`` says so: without events nobody is dialed, since whoever
    answered would hear silence.
    """

    def __init__(
        self,
        db: Database,
        work: Work,
        runner: Runner,
        phones: Phones,
        rings: Rings,
        recordings: RecordingPauses,
        metrics: Metrics,
        *,
        node: str,
        trunk: str,
        may_dial: Callable[[], bool],
    ) -> None:
        self._db = db
        self._work = work
        self._runner = runner
        self._phones = phones
        self._rings = rings
        self._recordings = recordings
        self._metrics = metrics
        self._node = node
        self._trunk = trunk
        self._may_dial = may_dial
        self._signal = asyncio.Event()
        self._users: dict[int, tuple[int, ...]] = {}
        self._launching = asyncio.Lock()

    def wake(self) -> None:
        """Something changed: look at once."""
        self._signal.set()

    async def run(self) -> None:
        """Look for ever, when woken and at least every second."""
        while True:
            try:
                async with asyncio.timeout(SLOWEST_S):
                    await self._signal.wait()
            except TimeoutError:
                pass
            self._signal.clear()
            try:
                async with self._launching:
                    if self._may_dial():
                        await self.look(now())
            except PASSING as error:
                log.warning("the dial loop waits for the database", error=str(error))
                await asyncio.sleep(SLOWEST_S)
            except Exception:
                # Asked again in a second: nothing that is found may end the process.
                log.exception("a look was not finished")
                await asyncio.sleep(SLOWEST_S)
            await asyncio.sleep(QUICKEST_S)

    @asynccontextmanager
    async def standstill(self) -> AsyncIterator[None]:
        """No call is in the middle of being launched, and no ring of being begun, until this is left."""
        async with self._launching, self._rings.beginning:
            await self._rings.settled()
            yield

    async def look(self, at: datetime) -> None:
        """One look: who waits first, then hang-ups, holds, pauses, phones, and new calls."""
        seen = await self._work.once(launching.look, self._db, self._node, at)
        if seen.calls:
            for leg_id in await self._work.once(calls.waiting, self._db, self._node):
                self._runner.post(leg_id, AgentFreed(at))
        if seen.hang_ups:
            for leg_id in await self._work.once(calls.take_hang_ups, self._db, self._node):
                self._runner.post(leg_id, HangUpAsked(at))
        if seen.holds:
            for leg_id, event in await self._work.once(holds.take, self._db, self._node, at):
                self._runner.post(leg_id, event)
        if seen.recordings:
            self._runner.start(self._recordings.tend(), "pausing recordings")
        if seen.withdrawals:
            await self._rings.withdraw(at)
        if seen.leads and self._may_dial():
            self._rings.look(at, seen.now)
        if seen.pauses:
            await self._work.once(agents.let_go, self._db, self._node, at)
        if seen.phones:
            await self._phones.tend(at)
        if seen.desks:
            await self._answer_desks(seen.now, at)
        for each in seen.lists:
            try:
                await self._dial(each, seen.now, at)
            except PASSING:
                raise
            except Exception:
                # One list's defect must not keep the others from being dialed.
                log.exception("a list could not be dialed", list=each.list_id)
        self._users = {each.list_id: each.users for each in seen.lists}

    async def _answer_desks(self, now: datetime, at: datetime) -> None:
        """Make the calls that agents who dial alone want. ``now`` is the database's clock."""
        for desk in await self._work.once(solo_calls.desks_waiting, self._db, self._node):
            if not self._may_dial():
                return
            try:
                made = await self._work.once(
                    solo_calls.answer, self._db, desk, self._node, self._trunk, now, at
                )
            except PASSING:
                raise
            except Exception:
                log.exception("a call that was asked for could not be made", user=desk.user_id)
                continue
            if made is not None:
                self._runner.know(made.leg_id, made.leg_id, made.drop_message)
                if made.agent_leg_id is not None:
                    self._runner.know(made.agent_leg_id, made.leg_id)
                self._metrics.launched.inc()
                await self._runner.send(made.leg_id, made.commands)

    async def _dial(self, each: launching.ListOnNode, now: datetime, at: datetime) -> None:
        """Launch what pacing allows. ``now`` is the database's clock, ``at`` this process's."""
        if self._users.get(each.list_id) != each.users:
            # Somebody joined or left: shares are equal again before anybody dials.
            await self._share_out(each, now, at_once=True)
        if each.alone:
            await self._share_out(each, now)
            return
        wanted = _allowed(each.snapshot)
        launched = await self._launch(each, wanted, now, at)
        if launched < wanted and await self._share_out(each, now):
            await self._launch(each, wanted - launched, now, at)

    async def _share_out(self, each: launching.ListOnNode, now: datetime, *, at_once: bool = False) -> int:
        return await self._work.once(
            leases.share_out, self._db, each.organisation_id, each.list_id, now, at_once=at_once
        )

    async def _launch(self, each: launching.ListOnNode, wanted: int, now: datetime, at: datetime) -> int:
        if wanted <= 0 or not self._may_dial():
            return 0
        made = await self._work.once(
            launching.launch,
            self._db,
            each.organisation_id,
            each.list_id,
            self._node,
            self._trunk,
            wanted,
            now,
            _allowed,
            at=at,
        )
        for _, originate in made.originates:
            leg_id = originate.leg_id
            self._runner.know(leg_id, leg_id, made.drop_messages[leg_id])
        if made.originates:
            await asyncio.gather(*(self._place(originate) for _, originate in made.originates))
        if made.put_aside:
            self._signal.set()  # others may be dialed instead
        return len(made.originates)

    async def _place(self, originate: Originate) -> None:
        self._metrics.launched.inc()
        await self._runner.send(originate.leg_id, [originate])
