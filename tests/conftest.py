"""What every test may use: the real PostgreSQL, one fresh clone of a template database each, and the cast."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from panel_floor import Floor
from psycopg.conninfo import make_conninfo
from quick_folder import quick_folder

from dialer import passwords
from dialer.db import Database
from dialer.migrate import migrate
from dialer.store.people import Role, User

# A busy machine fails no test for being slow, and what decides on a change does not draw lots.
settings.register_profile("ours", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("ours")

FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""What a test writes need not outlive a power cut: thousands of databases are made and dropped."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with telephones, with browsers and with neither among each other, evenly.

    Telephones wait, browsers compute: side by side they neither leave a processor idle nor fight for one.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    groups: dict[str, list[Path]] = {"asterisk": [], "browser": [], "": []}
    for path in files:
        groups[next(kind for kind in groups if kind in path.parts or not kind)].append(path)
    place = {path: (n + 0.5) / len(group) for group in groups.values() for n, path in enumerate(group)}
    items[:] = [item for path in sorted(files, key=place.__getitem__) for item in files[path]]


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """The same hashes at the least cost: people are hired by the thousand here."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of this run's own, or the one that TEST_DATABASE_URL names."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    from cli.stack.postgres import EmbeddedPostgres

    with (
        quick_folder(tmp_path_factory.mktemp("postgres")) as folder,
        EmbeddedPostgres(folder, settings=FORGETFUL) as server,
    ):
        yield server.url


@pytest.fixture(scope="session")
def template_database(server_url: str) -> Iterator[str]:
    """Name of a migrated, empty database that others are cloned from."""
    name = f"template_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        migrate(make_conninfo(server_url, dbname=name))
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(server_url: str, template_database: str) -> Iterator[str]:
    """The URL of a database that belongs to this test alone."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
        yield make_conninfo(server_url, dbname=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """An open Database on this test's own database."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def floor(db: Database) -> Floor:
    """Acme, with nobody in it yet. Tests of the dialer's own day have another floor (dialing_floor)."""
    return Floor(db)


@pytest.fixture
def ada(floor: Floor) -> User:
    """The admin."""
    return floor.hire("Ada", Role.ADMIN)


@pytest.fixture
def max_(floor: Floor) -> User:
    """The manager."""
    return floor.hire("Max", Role.MANAGER)


@pytest.fixture
def ana(floor: Floor) -> User:
    """An agent."""
    return floor.hire("Ana", extension="1001")


@pytest.fixture
def abe(floor: Floor) -> User:
    """Another agent."""
    return floor.hire("Abe", extension="1002")
