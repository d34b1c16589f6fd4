"""Jobs that a worker has taken up, and the signs of life it gives meanwhile."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg

from dialer.db import Connection, Database
from dialer.errors import RingpoolError
from dialer.live import tell_panel
from dialer.sql import load

SQL = load("jobs")

SILENT_FOR = timedelta(seconds=10)
"""A worker that gives no sign of life for so long is given up, and its jobs are taken up by others."""

BEAT_S = 2.0


class TakenOver(RingpoolError):
    """Another worker goes on with this job."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a worker has taken up; what it writes is in vain once another has."""

    organisation_id: int
    job_id: int
    list_id: int
    kind: str
    worker: str
    file_token: str | None

    @property
    def where(self) -> dict[str, Any]:
        """The job, as queries name it."""
        return {
            "organisation_id": self.organisation_id,
            "job_id": self.job_id,
            "list_id": self.list_id,
            "worker": self.worker,
        }

    def tell(self, connection: Connection, *topics: str) -> None:
        """Let pages that show the job or its list fetch themselves again."""
        tell_panel(connection, self.organisation_id, f"import:{self.job_id}", f"list:{self.list_id}", *topics)


class Beating:
    """A context in which a claimed job is kept alive, however long one of its steps takes."""

    def __init__(self, db: Database, claim: Claim) -> None:
        self._db, self._claim = db, claim
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"alive-{claim.job_id}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(BEAT_S):
            try:
                with self._db.transaction() as connection:
                    connection.execute(SQL.beat, self._claim.where)
            except (RingpoolError, psycopg.Error):
                continue  # the job itself meets the same
