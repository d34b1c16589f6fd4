"""The events connection: what comes over it, and what is done when it comes, goes, or is taken over."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import structlog

from ari_app.client import Ari, AriError, Link
from ari_app.dial_loop import DialLoop
from ari_app.metrics import Metrics
from ari_app.phones import Accounts
from ari_app.reconcile import Reconcile
from ari_app.runner import Runner
from ari_app.translate import EVENTS, leg_news, stranger
from ari_app.work import PASSING, Work
from dialer.clock import now
from dialer.db import Database
from dialer.errors import RingpoolError
from dialer.store import agents

log = structlog.get_logger("ringpool.dialer")

AGAIN_S = 1.0

SILENT_FOR = timedelta(seconds=5)
"""A dialer that was not heard of for this long is gone: the one it replaced takes its place."""


class Connection:
    """Reads events for ever; on every new connection records and Asterisk are compared before anybody dials.

    ``compared``: events come and the comparison is done. ``replaced``: another dialer has
    taken the application over, and this one stands by.
    """

    def __init__(
        self,
        db: Database,
        work: Work,
        ari: Ari,
        runner: Runner,
        accounts: Accounts,
        reconcile: Reconcile,
        dial_loop: DialLoop,
        tasks: asyncio.TaskGroup,
        node: str,
    ) -> None:
        self._db = db
        self._work = work
        self._ari = ari
        self._runner = runner
        self._accounts = accounts
        self._reconcile = reconcile
        self._dial_loop = dial_loop
        self._tasks = tasks
        self._node = node
        self._comparing: asyncio.Task[None] | None = None
        self.compared = False
        self.replaced = False

    async def run(self, metrics: Metrics) -> None:
        """Read, be replaced, stand by, read again. Raises AriError for a wrong password at the start."""
        while True:
            await self._read(metrics)
            await self._stand_by()

    async def _read(self, metrics: Metrics) -> None:
        """Read events until another dialer takes the application over."""
        async with aclosing(self._ari.events()) as events:
            async for message in events:
                if isinstance(message, Link):
                    self._stop()
                    log.info("events", link=message.value)
                    if message is Link.UP:
                        metrics.reconnects.inc()
                        self._comparing = self._tasks.create_task(self._compare())
                elif message["type"] == "ApplicationReplaced":
                    self._stop()
                    return
                else:
                    await self._accept(message)

    async def _accept(self, message: dict[str, Any]) -> None:
        try:
            news = leg_news(message, now())
            caller = stranger(message)
        except (KeyError, TypeError, ValueError):
            log.exception("an event is not as ARI promises", kind=message["type"])
            return
        if news is not None:
            await self._runner.accept(news)
        elif caller is not None:
            self._runner.start(self._turn_away(caller), "turning a caller away")

    async def _turn_away(self, channel_id: str) -> None:
        """Somebody called in and there is nobody to take it yet: better a tone than silence."""
        try:
            await self._ari.channels.hangup(channel_id)
        except AriError:
            pass  # gone already

    def _stop(self) -> None:
        """Without events nobody is dialed, and what was going on is only known after a comparison."""
        self.compared = False
        self._runner.silence.suspend()
        if self._comparing is not None:
            self._comparing.cancel()
            self._comparing = None

    async def _compare(self) -> None:
        """Compare records and Asterisk, again until it succeeds; then let calls be made."""
        while True:
            try:
                async with self._dial_loop.standstill():
                    await self._ari.applications.allow_events(*EVENTS)
                    self._accounts.forget()
                    await self._accounts.tend()
                    await self._reconcile.run()
                break
            except (RingpoolError, *PASSING) as error:
                log.warning("records and asterisk could not be compared yet", error=str(error))
            except Exception:
                log.exception("records and asterisk could not be compared")
            await asyncio.sleep(AGAIN_S)
        self.compared = True
        log.info("dialing")
        self._dial_loop.wake()

    async def _stand_by(self) -> None:
        """Leave the node to the other dialer until nothing is heard of it."""
        self.replaced = True
        log.error(
            "another dialer took this node over: this one stands by. "
            "If that is not meant, give each dialer a RINGPOOL_NODE and an Asterisk of its own",
            node=self._node,
        )
        since = now()
        while True:
            await asyncio.sleep(AGAIN_S)
            beat = await self._work.until_done(agents.last_beat, self._db, self._node)
            if now() - max(beat or since, since) > SILENT_FOR:
                break
        self.replaced = False
        log.warning("the other dialer is silent: this one takes the node over again", node=self._node)
