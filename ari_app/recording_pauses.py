"""Recordings are paused and go on as agents want it: asked of Asterisk until it has done it (CMP-4)."""

from __future__ import annotations

from asyncio import Lock

import structlog

from ari_app.client import Ari, AriConflict, AriError, AriNotFound, AriTimeout, AriUnavailable
from ari_app.work import Work
from dialer.clock import now
from dialer.db import Database
from dialer.store import recording_pauses
from dialer.store.recording_pauses import Wish

log = structlog.get_logger("ringpool.recordings")


class RecordingPauses:
    """One node's recordings."""

    def __init__(self, db: Database, work: Work, ari: Ari, node: str) -> None:
        self._db = db
        self._work = work
        self._ari = ari
        self._node = node
        self._at_it = Lock()

    async def tend(self) -> None:
        """Bring about what is wanted now; whoever comes meanwhile leaves it to the next look."""
        if self._at_it.locked():
            return
        async with self._at_it:
            for wish in await self._work.once(recording_pauses.take, self._db, self._node):
                await self._bring_about(wish)

    async def _bring_about(self, wish: Wish) -> None:
        name = str(wish.recording_id)
        try:
            if wish.pause:
                await self._ari.recordings.pause(name)
            else:
                await self._ari.recordings.unpause(name)
        except (AriNotFound, AriConflict):
            return  # not begun yet, or over: its row says which, a moment later
        except (AriError, AriUnavailable, AriTimeout) as error:
            log.warning("a recording was not paused or resumed", pause=wish.pause, error=str(error))
            return
        await self._work.until_done(recording_pauses.done, self._db, wish, now())
