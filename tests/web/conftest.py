"""The panel on the real PostgreSQL, asked by Flask's test client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_client import Program, program
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from panel_floor import PASSWORD, Floor
from wizard_hand import Wizard

from dialer.db import Database
from dialer.settings import Settings
from dialer.store.people import Role, User
from dialer.store.tokens import Scope
from web.app import create_app
from web.limits import limiter
from web.texts import compile_catalogues


@pytest.fixture(scope="session", autouse=True)
def catalogues() -> None:
    compile_catalogues()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Templates that one test's panel has compiled need not be compiled for the next."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(database_url: str, tmp_path: Path, compiled: BytecodeCache) -> Iterator[Flask]:
    settings = Settings(
        database_url=database_url, secret_key="only for this test", uploads=tmp_path / "uploads"
    )
    app = create_app(settings, testing=True)
    app.config["WTF_CSRF_ENABLED"] = False
    app.jinja_env.bytecode_cache = compiled
    limiter.reset()
    yield app
    app.extensions["ringpool_hub"].stop()
    app.extensions["ringpool_database"].close()


@pytest.fixture
def as_(app: Flask) -> Callable[[User], FlaskClient]:
    """A browser in which the user has signed in."""

    def browser(user: User) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
        assert answer.status_code == 302
        return client

    return browser


@pytest.fixture
def uploads(app: Flask) -> Path:
    """Where uploaded files wait for the importer."""
    return Path(app.config["RINGPOOL_UPLOADS"])


@pytest.fixture
def wizard(as_: Callable[[User], FlaskClient], max_: User, uploads: Path) -> Wizard:
    """The manager's hands in the list wizard."""
    return Wizard(as_(max_), uploads)


@pytest.fixture
def robot(app: Flask, floor: Floor, ada: User) -> Program:
    """An admin's token."""
    return program(app, floor, ada, ada, tuple(Scope))


@pytest.fixture
def stranger(app: Flask, db: Database) -> Program:
    """An admin's token of another organisation."""
    nord = Floor(db, "Nord")
    nils = nord.hire("Nils", Role.ADMIN)
    return program(app, nord, nils, nils, tuple(Scope))
