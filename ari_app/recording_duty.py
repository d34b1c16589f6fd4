"""Complete recordings: outlined, moved to the store, deleted when their time is over (CMP-4).

They lie where the node's Asterisk wrote them, so that each node's dialer tends its own; what is in the store
is deleted by any. A file is not touched while its call is on, nor for a while after.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from dialer.db import Database
from dialer.recording_files import Folder, Store, StoreUnavailable
from dialer.sound_peaks import Outline, outline
from dialer.store import recording_keeping
from dialer.store.recording_keeping import Complete, Outlived

log = structlog.get_logger("ringpool.recordings")

SETTLED = timedelta(seconds=30)
"""A call that has been over for so long is no longer written of."""

AT_ONCE = 20
"""Recordings that are tended in one go: other duties wait meanwhile."""

UNREADABLE = Outline(b"", 0)


class RecordingDuty:
    """One node's recordings. Without a folder it only deletes what is in the store."""

    def __init__(self, node: str, folder: Folder | None, store: Store | None) -> None:
        self._node = node
        self._folder = folder
        self._store = store
        self._left: dict[UUID, float] = {}
        """Files that could not be moved, and when they may be tried again, by the steady clock."""

    def keep(self, db: Database, now: datetime) -> int:
        """Tend some; returns how many, so that whoever calls may come again at once."""
        return self._outline_and_move(db, now) + self._delete_outlived(db, now)

    def _outline_and_move(self, db: Database, now: datetime) -> int:
        if self._folder is None:
            return 0
        steady = time.monotonic()
        self._left = {each: until for each, until in self._left.items() if until > steady}
        found = recording_keeping.complete(
            db,
            self._node,
            now - SETTLED,
            to_move=self._store is not None,
            but=list(self._left),
            limit=AT_ONCE,
        )
        for each in found:
            self._tend(db, self._folder, each)
        return len(found)

    def _tend(self, db: Database, folder: Folder, each: Complete) -> None:
        file = folder.file(each.id)
        if each.unmeasured:
            # What cannot be read has no waveform, and is not looked at for ever.
            recording_keeping.keep_outline(db, each, outline(file) or UNREADABLE)
        if self._store is None:
            return
        if not file.is_file():
            self._left[each.id] = time.monotonic() + 3600
            return
        try:
            self._store.put(each.organisation_id, each.id, file)
        except StoreUnavailable as error:
            self._left[each.id] = time.monotonic() + 60
            log.warning(
                "a recording could not be moved to the store", recording=str(each.id), error=str(error)
            )
            return
        # On record first: a file that is in both places is heard, one that is in neither is lost.
        if recording_keeping.moved(db, each):
            folder.delete(each.id)
            log.info("a recording was moved to the store", recording=str(each.id))

    def _delete_outlived(self, db: Database, now: datetime) -> int:
        found = recording_keeping.outlived(
            db,
            self._node,
            now,
            now - SETTLED,
            has_folder=self._folder is not None,
            has_store=self._store is not None,
            limit=AT_ONCE * 10,
        )
        gone = [each for each in found if self._delete(each)]
        if gone:
            recording_keeping.deleted(db, gone, now)
            log.info("recordings were deleted: their time was over", recordings=len(gone))
        return len(gone)

    def _delete(self, each: Outlived) -> bool:
        try:
            if each.place == "store" and self._store is not None:
                self._store.delete(each.organisation_id, each.id)
            elif each.place == "folder" and self._folder is not None:
                self._folder.delete(each.id)
            else:
                return False
        except (OSError, StoreUnavailable) as error:
            log.warning("a recording could not be deleted", recording=str(each.id), error=str(error))
            return False
        return True
