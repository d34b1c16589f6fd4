"""The command line on a real database, and a floor to which leads come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dialing_floor import Floor
from lead_site import Site

from cli.main import cli
from dialer.db import Database

Command = Callable[..., Result]


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Command:
    """``ringpool`` on this test's database, in a home folder of its own."""
    env = {
        "DATABASE_URL": database_url,
        "RINGPOOL_HOME": str(tmp_path / "home"),
        "RINGPOOL_ORGANISATION": None,
    }

    def command(*arguments: str, input: str | None = None) -> Result:
        return CliRunner().invoke(cli, arguments, input=input, env=env)

    return command


@pytest.fixture
def acme(run: Command) -> Command:
    """An organisation with its manager Max and the agent Ana."""
    assert run("org", "add", "Acme").exit_code == 0
    for name, role in (("Max", "manager"), ("Ana", "agent")):
        added = run(
            "user", "add", f"{name}@example.com", "--name", name, "--role", role, "--password-stdin",
            input="only-for-tests\n",
        )  # fmt: skip
        assert added.exit_code == 0, added.output
    return run


@pytest.fixture
def with_admin(acme: Command) -> Command:
    """Acme, with its admin Ada."""
    added = acme(
        "user", "add", "ada@example.com", "--name", "Ada", "--role", "admin", "--password-stdin",
        input="only-for-tests\n",
    )  # fmt: skip
    assert added.exit_code == 0, added.output
    return acme


@pytest.fixture
def site(db: Database) -> Iterator[Site]:
    """Acme's campaign «Website»; at the end every lead that was taken has its application."""
    site = Site(Floor(db))
    yield site
    assert site.floor.value(
        "SELECT count(*) FROM lead WHERE organisation_id = %(o)s AND state = 'taken'"
    ) == site.floor.value("SELECT count(*) FROM application WHERE organisation_id = %(o)s")
