"""`ringpool importer`: works off the queue of imports and resets, and delivers webhooks, in the foreground."""

from __future__ import annotations

import signal
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType

import click
import structlog

from cli.context import settings_for
from cli.couriers import AT_ONCE as COURIERS
from cli.couriers import Couriers
from cli.stack.folders import Folders
from dialer import uploads
from dialer.clock import now
from dialer.db import Database, Ear
from dialer.errors import DatabaseUnavailable
from dialer.live import IMPORTER
from dialer.logs import configure_log
from dialer.store import jobs, lead_requests, webhooks
from dialer.store.claims import Claim

log = structlog.get_logger("ringpool.importer")

AT_ONCE = 3
"""Jobs side by side: a short import does not wait for a long one."""
CONNECTIONS = AT_ONCE * 3 + 2 + COURIERS
"""A job has two batches on their way and gives signs of life; a courier notes how a try went."""
POLL_S = 1.0
GRACE_S = 8.0
"""How long the batches in hand may take when the importer is told to stop."""
TIDY_EVERY = timedelta(hours=1)


@click.command("importer")
@click.option(
    "--name",
    envvar="RINGPOOL_IMPORTER",
    help="This importer's name, where there are several; RINGPOOL_NODE if left out. "
    "One that is started again goes on at once with what it was at.",
)
def importer_command(name: str | None) -> None:
    """Read uploaded lists, reset lists and deliver webhooks, until a signal ends it; the next start goes on
    where it was."""
    settings = settings_for(Folders.from_environment())
    configure_log()
    db = Database(settings.database_url, max_size=CONNECTIONS, application_name="ringpool importer")
    importer = Importer(db, uploads.folder(settings.uploads), name or settings.node)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, importer.ask_to_stop)
    couriers = Couriers(db, private=settings.webhooks_private == 1)
    couriers.start()
    importer.run()
    couriers.stop()


class Importer:
    """Up to three jobs of the queue at once, each in a thread of its own."""

    def __init__(self, db: Database, folder: Path, worker: str) -> None:
        self._db, self._folder, self._worker = db, folder, worker
        self._stop = threading.Event()
        self._busy: dict[threading.Thread, Claim] = {}
        self._tidied_at: datetime | None = None

    def ask_to_stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Let the jobs stop after the batches in hand, and ``run`` return."""
        self._stop.set()

    def run(self) -> None:
        """Work until asked to stop; then every job that is not over is back in the queue."""
        log.info("importer started", worker=self._worker)
        ear: Ear | None = None
        is_known = False
        while not self._stop.is_set():
            try:
                if not is_known:
                    jobs.put_back_all(self._db, self._worker)
                    is_known = True
                ear = ear or Ear(self._db.url, IMPORTER, "ringpool importer listens")
                self._take_up()
                self._tidy()
                ear.wait(POLL_S)
            except DatabaseUnavailable as error:
                log.warning("the importer waits for the database", error=str(error))
                if ear is not None:
                    ear.close()
                    ear = None
                self._stop.wait(POLL_S)
        self._hand_back()
        log.info("importer stopped", worker=self._worker)

    def _take_up(self) -> None:
        self._busy = {thread: claim for thread, claim in self._busy.items() if thread.is_alive()}
        while len(self._busy) < AT_ONCE and (claim := jobs.claim(self._db, self._worker)) is not None:
            thread = threading.Thread(
                target=self._work, args=(claim,), name=f"job-{claim.job_id}", daemon=True
            )
            self._busy[thread] = claim
            thread.start()

    def _work(self, claim: Claim) -> None:
        job = {"job": claim.job_id, "kind": claim.kind, "list": claim.list_id}
        log.info("job taken up", **job)
        try:
            jobs.work(self._db, self._folder, claim, self._stop.is_set)
        except DatabaseUnavailable as error:
            log.warning("a job waits for the database", error=str(error), **job)
        except Exception:
            log.exception("a job ended by a defect", **job)
        else:
            log.info("job let go", **job)

    def _tidy(self) -> None:
        at = now()
        if self._tidied_at is None or at - self._tidied_at >= TIDY_EVERY:
            self._tidied_at = at
            if removed := uploads.tidy(self._folder, jobs.open_tokens(self._db), at):
                log.info("old uploads removed", uploads=removed)
            lead_requests.forget(self._db, at)
            webhooks.forget(self._db, at)

    def _hand_back(self) -> None:
        deadline = time.monotonic() + GRACE_S
        for thread, claim in self._busy.items():
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                try:
                    jobs.put_back(self._db, claim)
                except DatabaseUnavailable:
                    log.warning("a job could not be handed back", job=claim.job_id)
