"""Rare duties that may take long: nights, rights that were lost, tallies that grew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from ari_app.work import PASSING, Work
from dialer.db import Database
from dialer.store import nights, sharing, solo_calls, tally

log = structlog.get_logger("ringpool.duties")

EVERY_S = 5.0


async def do_duties(db: Database, work: Work, in_charge: Callable[[], bool]) -> None:
    """Look for ever, while ``in_charge``, for what comes up rarely. All by the database's clock.

    Apart from the timers, whose heartbeat must not wait for a night with much to give back.
    Every dialer does them for the whole installation: two at a time do no harm.
    """
    while True:
        try:
            if in_charge():
                now = await work.once(db.now)
                if done := await work.once(nights.keep, db, now):
                    log.info("nights were done", organisations=done)
                await work.once(sharing.hold_to_rights, db, now)
                await work.once(solo_calls.send_closed_accounts_away, db, now)
                await work.once(tally.fold, db)
        except PASSING as error:
            log.warning("rare duties wait for the database", error=str(error))
        except Exception:
            log.exception("a rare duty was not done")
        await asyncio.sleep(EVERY_S)
