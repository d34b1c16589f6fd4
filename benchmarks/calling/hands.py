"""The agents' hands: each result is saved as soon as the call is over, by what the panel's button calls.

With a pace they save one result after another at that rate, so that calls follow one another evenly.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from benchmarks.calling.center import Center
from dialer.clock import now
from dialer.db import Database
from dialer.errors import DatabaseUnavailable, NotFound, Refused
from dialer.store import dispositions, sessions

LOOKS_EVERY_S = 0.02
RESULT = "Not interested"


class Hands:
    """Sessions started, results saved, sessions ended; the saving in a thread of its own."""

    def __init__(self, db: Database, center: Center, calls_per_s: float | None) -> None:
        self._db = db.for_organisation(center.organisation_id)
        self._center = center
        self._begun: list[int] = []
        self._apart_s = 1 / calls_per_s if calls_per_s else 0.0
        self._next_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hands", daemon=True)
        self._result_id = next(r.id for r in dispositions.call_results(self._db) if r.label == RESULT)

    def start(self) -> None:
        """Save from now on."""
        self._thread.start()

    def begin(self, user_ids: Sequence[int], list_id: int) -> None:
        """Start these agents' sessions, at the pace if there is one."""
        self._begun = list(user_ids)
        for user_id in user_ids:
            sessions.start_session(self._db, user_id, list_id, now())
            time.sleep(self._apart_s)

    def go_home(self) -> None:
        """End everybody's session; calls in hand are still saved, at once."""
        self._apart_s = 0.0
        for user_id in self._begun:
            try:
                sessions.end_session(self._db, user_id, now())
            except (NotFound, Refused):
                pass  # has none

    def stop(self) -> None:
        """Save nothing more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(LOOKS_EVERY_S):
            try:
                for user_id, attempt_id in self._over():
                    if self._apart_s:
                        time.sleep(max(0.0, self._next_at - time.monotonic()))
                        self._next_at = max(self._next_at, time.monotonic() - 1) + self._apart_s
                    self._save(user_id, attempt_id)
            except DatabaseUnavailable:
                continue

    def _over(self) -> list[tuple[int, int]]:
        with self._db.transaction() as connection:
            rows = connection.execute(
                "SELECT user_id, id FROM attempt WHERE organisation_id = %s AND state = 'wrap_up'"
                " ORDER BY ended_at",
                (self._center.organisation_id,),
            ).fetchall()
        return [(row["user_id"], row["id"]) for row in rows]

    def _save(self, user_id: int, attempt_id: int) -> None:
        try:
            dispositions.save_result(self._db, user_id, attempt_id, self._result_id, "", now())
        except Refused:
            pass  # not over in the end
