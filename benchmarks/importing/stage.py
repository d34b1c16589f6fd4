"""What the lists benchmark works on: a file, a database of its own, an importer, an organisation."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from cli.stack.folders import Folders
from cli.stack.postgres import EmbeddedPostgres
from dialer.clock import now
from dialer.db import Database
from dialer.migrate import migrate
from dialer.store import organisations, people
from dialer.store.people import User

HEADERS = [
    *("Account Name", "First Name", "Last Name", "Phone", "Mobile", "Email"),
    *("State", "Zip", "Budget", "Source", "Score", "Owner"),
]
STATES = ["NY", "CA", "TX", "FL", "WA", "OH", "TN", "IL"]


@dataclass(frozen=True)
class Server:
    """A PostgreSQL; ``pid`` is None where it is somebody else's."""

    url: str
    pid: int | None


@dataclass(frozen=True)
class Center:
    """An organisation with its manager and an agent."""

    db: Database
    organisation_id: int
    max: User
    ana: User
    uploads: Path


def write_file(path: Path, rows: int) -> None:
    """A list of people who do not exist; the same for the same number of rows."""
    chance = random.Random(1)
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADERS)
        for number in range(rows):
            phone = f"({chance.randint(201, 989)}) {chance.randint(200, 999)}-{chance.randint(0, 9999):04}"
            mobile = f"+1{chance.randint(2010000000, 9899999999)}"
            place = chance.choice(STATES), f"{chance.randint(10000, 99999)}"
            mail = f"bo{number}@example.com"
            custom = chance.randint(1, 1_000_000), "web, fair", chance.random(), "Max"
            writer.writerow([f"Firm {number}", "Bo", f"Berg {number}", phone, mobile, mail, *place, *custom])


@contextmanager
def server() -> Iterator[Server]:
    """The server that TEST_DATABASE_URL names, or one of our own, set up as `ringpool up` does."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield Server(given, None)
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedPostgres(Path(folder) / "postgres", Folders.from_environment().cache) as embedded,
    ):
        yield Server(embedded.url, embedded.pid)


@contextmanager
def new_database(url: str) -> Iterator[str]:
    """The URL of a migrated database, dropped at the end."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            made = make_conninfo(url, dbname=name)
            migrate(made)
            yield made
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def center(url: str, folder: Path) -> Iterator[Center]:
    """An organisation that may call at any hour, with Ana at a phone of her own."""
    db = Database(url, max_size=4, application_name="ringpool benchmark")
    acme = organisations.create_organisation(db, "Acme", now())
    max_ = people.create_user(
        db, acme.id, now(), name="Max", email="max@example.com", password="only-for-this", role="manager"
    )
    ana = people.create_user(
        db,
        acme.id,
        now(),
        name="Ana",
        email="ana@example.com",
        password="only-for-this",
        role="agent",
        extension="1001",
    )
    with db.transaction() as connection:
        connection.execute("UPDATE organisation SET calling_from = '00:00', calling_until = '00:00'")
        connection.execute("INSERT INTO node (name, heartbeat_at, asterisk_up) VALUES ('main', now(), true)")
    yield Center(db, acme.id, max_, ana, folder / "uploads")
    db.close()


@contextmanager
def importer(url: str, uploads: Path) -> Iterator[psutil.Process]:
    """A running `ringpool importer`."""
    environment = {**os.environ, "DATABASE_URL": url, "RINGPOOL_UPLOADS": str(uploads)}
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "importer"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    process.stderr.readline()  # it says that it has started
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.communicate()


class Clock:
    """CPU seconds of a process and all that it started, since the clock was made."""

    def __init__(self, pid: int | None) -> None:
        self._pid = pid
        self._before = self._now()

    def _now(self) -> dict[int, float]:
        if self._pid is None:
            return {}
        seconds = {}
        root = psutil.Process(self._pid)
        for process in [root, *root.children(recursive=True)]:
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            seconds[process.pid] = times.user + times.system
        return seconds

    def seconds(self) -> float:
        """Of those that still run; 0 where the process is not ours to look at."""
        return sum(after - self._before.get(pid, 0.0) for pid, after in self._now().items())
