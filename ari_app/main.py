"""The dialer process of one node: puts the parts together and runs them until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

import structlog
import uvloop

from ari_app.client import Ari, AriTimeout, AriUnavailable, Link
from ari_app.commands import Commands
from ari_app.dial_loop import DialLoop
from ari_app.listen import listen
from ari_app.metrics import Metrics
from ari_app.phones import Accounts, Phones
from ari_app.reconcile import Reconcile
from ari_app.runner import Runner
from ari_app.timers import Timers
from ari_app.translate import EVENTS, leg_news
from ari_app.work import THREADS, Work
from dialer.clock import now
from dialer.db import Database
from dialer.settings import Settings

log = structlog.get_logger("ringpool.dialer")


class Dialer:
    """One node's parts, each in its own task of one group."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._db = Database(settings.database_url, max_size=THREADS + 1, application_name="ringpool dialer")
        self.metrics = Metrics()
        self._connected = False

    async def run(self) -> None:
        """Run until cancelled. Raises AriError when Asterisk refuses user or password."""
        settings = self._settings
        bridge_name = f"{settings.ari_app}-{settings.node}"
        work = Work()
        ari = Ari(settings.ari_url, settings.ari_user, settings.ari_password, settings.ari_app)
        try:
            async with ari, asyncio.TaskGroup() as tasks:
                commands = Commands(ari, self.metrics, settings.media_formats, bridge_name)
                runner = Runner(self._db, work, commands, self.metrics, tasks, self._wake)
                phones = Phones(self._db, work, commands, runner, settings.node, tasks)
                self._accounts = Accounts(self._db, work, ari)
                self._loop = DialLoop(
                    self._db,
                    work,
                    runner,
                    phones,
                    self.metrics,
                    node=settings.node,
                    trunk=settings.trunk,
                )
                timers = Timers(
                    self._db,
                    work,
                    runner,
                    self._accounts,
                    node=settings.node,
                    asterisk_up=lambda: self._connected,
                )
                reconcile = Reconcile(
                    self._db, work, ari, commands, runner, phones, node=settings.node, bridge_name=bridge_name
                )
                port = self.metrics.serve(settings.metrics_host, settings.metrics_port)
                log.info("dialer started", node=settings.node, metrics_port=port)
                tasks.create_task(self._events(ari, runner, reconcile, tasks))
                tasks.create_task(timers.run())
                tasks.create_task(listen(settings.database_url, self._wake))
        finally:
            work.close()
            self._db.close()

    def _wake(self) -> None:
        self._loop.wake()

    async def _events(self, ari: Ari, runner: Runner, reconcile: Reconcile, tasks: asyncio.TaskGroup) -> None:
        """Read events; on every new connection compare first, then dial."""
        dialing: asyncio.Task[None] | None = None
        async for message in ari.events():
            if isinstance(message, Link):
                # Without events nobody is dialed: whoever answered would hear silence.
                if dialing is not None:
                    dialing.cancel()
                self._connected = False
                log.info("events", link=message.value)
                if message is Link.UP:
                    self.metrics.reconnects.inc()
                    dialing = tasks.create_task(self._dial(ari, reconcile))
                continue
            if message["type"] == "ApplicationReplaced":
                log.error("another dialer took this node's application over; two with one node name?")
                continue
            news = leg_news(message, now())
            if news is not None:
                await runner.accept(news)

    async def _dial(self, ari: Ari, reconcile: Reconcile) -> None:
        """Compare records and Asterisk, then dial, until the connection is made anew."""
        while True:
            try:
                async with self._loop.launching:
                    await ari.applications.allow_events(*EVENTS)
                    self._accounts.forget()
                    await self._accounts.tend()
                    await reconcile.run()
                break
            except (AriUnavailable, AriTimeout) as error:
                log.warning("asterisk went away while records were compared", error=str(error))
                await asyncio.sleep(1)
        self._connected = True
        log.info("dialing")
        await self._loop.run()


def configure_log() -> None:
    """One JSON object a line on stderr: a fixed sentence plus fields."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def run(settings: Settings) -> None:
    """Run the dialer until SIGTERM or SIGINT. Calls that are up stay up: the next start adopts them."""
    configure_log()
    uvloop.run(_until_told(settings))


async def _until_told(settings: Settings) -> None:
    task = asyncio.ensure_future(Dialer(settings).run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        log.info("dialer stopped")
