"""Complete recordings: outlined, moved to the store, deleted when their time is over (CMP-4).

They lie where the node's Asterisk wrote them, so that each node's dialer tends its own; what is in the store
is deleted by any. A file is not touched while its call is on, nor for a while after.

A move is on record before the first byte is sent, and over when the file is gone from the folder: a dialer that
ends at any step goes on there, and whoever deletes a recording meanwhile knows that it may be in both places.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog

from ari_app.work import PASSING, Work
from dialer.db import Database
from dialer.recording_files import SETTLED, Folder, Store, StoreUnavailable
from dialer.sound_peaks import Outline, outline
from dialer.store import recording_keeping
from dialer.store.recording_keeping import Complete, Outlived

log = structlog.get_logger("ringpool.recordings")

EVERY_S = 5.0

AT_ONCE = 20
"""Recordings that are tended in one go."""

AGAIN_S, SILENT_S, MISSING_S = 60.0, 60.0, 3600.0
"""After so long is tried again what the store refused, a store that did not answer, and a file that was not there."""

UNREADABLE = Outline(b"", 0)


async def keep_recordings(
    db: Database, work: Work, in_charge: Callable[[], bool], duty: RecordingDuty
) -> None:
    """Tend recordings for ever, while ``in_charge``. Apart from other duties: a move may take its time."""
    while True:
        try:
            tended = 1
            while tended and in_charge():
                tended = await work.once(duty.keep, db, await work.once(db.now))
        except PASSING as error:
            log.warning("recordings wait for the database", error=str(error))
        except Exception:
            log.exception("recordings were not tended")
        await asyncio.sleep(EVERY_S)


class RecordingDuty:
    """One node's recordings. Without a folder it only deletes what is in the store."""

    def __init__(self, node: str, folder: Folder | None, store: Store | None) -> None:
        self._node = node
        self._folder = folder
        self._store = store
        self._left: dict[UUID, float] = {}
        """Those of which something failed, and when they may be tried again, by the steady clock."""
        self._silent_until = 0.0

    def keep(self, db: Database, now: datetime) -> int:
        """Tend some; returns how many, so that whoever calls may come again at once."""
        steady = time.monotonic()
        self._left = {each: until for each, until in self._left.items() if until > steady}
        return self._outline_and_move(db, now) + self._delete_outlived(db, now)

    def _answering(self) -> Store | None:
        """The store, while it is worth asking."""
        return self._store if time.monotonic() >= self._silent_until else None

    def _leave(self, recording_id: UUID, what: str, error: Exception) -> None:
        """Try this one again later, and a store that does not answer too."""
        log.warning(what, recording=str(recording_id), error=str(error))
        self._left[recording_id] = time.monotonic() + AGAIN_S
        if isinstance(error, StoreUnavailable) and error.silent:
            self._silent_until = time.monotonic() + SILENT_S

    def _outline_and_move(self, db: Database, now: datetime) -> int:
        if self._folder is None or not self._folder.is_there:
            return 0
        found = recording_keeping.complete(
            db,
            self._node,
            now - SETTLED,
            to_move=self._answering() is not None,
            but=list(self._left),
            limit=AT_ONCE,
        )
        for each in found:
            if each.unmeasured:
                # What cannot be read has no waveform, and is not looked at for ever.
                recording_keeping.keep_outline(db, each, outline(self._folder.file(each.id)) or UNREADABLE)
            if (store := self._answering()) is not None:
                self._move(db, self._folder, store, each)
        return len(found)

    def _move(self, db: Database, folder: Folder, store: Store, each: Complete) -> None:
        try:
            if folder.has(each.id):
                if not recording_keeping.move(db, each):
                    return
                store.put(each.organisation_id, each.id, folder.file(each.id))
                folder.delete(each.id)
            elif not (each.moving and store.has(each.organisation_id, each.id)):
                self._left[each.id] = time.monotonic() + MISSING_S
                return
            if recording_keeping.moved(db, each):
                log.info("a recording was moved to the store", recording=str(each.id))
            else:
                store.delete(each.organisation_id, each.id)
        except (OSError, StoreUnavailable) as error:
            self._leave(each.id, "a recording could not be moved to the store", error)

    def _delete_outlived(self, db: Database, now: datetime) -> int:
        found = recording_keeping.outlived(
            db,
            self._node,
            now,
            now - SETTLED,
            has_folder=self._folder is not None and self._folder.is_there,
            has_store=self._answering() is not None,
            but=list(self._left),
            limit=AT_ONCE * 10,
        )
        gone = [each for each in found if self._delete(each)]
        if gone:
            recording_keeping.deleted(db, gone, now)
            log.info("recordings were deleted: their time was over", recordings=len(gone))
        return len(gone)

    def _delete(self, each: Outlived) -> bool:
        store = self._answering()
        if store is None and each.place != "folder":
            return False
        try:
            if store is not None and each.place != "folder":
                store.delete(each.organisation_id, each.id)
            if self._folder is not None and each.place != "store":
                self._folder.delete(each.id)
        except (OSError, StoreUnavailable) as error:
            self._leave(each.id, "a recording could not be deleted", error)
            return False
        return True
