"""Delivering webhooks: threads of the importer that take one address each.

In the importer, because that is the process for what may take its time: the dialer's must not wait for
anybody's web server, and the panel's come and go. A thread a message costs nothing while none is due, and a
server that does not answer holds up no import and no other address.
"""

from __future__ import annotations

import threading

import structlog

from cli.webhook_post import post
from dialer.clock import now
from dialer.db import Database, Ear
from dialer.errors import DatabaseUnavailable
from dialer.live import IMPORTER
from dialer.store import webhooks
from dialer.store.webhooks import Outgoing

log = structlog.get_logger("ringpool.webhooks")

AT_ONCE = 8
"""Addresses served side by side."""
POLL_S = 1.0


class Couriers:
    """Delivers messages from ``start`` until ``stop``."""

    def __init__(self, db: Database, *, private: bool) -> None:
        self._db, self._private = db, private
        self._stop = threading.Event()
        self._free = threading.Semaphore(AT_ONCE)
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin; a message that was on its way when another process ended is sent again within a minute."""
        self._thread.start()

    def stop(self) -> None:
        """Take up no more messages. One that is on its way is settled, or sent again by the next process."""
        self._stop.set()

    def _run(self) -> None:
        ear: Ear | None = None
        while not self._stop.is_set():
            try:
                ear = ear or Ear(self._db.url, IMPORTER, "ringpool webhooks listen")
                while self._take_up():
                    pass
                ear.wait(POLL_S)
            except DatabaseUnavailable as error:
                log.warning("webhooks wait for the database", error=str(error))
                if ear is not None:
                    ear.close()
                    ear = None
                self._stop.wait(POLL_S)
            except Exception:
                # Nobody would start this thread again, and no address would be told anything.
                log.exception("taking up a webhook ended by a defect")
                self._stop.wait(POLL_S)
        if ear is not None:
            ear.close()

    def _take_up(self) -> bool:
        """Begin with a message that is due, in a thread of its own; False where none is, or no thread is free."""
        if self._stop.is_set() or not self._free.acquire(timeout=POLL_S):
            return False
        try:
            sent = webhooks.claim(self._db)
        except BaseException:
            self._free.release()
            raise
        if sent is None:
            self._free.release()
            return False
        threading.Thread(target=self._work, args=(sent,), name="webhook", daemon=True).start()
        return True

    def _work(self, sent: Outgoing | None) -> None:
        """Send a message, and whatever is due then: what waited for its address does not wait for the next look."""
        try:
            while sent is not None:
                deliver(self._db, sent, private=self._private)
                sent = None if self._stop.is_set() else webhooks.claim(self._db)
        except DatabaseUnavailable as error:
            log.warning("webhooks wait for the database", error=str(error))
        except Exception:
            log.exception("sending a webhook ended by a defect")
        finally:
            self._free.release()


def deliver(db: Database, sent: Outgoing, *, private: bool) -> bool:
    """Send a claimed message and note how that went; whether it was taken."""
    error = post(sent, now(), private=private)
    webhooks.settle(db, sent, error, now())
    log.info(
        "webhook sent",
        webhook=sent.webhook_id,
        message=sent.delivery_id,
        tries=sent.tries + 1,
        error=None if error is None else str(error),
    )
    return error is None
