"""The commands, on a real database."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import COMMANDS, cli
from dialer.clock import now
from dialer.db import Database
from dialer.store import people, phone_login

ROWS = """Company,First name,Last name,Telephone,Town
Berg AB,Bo,Berg,(212) 555-0001,Malmö
Berg AB,Bo,Berg,soon,Malmö
"""


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Callable[..., Result]:
    env = {
        "DATABASE_URL": database_url,
        "RINGPOOL_HOME": str(tmp_path / "home"),
        "RINGPOOL_ORGANISATION": None,
    }

    def command(*arguments: str, input: str | None = None) -> Result:
        return CliRunner().invoke(cli, arguments, input=input, env=env)

    return command


@pytest.fixture
def acme(run: Callable[..., Result]) -> Callable[..., Result]:
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
def file(tmp_path: Path) -> Path:
    path = tmp_path / "spring.csv"
    path.write_bytes(ROWS.encode("cp1252"))
    return path


def test_every_command_loads_and_has_help(run: Callable[..., Result]) -> None:
    for name in COMMANDS:
        assert run(name, "--help").exit_code == 0, name
    assert "ringpool" in run("--version").output


def test_an_error_is_one_sentence_and_exit_1(run: Callable[..., Result]) -> None:
    refused = run("user", "list")
    assert refused.exit_code == 1 and refused.stdout == ""
    assert refused.stderr == "There is no organisation yet; add one with 'ringpool org add NAME'.\n"


def test_without_a_database_the_sentence_says_so(tmp_path: Path) -> None:
    env = {"DATABASE_URL": f"postgresql:///x?host={tmp_path}", "RINGPOOL_HOME": str(tmp_path)}
    refused = CliRunner().invoke(cli, ["db", "status"], env=env)
    assert refused.exit_code == 1 and "The database does not answer" in refused.stderr


def test_the_schema_is_present(run: Callable[..., Result]) -> None:
    assert "present schema" in run("db", "status").output
    assert run("db", "migrate").exit_code == 0


def test_a_phones_secret_is_made_up_and_shown_once(acme: Callable[..., Result], db: Database) -> None:
    added = acme(
        "user", "add", "abe@example.com", "--name", "Abe", "--extension", "1002", "--pin", "4711",
        "--password-stdin", input="only-for-tests\n",
    )  # fmt: skip
    assert re.search(r"SIP secret of extension 1002, shown this once: \S{20,}", added.output)
    assert phone_login.user_by_pin(db, "1002", "4711", now())
    shown = acme("user", "list").output
    assert "abe@example.com" in shown and "secret" not in shown


def test_the_password_is_asked_for_and_can_be_changed(acme: Callable[..., Result], db: Database) -> None:
    asked = acme("user", "set-password", "ana@example.com", input="another-password\nanother-password\n")
    assert asked.exit_code == 0 and "another-password" not in asked.output
    signed_in = people.sign_in(db, "ana@example.com", "another-password")
    assert signed_in is not None and signed_in.name == "Ana"
    short = acme("user", "set-password", "ana@example.com", "--password-stdin", input="short\n")
    assert short.exit_code == 1 and "eight characters" in short.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["org", "add", "acme"], "already an organisation"),
        (["org", "add", "Nord", "--country", "ZZ"], "no country ZZ"),
        (["org", "add", "Nord", "--time-zone", "Mars"], "no time zone"),
        (["user", "add", "x@example.com", "--name", "X", "--pin", "12"], "PIN has 4"),
        (["user", "add", "x@example.com", "--name", "X", "--pin", "1234"], "give --extension"),
        (["user", "set-password", "nobody@example.com", "--password-stdin"], "no user nobody"),
        (["team", "join", "North", "ana@example.com"], "no team named North"),
        (["list", "info", "7"], "no list 7"),
        (["list", "list", "--by", "ana@example.com"], "may not manage lists"),
        (["user", "list", "--org", "Nobody"], "no organisation named Nobody"),
    ],
)
def test_what_cannot_be_done_is_said(acme: Callable[..., Result], arguments: list[str], why: str) -> None:
    refused = acme(*arguments)
    assert refused.exit_code == 1 and why in refused.stderr


def test_teams_are_joined_and_left(acme: Callable[..., Result]) -> None:
    acme("team", "add", "North")
    assert acme("team", "join", "north", "ana@example.com").exit_code == 0
    assert re.search(r"North +1$", acme("team", "list").output, re.MULTILINE)
    acme("team", "leave", "North", "ana@example.com")
    assert re.search(r"North +0$", acme("team", "list").output, re.MULTILINE)


def test_a_file_becomes_a_list(acme: Callable[..., Result], file: Path) -> None:
    saved = acme("list", "import", str(file), "--assign-user", "ana@example.com", "--lines-per-agent", "1.5")
    assert saved.exit_code == 0, saved.output
    assert saved.stdout.startswith("Your List has been saved successfully!")
    assert "1 prospects in, 1 rows refused (Windows-1252, separated by comma)" in saved.stdout
    assert "Line 3: Phone: 'soon' is not a phone number." in saved.stderr
    told = json.loads(acme("list", "info", "spring", "--json").output)
    assert (told["prospects"], told["assigned"], told["lines_per_agent"]) == (1, ["Ana"], "1.50")
    assert "soon" in acme("list", "refused", "1").output
    assert acme("list", "assign", "spring").exit_code == 0
    assert json.loads(acme("list", "info", "1", "--json").output)["assigned"] == []


def test_columns_are_matched_by_hand(acme: Callable[..., Result], file: Path) -> None:
    told = acme("list", "import", str(file), "--map", "last_name=Town", "--name", "By town", "--json")
    assert json.loads(told.stdout)["accepted"] == 1
    missing = acme("list", "import", str(file), "--map", "phone=Telefon")
    assert missing.exit_code == 1 and "no column 'Telefon'" in missing.stderr


def test_a_file_that_cannot_be_read_makes_no_list(acme: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    refused = acme("list", "import", str(tmp_path / "empty.csv"))
    assert refused.exit_code == 1 and "empty" in refused.stderr
    assert acme("list", "list").output.count("\n") == 1


def test_the_doctor_names_what_is_wrong_and_the_next_step(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGPOOL_ARI_URL", "http://127.0.0.1:9/ari")
    monkeypatch.setenv("RINGPOOL_AGI_PORT", "9")
    monkeypatch.setenv("RINGPOOL_AMI_PASSWORD", "only-for-tests")
    monkeypatch.setenv("RINGPOOL_AMI_PORT", "9")
    asked = run("doctor", "--json")
    found = {line["name"]: line for line in json.loads(asked.output)["findings"]}
    assert asked.exit_code == 1
    assert [found[name]["state"] for name in ("database", "migrations", "clock")] == ["ok"] * 3
    assert [found[name]["state"] for name in ("dialer", "ari", "ami", "agi")] == ["wrong"] * 4
    assert found["trunk"]["state"] == "skipped"
    assert all(line["next_step"] for line in found.values() if line["state"] == "wrong")
    assert "WRONG" in run("doctor").output
