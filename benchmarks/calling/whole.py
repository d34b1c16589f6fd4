"""Ringpool, whole: the dialer as a process, its database, its recordings, agents who save results."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from benchmarks.calling import cost
from benchmarks.calling.center import Center, connected, make_list
from benchmarks.calling.hands import Hands
from benchmarks.calling.phase import Load, Phase
from benchmarks.calling.stage import PASSWORD, Stage
from benchmarks.calling.watch import Watch
from cli.context import as_environment
from cli.stack.process import Child, Service
from dialer.clock import now
from dialer.db import Database
from dialer.errors import RingpoolError
from dialer.settings import Settings
from dialer.store import agents

DIALER = "ari_app"
NODE = "main"
PATIENCE_S = 60.0


class NotSo(RingpoolError):
    """The call center did not come into the state that is to be measured."""


class Whole:
    """Ringpool on the stage."""

    def __init__(self, stage: Stage, db: Database, center: Center) -> None:
        self._stage = stage
        self._db = db
        self._center = center

    def register_phones(self) -> None:
        """Have a dialer push the phones' accounts, and wait until all are registered; they stay so."""
        with self.dialer(None):
            self.until(self._all_registered, "the phones are registered")

    def measure(self, load: Load, name: str = "Ringpool", checkout: Path | None = None) -> Phase:
        """Let agents dial a list of their own, and send them home again. Raises NotSo.

        ``checkout`` is the folder whose dialer runs; None: this one's.
        """
        list_id = make_list(self._db, self._center, f"{name} {time.monotonic()}", load)
        hands = Hands(self._db, self._center, load.calls_per_s)
        with self.dialer(checkout) as pid:
            pids = {**self._stage.pids, DIALER: pid}
            try:
                hands.start()
                hands.begin(self._center.agent_ids[: load.agents], list_id)
                self.until(lambda: self.seated(load.agents), "all agents' phones are connected")
                time.sleep(load.warm_up_s)
                with Watch(self._stage.node.ami_port) if load.calls_per_s else nullcontext() as watch:
                    since, before = now(), cost.read(pids)
                    time.sleep(load.measured_s)
                    until, after = now(), cost.read(pids)
                    watched = watch.connect_ms() if watch else []
                seen = connected(self._db, list_id, since, until)
                if not seen.connect_ms:
                    raise NotSo(f"{name} connected no call; what its dialer said: {self._last_words()}")
                return Phase(
                    name,
                    load,
                    len(seen.connect_ms),
                    cost.between(before, after),
                    seen.connect_ms,
                    watched,
                    seen.failed,
                )
            finally:
                hands.go_home()
                self.until(self.everybody_left, "everybody has gone home")
                hands.stop()

    @contextmanager
    def dialer(self, checkout: Path | None) -> Iterator[int]:
        """A dialer process, of this checkout or of another; its id."""
        node, started = self._stage.node, now()
        settings = Settings(
            database_url=self._stage.database_url,
            node=NODE,
            ari_url=node.ari_url,
            ari_user=node.ari_user,
            ari_password=PASSWORD,
            metrics_port=0,
            recordings=node.recordings,
        )
        child = Child(
            Service(
                name="The dialer",
                argv=(sys.executable, "-m", DIALER),
                log=self._stage.folder / "dialer.log",
                ready=lambda: agents.node_is_up(self._db, NODE, started),
                env=as_environment(settings),
                cwd=checkout,
            )
        )
        try:
            child.wait_ready()
            yield child.pid
        finally:
            child.stop()

    def _last_words(self) -> str:
        lines = (self._stage.folder / "dialer.log").read_text().strip().splitlines()
        return (lines or ["nothing"])[-1][-400:]

    def _all_registered(self) -> bool:
        shown = self._stage.world.ami.command("pjsip show registrations")
        return shown.count(" Registered ") >= len(self._center.agent_ids)

    def seated(self, count: int) -> bool:
        """Whether exactly so many agents are at work with their phone connected."""
        return self._agents("session_id IS NOT NULL AND phone_up") == count

    def everybody_left(self) -> bool:
        """Whether nobody is at work and no phone is connected."""
        return self._agents("state <> 'logged_out' OR leg_id IS NOT NULL") == 0

    def _agents(self, where: str) -> int:
        with self._db.transaction() as connection:
            row = connection.execute(f"SELECT count(*) AS n FROM agent WHERE {where}").fetchone()
        assert row is not None
        return int(row["n"])

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for the condition. Raises NotSo after a minute."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline:
                raise NotSo(
                    f"Waited {PATIENCE_S:.0f} s in vain until {what}; see the logs, or try fewer agents."
                )
            time.sleep(0.1)
