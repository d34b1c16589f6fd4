"""A call center on the real Asterisk: an organisation, a list, agents with phones, and a dialer process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import time as time_type
from itertools import count as counting
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cli.stack.tether import tethered
from cli.stack.world import OutsideWorld
from dialer.clock import now
from dialer.db import Database
from dialer.errors import DatabaseUnavailable
from dialer.store import agents, dispositions, lists, organisations, people, sessions

if TYPE_CHECKING:
    from .conftest import Node

T = TypeVar("T")
PATIENCE_S = 30.0
_serial = counting(1)


def until(condition: Callable[[], T], what: str | Callable[[], str], timeout_s: float = PATIENCE_S) -> T:
    """The first true value of the condition. Fails with ``what`` after the time."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            if value := condition():
                return value
        except DatabaseUnavailable:
            pass  # the test has stopped it
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain: {what if isinstance(what, str) else what()}")
        time.sleep(0.02)


class Rig:
    """Ana and Abe dial Max's list. Ids are the database's; the dialer is a process of its own."""

    def __init__(
        self, db: Database, database_url: str, node: Node, world: OutsideWorld, folder: Path
    ) -> None:
        self.db = db
        self.url = database_url
        self.node = node
        self.world = world
        self.log = folder / "dialer.log"
        self.organisation_id = 0
        self.list_id = 0
        self.users: dict[str, int] = {}
        self.extensions: dict[str, str] = {}
        self.dialer: subprocess.Popen[bytes] | None = None
        self.ari_url = node.settings.ari_url
        self.settings: dict[str, str] = {}
        """What else the dialer finds in its environment."""
        self.began_at = time.time()
        """Seconds since 1970: earlier calls on the node are of other tests."""
        self._position = 0

    # -- people and lists ------------------------------------------------------------------------

    def row(self, query: str, **values: Any) -> dict[str, Any] | None:
        with self.db.transaction() as connection:
            return connection.execute(query, values).fetchone()

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        with self.db.transaction() as connection:
            return connection.execute(query, values).fetchall()

    def count(self, query: str, **values: Any) -> int:
        found = self.row(f"SELECT count(*) AS n FROM {query}", **values)
        assert found is not None
        return int(found["n"])

    def employ(self) -> None:
        """An organisation with Max, and Ana and Abe on the world's phones 1001 and 1002."""
        self.organisation_id = organisations.create_organisation(self.db, "Nordic Homes", now()).id
        self.execute("UPDATE organisation SET calling_until = calling_from, attempts_per_day = 100")
        self.hire("Max", "manager")
        self.hire("Ana", "agent", "1001")
        self.hire("Abe", "agent", "1002")
        self.list_id = lists.create_list(
            self.db,
            self.users["Max"],
            lists.ListSettings(
                name="Spring",
                batch_size=20,
                calling_from=time_of_day(0),
                calling_until=time_of_day(23, 59, 59, 999999),
                max_attempts=1,
            ),
            now(),
            user_ids=[self.users["Ana"], self.users["Abe"]],
        )

    def hire(self, name: str, role: str, extension: str | None = None) -> int:
        """Somebody of this name, on the world's phone with this extension; their id."""
        user = people.create_user(
            self.db,
            self.organisation_id,
            now(),
            name=name,
            email=f"{name.lower()}@example.com",
            password="correct horse",
            role=role,
            extension=extension,
            sip_secret=extension and f"secret-{extension}",
        )
        self.users[name] = user.id
        if extension is not None:
            self.extensions[name] = extension
        return user.id

    def hire_admin(self) -> int:
        """Ada, who may change Company Setup; her id."""
        return self.hire("Ada", "admin")

    def set_list(self, **columns: Any) -> None:
        """Change columns of the list."""
        for name, value in columns.items():
            self.execute(
                f"UPDATE list SET {name} = %(value)s WHERE id = %(id)s", value=value, id=self.list_id
            )

    def execute(self, query: str, **values: Any) -> None:
        with self.db.transaction() as connection:
            connection.execute(query, values)

    def add_prospects(self, *scripts: str) -> list[str]:
        """Prospects whose numbers end in these four-digit scripts (asterisk_conf/sim); their numbers."""
        numbers = []
        with self.db.transaction() as connection:  # all at once: they are dialed together
            for script in scripts:
                self._position += 1
                number = f"+1212{next(_serial):05d}{script}"
                numbers.append(number)
                row = connection.execute(
                    "INSERT INTO prospect (organisation_id, list_id, position, first_name, last_name, time_zone)"
                    " VALUES (%s, %s, %s, 'Bo', %s, 'America/New_York') RETURNING id",
                    (self.organisation_id, self.list_id, self._position, script),
                ).fetchone()
                assert row is not None
                connection.execute(
                    "INSERT INTO phone (organisation_id, prospect_id, number) VALUES (%s, %s, %s)",
                    (self.organisation_id, row["id"], number),
                )
        return numbers

    # -- the dialer ------------------------------------------------------------------------------

    def start_dialer(self) -> None:
        """Start the dialer and wait until it dials."""
        already = self.said("dialing")
        self.dialer = self.launch_dialer()
        until(lambda: self.said("dialing") > already, f"the dialer dials, see {self.log}")
        until(lambda: self.count("node"), "its heart has beaten: sessions may start")

    def launch_dialer(self) -> subprocess.Popen[bytes]:
        """Start a dialer process, and do not wait."""
        settings = self.node.settings
        environment = os.environ | {
            "DATABASE_URL": self.url,
            "RINGPOOL_ARI_URL": self.ari_url,
            "RINGPOOL_ARI_USER": settings.ari_user,
            "RINGPOOL_ARI_PASSWORD": settings.ari_password,
            "RINGPOOL_METRICS_PORT": "0",
            "RINGPOOL_PROMPTS": str(settings.prompts),
            **self.settings,
        }
        with self.log.open("ab") as log:
            return subprocess.Popen(
                tethered([sys.executable, "-m", "ari_app"], "KILL"), stderr=log, env=environment
            )

    def said(self, sentence: str) -> int:
        """How many lines of the dialer's log say this."""
        return self.log.read_text().count(f'"event": "{sentence}') if self.log.exists() else 0

    def kill_dialer(self) -> None:
        """kill -9."""
        assert self.dialer is not None
        self.dialer.kill()
        self.dialer.wait()
        self.dialer = None

    def stop_dialer(self) -> None:
        if self.dialer is not None:
            self.dialer.send_signal(signal.SIGTERM)
            self.dialer.wait(timeout=20)
            self.dialer = None

    # -- agents ----------------------------------------------------------------------------------

    def phones_register(self, *names: str) -> None:
        for name in names:
            phone = self.world.phone(self.extension(name))
            if not phone.is_registered():
                phone.come_back()  # one that is there would be away for a moment
            phone.wait_registered()

    def extension(self, name: str) -> str:
        return self.extensions[name]

    def start_sessions(self, *names: str) -> None:
        """Start sessions and wait until everybody is ready, or on the call that followed at once."""
        self.phones_register(*names)
        for name in names:
            sessions.start_session(self.db, self.users[name], self.list_id, now())
        for name in names:
            self.until_agent(name, "ready", "reserved", "on_call", "wrap_up")

    def agent(self, name: str) -> str:
        return agents.agent_of(self.db, self.users[name]).state.value

    def until_agent(self, name: str, *states: str, timeout_s: float = PATIENCE_S) -> str:
        return (
            until(
                lambda: (state := self.agent(name)) in states and state,
                lambda: f"{name} is {' or '.join(states)}, now {self.agent(name)}",
                timeout_s,
            )
            or ""
        )

    def save(self, name: str, label: str = "Not interested") -> None:
        """Save & Go for the call in hand."""
        call = until(lambda: dispositions.open_call(self.db, self.users[name]), f"{name} has a call")
        result = next(r for r in dispositions.call_results(self.db) if r.label == label)
        dispositions.save_result(self.db, self.users[name], call.attempt_id, result.id, "", now())

    # -- calls -----------------------------------------------------------------------------------

    def let_ring(self, seconds: int) -> None:
        """Prospects are rung for so long; the schema wants at least 15 s, for people."""
        self.execute("ALTER TABLE list DROP CONSTRAINT IF EXISTS list_ring_s_check")
        self.set_list(ring_s=seconds)

    def leg_of(self, name: str) -> str:
        """The id of the agent's leg: the standing one."""
        found = agents.agent_of(self.db, self.users[name]).leg_id
        assert found is not None
        return str(found)

    def prospect(self, number: str) -> dict[str, Any]:
        found = self.row(
            "SELECT p.* FROM prospect p JOIN phone h ON h.prospect_id = p.id WHERE h.number = %(number)s",
            number=number,
        )
        assert found is not None
        return found

    def attempt(self, number: str) -> dict[str, Any] | None:
        """The newest attempt at a number."""
        return self.row(
            "SELECT * FROM attempt WHERE number = %(number)s ORDER BY id DESC LIMIT 1", number=number
        )

    def until_call(self, number: str, *states: str, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = self.attempt(number)
            return found if found is not None and found["state"] in states else None

        found = until(
            look,
            lambda: f"the call to {number} is {' or '.join(states)}, now {self.attempt(number)}",
            timeout_s,
        )
        assert found is not None
        return found

    def until_rings(self, number: str) -> dict[str, Any]:
        """Return the attempt when the carrier has the call."""
        until(lambda: any(c.dialed == number for c in self.world.live_calls()), "the carrier has the call")
        found = self.attempt(number)
        assert found is not None
        return found

    def until_picked_up(self, number: str) -> float:
        """Return when the prospect has answered, in seconds since 1970."""
        until(
            lambda: any(c.is_up and c.dialed == number for c in self.world.live_calls()), "somebody answers"
        )
        return time.time()

    def channels(self) -> list[str]:
        """Names of the node's channels."""
        shown = self.node.asterisk.console("core show channels concise")
        return [line.split("!")[0] for line in shown.splitlines() if "!" in line]

    def nothing_is_left_open(self) -> None:
        """No call on the line, no agent held by one, no leg open but the phones', each record in one place."""
        assert self.count("attempt WHERE state NOT IN ('ended', 'wrap_up')") == 0
        assert self.count("prospect WHERE status = 'calling'") == self.count(
            "attempt WHERE state = 'wrap_up'"
        )
        assert self.count("agent WHERE state IN ('reserved', 'on_call', 'on_hold')") == 0

    def nothing_open_but(self, number: str) -> None:
        """No call on the line but the one to this number."""
        assert (
            self.count("attempt WHERE state NOT IN ('ended', 'wrap_up') AND number <> %(n)s", n=number) == 0
        )

    def nobody_was_called_twice_at_once(self) -> None:
        """By the carrier's own account; what went to the agents' phones is none of it."""
        carried = [call for call in self.world.calls() if call.dst.startswith("+")]
        calls = sorted(carried, key=lambda call: (call.dst, call.start))
        for one, other in pairwise(calls):
            assert one.dst != other.dst or not one.overlaps(other), (one, other)

    def only_phones_are_up(self, *names: str) -> None:
        """No channel on the node but the standing legs of these agents."""
        extensions = sorted(self.extension(name) for name in names)
        until(
            lambda: (
                sorted(c[6:].split("-")[0] for c in self.channels() if c.startswith("PJSIP/")) == extensions
            ),
            lambda: f"only {names} are on the line, now {self.channels()}",
        )

    def the_log_tells_no_secrets(self) -> None:
        """Neither a whole telephone number nor the password stands in the dialer's log."""
        text = self.log.read_text()
        assert self.node.settings.ari_password not in text
        assert not re.search(r"\+1212\d{9}", text)

    def clean_up(self) -> None:
        self.stop_dialer()
        self.hang_everything_up()

    def hang_everything_up(self) -> None:
        self.node.asterisk.console("channel request hangup all")
        until(lambda: not self.channels(), "the node has no channels left")


def time_of_day(hour: int, minute: int = 0, second: int = 0, microsecond: int = 0) -> time_type:
    return time_type(hour, minute, second, microsecond)


def scripts_of(count: int, scripts: Sequence[str]) -> list[str]:
    """``count`` scripts, the given ones in turn."""
    return [scripts[i % len(scripts)] for i in range(count)]


@contextmanager
def call_center(url: str, node: Node, world: OutsideWorld, folder: Path) -> Iterator[Rig]:
    """A rig on a database of its own, cleaned up at the end."""
    db = Database(url)
    rig = Rig(db, url, node, world, folder)
    try:
        rig.hang_everything_up()  # a test before this one may have failed half-way
        rig.employ()
        yield rig
        if rig.log.exists():
            rig.the_log_tells_no_secrets()
    finally:
        rig.clean_up()
        db.close()
