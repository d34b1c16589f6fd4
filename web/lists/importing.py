"""Reading a file into a list beside the request: short files are done when the answer goes out."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import structlog

from dialer.db import Tenant
from dialer.errors import RingpoolError
from dialer.store import imports
from dialer.store.imports import ImportOutcome
from web.lists import uploads
from web.lists.uploads import Upload

log = structlog.get_logger()

WENT_WRONG = "Something went wrong on our side."

PATIENCE_S = 3.0
"""How long the browser waits for the outcome before it is shown the progress instead."""


class Reading(threading.Thread):
    """One import on its way; ``outcome`` is None while it runs."""

    def __init__(self, db: Tenant, import_id: int, upload: Upload) -> None:
        super().__init__(name=f"import-{import_id}", daemon=True)
        self._db, self._import_id = db, import_id
        self._path, self._folder = upload.path, upload.path.parent
        self.outcome: ImportOutcome | None = None

    def run(self) -> None:
        try:
            self.outcome = imports.run_import(
                self._db,
                organisation_id=self._db.organisation_id,
                import_id=self._import_id,
                path=self._path,
                now=datetime.now(UTC),
            )
        except RingpoolError as error:
            self.outcome = ImportOutcome(self._import_id, 0, 0, str(error))
        except Exception:
            log.exception("import failed", import_id=self._import_id)
            self.outcome = ImportOutcome(self._import_id, 0, 0, WENT_WRONG)
        log.info("import ended", import_id=self._import_id, failed=self.outcome.error is not None)
        if self.outcome.error is None:
            uploads.discard_folder(self._folder)


def read_into(db: Tenant, list_id: int, upload: Upload) -> ImportOutcome | None:
    """Read the upload into the list; None when it takes longer than a person likes to wait."""
    import_id = imports.queue_import(
        db,
        organisation_id=db.organisation_id,
        list_id=list_id,
        user_id=upload.user_id,
        file_name=upload.file_name,
        mapping=upload.mapping,
        now=datetime.now(UTC),
    )
    reading = Reading(db, import_id, upload)
    reading.start()
    reading.join(PATIENCE_S)
    return reading.outcome
