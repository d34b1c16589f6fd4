"""Slow duties: deadlines that were lost, wrap-ups and leases that ran out, prospects that rested, the heartbeat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from ari_app.phones import Accounts, Phones
from ari_app.rings import Rings
from ari_app.runner import Runner
from ari_app.work import PASSING, Work
from dialer.calls.events import TimerDue
from dialer.clock import now
from dialer.db import Database
from dialer.store import agents, calls, leases, rings, wrap_up

log = structlog.get_logger("ringpool.timers")

EVERY_S = 1.0

OVERDUE = timedelta(milliseconds=500)
"""A deadline of this process rings by itself; one past it by this much was another's."""


class Timers:
    """One node's slow loop."""

    def __init__(
        self,
        db: Database,
        work: Work,
        runner: Runner,
        accounts: Accounts,
        phones: Phones,
        rings: Rings,
        *,
        node: str,
        asterisk_up: Callable[[], bool],
        in_charge: Callable[[], bool],
    ) -> None:
        self._db = db
        self._work = work
        self._runner = runner
        self._accounts = accounts
        self._phones = phones
        self._rings = rings
        self._node = node
        self._asterisk_up = asterisk_up
        self._in_charge = in_charge

    async def run(self) -> None:
        """Every second, for ever."""
        while True:
            try:
                await self._tick(now())
            except PASSING as error:
                log.warning("timers wait for the database", error=str(error))
            except Exception:
                log.exception("a slow duty was not done")
            await asyncio.sleep(EVERY_S)

    async def _tick(self, now: datetime) -> None:
        if not self._in_charge():
            return  # another dialer has this node; it beats
        up = self._asterisk_up()
        await self._work.once(agents.beat, self._db, self._node, now, asterisk_up=up)
        overdue: list[tuple[UUID, datetime]] = []
        if up:
            # While Asterisk is away, or not yet compared with, deadlines say nothing.
            await self._accounts.tend()
            await self._phones.give_up(now)
            overdue = await self._work.once(calls.due, self._db, self._node, now - OVERDUE)
            for key, ring_due_at in await self._work.once(rings.due, self._db, self._node, now - OVERDUE):
                self._rings.post(key, TimerDue(now, ring_due_at))
        for leg_id, due_at in overdue:
            self._runner.post(leg_id, TimerDue(now, due_at))
        for each in await self._work.once(wrap_up.due, self._db, self._node, now):
            await self._work.once(wrap_up.end, self._db, each, now)
        shared = await self._work.once(self._db.now)  # the same for every dialer
        woken = await self._work.once(leases.wake, self._db, shared)
        expired = await self._work.once(leases.expire, self._db, shared)
        if woken or expired or overdue:
            self._runner.wake()
