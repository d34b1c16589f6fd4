"""`ringpool user` and `ringpool team`."""

import json
import re
from collections.abc import Callable

import pytest
from click.testing import Result

from dialer.clock import now
from dialer.db import Database
from dialer.store import people, phone_login

Command = Callable[..., Result]


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


def test_teams_are_joined_and_left(acme: Callable[..., Result]) -> None:
    acme("team", "add", "North")
    assert acme("team", "join", "north", "ana@example.com").exit_code == 0
    assert re.search(r"North +1$", acme("team", "list").output, re.MULTILINE)
    acme("team", "leave", "North", "ana@example.com")
    assert re.search(r"North +0$", acme("team", "list").output, re.MULTILINE)


def told(run: Command, email: str) -> dict[str, object]:
    every = json.loads(run("user", "list", "--all", "--json").output)
    (found,) = [user for user in every if user["email"] == email]
    return dict(found)


def test_a_user_has_skills_filters_and_hours(acme: Command) -> None:
    added = acme(
        "user", "add", "abe@example.com", "--name", "Abe", "--password-stdin", "--skill", "Loans=7",
        "--skill", "Swedish = 2=3", "--state", "TX", "--state", "CA", "--works", "09:00-17:30",
        "--days", "1-5", "--json", input="only-for-tests\n",
    )  # fmt: skip
    abe = json.loads(added.stdout)
    assert abe["skills"] == {"Loans": 7, "Swedish = 2": 3}
    assert (abe["states"], abe["works_until"], abe["works_days"]) == (["TX", "CA"], "17:30", [1, 2, 3, 4, 5])
    assert abe["sip_secret"] is None


def test_what_is_not_named_in_an_edit_stays(acme: Command) -> None:
    first = told(acme, "Ana@example.com")
    edited = acme(
        "user", "edit", "ana@example.com", "--extension", "1001", "--caller-id", "(212) 555-0123",
        "--skill", "Loans=5", "--pin", "4711", "--no-leads",
    )  # fmt: skip
    assert edited.exit_code == 0, edited.output
    assert re.search(r"SIP secret of extension 1001, shown this once: \S{20,}", edited.output)
    ana = told(acme, "Ana@example.com")
    assert (ana["extension"], ana["caller_id"], ana["skills"]) == ("1001", "+12125550123", {"Loans": 5})
    assert (ana["has_pin"], ana["takes_leads"], first["takes_leads"]) == (True, False, True)
    assert ana["name"] == first["name"] and ana["version"] != first["version"]
    acme("user", "edit", "ana@example.com", "--email", "anna@example.com", "--no-extension", "--no-caller-id")
    anna = told(acme, "anna@example.com")
    assert (anna["extension"], anna["caller_id"], anna["skills"]) == (None, None, {"Loans": 5})


def test_a_user_is_let_in_and_kept_out(acme: Command, db: Database) -> None:
    assert acme("user", "deactivate", "ana@example.com").exit_code == 0
    assert people.sign_in(db, "ana@example.com", "only-for-tests") is None
    assert "Ana" not in acme("user", "list").output
    assert "Ana" in acme("user", "list", "--all").output
    assert acme("user", "activate", "ana@example.com").exit_code == 0
    assert people.sign_in(db, "ana@example.com", "only-for-tests") is not None


def test_the_last_admin_stays(with_admin: Command) -> None:
    refused = with_admin("user", "deactivate", "ada@example.com")
    assert refused.exit_code == 1 and "last active admin" in refused.stderr


def test_a_team_is_renamed_and_removed(acme: Command) -> None:
    acme("team", "add", "North")
    acme("team", "join", "North", "ana@example.com")
    assert acme("team", "rename", "north", "South").exit_code == 0
    assert [team["name"] for team in json.loads(acme("team", "list", "--json").output)] == ["South"]
    kept = acme("team", "remove", "South", input="n\n")
    assert kept.exit_code == 1 and "Nothing was changed" in kept.stderr
    assert acme("team", "remove", "South", "--yes").exit_code == 0
    assert json.loads(acme("team", "list", "--json").output) == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["user", "edit", "ana@example.com"], "Say what is to be different"),
        (["user", "edit", "ana@example.com", "--skill", "Loans"], "write NAME=LEVEL"),
        (["user", "edit", "ana@example.com", "--skill", "Loans=11"], "1 to 10"),
        (["user", "edit", "ana@example.com", "--works", "9 to 5"], "09:00-17:30"),
        (["user", "edit", "ana@example.com", "--works", "09:00-09:00"], "must differ"),
        (["user", "edit", "ana@example.com", "--days", "5-1"], "working day"),
        (["user", "edit", "ana@example.com", "--days", "Monday"], "write it like 1-5"),
        (["user", "edit", "ana@example.com", "--email", "max@example.com"], "already registered"),
        (["user", "edit", "ana@example.com", "--extension", "12ab"], "two to ten digits"),
        (["user", "edit", "ana@example.com", "--caller-id", "soon"], "looks like"),
        (["user", "deactivate", "nobody@example.com"], "no user nobody"),
        (["user", "edit", "ana@example.com", "--org", "Nobody", "--name", "X"], "no organisation named"),
        (["team", "rename", "North", "South"], "no team named North"),
        (["team", "remove", "North"], "no team named North"),
        (["team", "add", " "], "name"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(acme: Command, arguments: list[str], why: str) -> None:
    refused = acme(*arguments)
    assert refused.exit_code == 1 and why in refused.stderr and refused.stderr.count("\n") == 1


def test_a_team_of_another_organisation_is_not_found(acme: Command) -> None:
    acme("org", "add", "Nord")
    acme("team", "add", "North", "--org", "Nord")
    refused = acme("team", "join", "North", "ana@example.com", "--org", "Acme")
    assert refused.exit_code == 1 and "no team named North" in refused.stderr
    refused = acme("team", "join", "North", "ana@example.com", "--org", "Nord")
    assert refused.exit_code == 1 and "no user ana@" in refused.stderr
