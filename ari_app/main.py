"""The dialer process of one node: puts the parts together and runs them until it is told to stop."""

from __future__ import annotations

import asyncio
import signal

import structlog
import uvloop

from ari_app.client import Ari
from ari_app.commands import Commands
from ari_app.connection import Connection
from ari_app.dial_loop import DialLoop
from ari_app.duties import do_duties
from ari_app.listen import listen
from ari_app.metrics import Metrics
from ari_app.own_prompts import keep_prompts
from ari_app.phones import Accounts, Phones
from ari_app.reconcile import Reconcile
from ari_app.recording_duty import RecordingDuty, keep_recordings
from ari_app.recording_pauses import RecordingPauses
from ari_app.rings import Rings
from ari_app.runner import Runner
from ari_app.timers import Timers
from ari_app.work import THREADS, Work
from dialer import recording_files
from dialer.db import Database
from dialer.errors import RingpoolError
from dialer.logs import configure_log
from dialer.settings import Settings

log = structlog.get_logger("ringpool.dialer")


PATIENCE_S = 2.0
"""How long a thread waits for a connection before it asks anew: a database that is back is noticed."""


class Dialer:
    """One node's parts, each in its own task of one group."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._db = Database(
            settings.database_url,
            max_size=THREADS + 1,
            application_name="ringpool dialer",
            patience_s=PATIENCE_S,
        )
        self.metrics = Metrics()

    async def run(self) -> None:
        """Run until cancelled. Raises AriError when Asterisk refuses user or password at the start."""
        settings = self._settings
        recordings = RecordingDuty(
            settings.node, recording_files.folder(settings), recording_files.store(settings)
        )
        node, bridge_name = settings.node, f"{settings.ari_app}-{settings.node}"
        work = Work()
        ari = Ari(settings.ari_url, settings.ari_user, settings.ari_password, settings.ari_app)
        try:
            async with ari, asyncio.TaskGroup() as tasks:
                commands = Commands(ari, self.metrics, settings.media_formats, bridge_name, settings.prompts)
                runner = Runner(self._db, work, ari, commands, self.metrics, tasks, self._wake)
                phones = Phones(self._db, work, ari, commands, runner, node)
                rings = Rings(
                    self._db,
                    work,
                    commands,
                    runner,
                    node=node,
                    trunk=settings.trunk,
                    may_dial=lambda: link.compared,
                )
                accounts = Accounts(
                    self._db, work, ari, settings.media_formats, silence_s=settings.browser_silence_s
                )
                reconcile = Reconcile(
                    self._db, work, ari, commands, runner, phones, rings, node=node, bridge_name=bridge_name
                )
                self._loop = DialLoop(
                    self._db,
                    work,
                    runner,
                    phones,
                    rings,
                    RecordingPauses(self._db, work, ari, node),
                    self.metrics,
                    node=node,
                    trunk=settings.trunk,
                    may_dial=lambda: link.compared,
                )
                link = Connection(self._db, work, ari, runner, accounts, reconcile, self._loop, tasks, node)
                timers = Timers(
                    self._db,
                    work,
                    runner,
                    accounts,
                    phones,
                    rings,
                    node=node,
                    asterisk_up=lambda: link.compared,
                    in_charge=lambda: not link.replaced,
                )
                port = self.metrics.serve(settings.metrics_host, settings.metrics_port)
                log.info("dialer started", node=node, metrics_port=port)
                tasks.create_task(link.run(self.metrics))
                tasks.create_task(self._loop.run())
                tasks.create_task(timers.run())
                tasks.create_task(do_duties(self._db, work, lambda: not link.replaced))
                tasks.create_task(keep_recordings(self._db, work, lambda: not link.replaced, recordings))
                if settings.prompts is not None:
                    tasks.create_task(keep_prompts(self._db, work, settings.prompts))
                tasks.create_task(listen(settings.database_url, self._wake))
        finally:
            work.close()
            self._db.close()

    def _wake(self) -> None:
        self._loop.wake()


def run(settings: Settings) -> None:
    """Run the dialer until SIGTERM or SIGINT. Calls that are up stay up: the next start adopts them.

    Raises AriError when Asterisk refuses user or password at the start.
    """
    configure_log()
    try:
        uvloop.run(_until_told(settings))
    except ExceptionGroup as group:
        known: BaseException = group
        while isinstance(known, ExceptionGroup):
            known = known.exceptions[0]
        if isinstance(known, RingpoolError):
            raise known from None
        raise


async def _until_told(settings: Settings) -> None:
    task = asyncio.ensure_future(Dialer(settings).run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        log.info("dialer stopped")
