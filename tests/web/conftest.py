"""The panel on the real PostgreSQL, asked by Flask's test client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import PASSWORD, Floor

from dialer.db import Database
from dialer.settings import Settings
from dialer.store.people import Role, User
from web.app import create_app
from web.limits import limiter
from web.texts import compile_catalogues


@pytest.fixture(scope="session", autouse=True)
def catalogues() -> None:
    compile_catalogues()


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    settings = Settings(
        database_url=database_url, secret_key="only for this test", uploads=tmp_path / "uploads"
    )
    app = create_app(settings, testing=True)
    app.config["WTF_CSRF_ENABLED"] = False
    limiter.reset()
    yield app
    app.extensions["ringpool_hub"].stop()
    app.extensions["ringpool_database"].close()


@pytest.fixture
def floor(db: Database) -> Floor:
    return Floor(db)


@pytest.fixture
def max_(floor: Floor) -> User:
    return floor.hire("Max", Role.MANAGER)


@pytest.fixture
def ana(floor: Floor) -> User:
    return floor.hire("Ana", extension="1001")


@pytest.fixture
def as_(app: Flask) -> Callable[[User], FlaskClient]:
    """A browser in which the user has signed in."""

    def browser(user: User) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
        assert answer.status_code == 302
        return client

    return browser
