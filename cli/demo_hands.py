"""The demo's agents: what a person would do at the panel, done by a thread.

It uses the functions that the panel's own buttons call.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Collection
from datetime import datetime, timedelta

from dialer.clock import now
from dialer.db import Database, Tenant
from dialer.errors import DatabaseUnavailable, Refused
from dialer.store import dispositions, sessions
from dialer.store.dispositions import CallResult

LOOKS_EVERY_S = 0.1
THINKS_S = (0.4, 2.0)

# What conversations come to, in hundredths.
WEIGHTS = {
    "Not interested": 40,
    "Appointment set": 15,
    "Sale": 10,
    "Does not qualify": 15,
    "Interested, call later": 8,
    "Call back later": 6,
    "Wrong number": 3,
    "Do not call again": 3,
}


class Hands:
    """Start a session for each user and save a result after every call, until told to stop."""

    def __init__(
        self,
        db: Database,
        organisation_id: int,
        users: Collection[int],
        list_id: int,
        seed: int,
        *,
        rung: Collection[int] = (),
    ) -> None:
        """``rung``: agents who start no session, and save what comes of the leads that they take."""
        self._db: Tenant = db.for_organisation(organisation_id)
        self._users = list(users)
        self._rung = list(rung)
        self._list_id = list_id
        self._chance = random.Random(seed)
        self._due: dict[int, datetime] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo agents", daemon=True)

    def start(self) -> None:
        """Everybody starts dialing the list."""
        for user_id in self._users:
            sessions.start_session(self._db, user_id, self._list_id, now())
        self._results = dispositions.call_results(self._db)
        self._thread.start()

    def stop(self) -> None:
        """Nobody saves anything any more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def owe_nothing(self) -> bool:
        """Whether none of those who are rung for leads is on a call or has a result to save."""
        return all(dispositions.open_call(self._db, user_id) is None for user_id in self._rung)

    def go_home(self) -> None:
        """Everybody ends the session."""
        self.stop()
        for user_id in self._users:
            try:
                sessions.end_session(self._db, user_id, now())
            except Refused:
                pass  # ended already

    def _run(self) -> None:
        while not self._stop.wait(LOOKS_EVERY_S):
            try:
                for user_id in (*self._users, *self._rung):
                    self._look_at(user_id)
            except DatabaseUnavailable:
                continue  # away for a moment; a person would try again, too

    def _look_at(self, user_id: int) -> None:
        call = dispositions.open_call(self._db, user_id)
        if call is None or call.state != "wrap_up":
            return
        due = self._due.setdefault(
            call.attempt_id, now() + timedelta(seconds=self._chance.uniform(*THINKS_S))
        )
        if due > now():
            return
        result = self._choose()
        try:
            dispositions.save_result(self._db, user_id, call.attempt_id, result.id, "", now())
        except Refused:
            pass  # saved at the panel meanwhile
        del self._due[call.attempt_id]

    def _choose(self) -> CallResult:
        weights = [WEIGHTS.get(result.label, 0) for result in self._results]
        return self._chance.choices(self._results, weights)[0]
