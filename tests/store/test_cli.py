"""The commands as a whole: every one has help, an error is one sentence, the doctor."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import COMMANDS, cli


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


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["org", "add", "acme"], "already an organisation"),
        (["org", "add", "Nord", "--country", "ZZ"], "no such country"),
        (["org", "add", "Nord", "--time-zone", "Mars"], "no time zone"),
        (["user", "add", "x@example.com", "--name", "X", "--extension", "1001", "--pin", "12"], "PIN has 4"),
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
