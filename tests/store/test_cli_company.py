"""`ringpool org`, `ringpool dnc` and `ringpool park`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result

Command = Callable[..., Result]

IN_A_MONTH = str((datetime.now(UTC) + timedelta(days=30)).date())


def test_details_and_settings_are_shown_and_set(with_admin: Command) -> None:
    before = json.loads(with_admin("org", "show", "--json").output)
    saved = with_admin(
        "org", "set", "--name", "Acme Nord", "--country", "se", "--time-zone", "Europe/Stockholm",
        "--agent-caller-id", "08-123 456 78", "--no-import-queue", "--calling-until", "20:00",
        "--wrap-up-s", "45", "--mandatory-phone", "mobile_phone", "--mandatory-phone", "phone",
        "--no-record-calls",
    )  # fmt: skip
    assert saved.exit_code == 0, saved.output
    after = json.loads(with_admin("org", "show", "--json").output)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {
        "name", "country", "time_zone", "agent_leg_caller_id", "import_queue", "calling_until",
        "wrap_up_s", "mandatory_phones", "record_calls", "version",
    }  # fmt: skip
    assert (after["agent_leg_caller_id"], after["calling_until"]) == ("+46812345678", "20:00")
    assert after["mandatory_phones"] == ["mobile_phone", "phone"]
    shown = with_admin("org", "show").output
    assert "Acme Nord" in shown and "record calls" in shown and "no" in shown
    assert json.loads(with_admin("org", "list", "--json").output)[0]["users"] == 3


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "Say what is to be different"),
        (["--country", "ZZ"], "no such country"),
        (["--time-zone", "Mars"], "no time zone"),
        (["--name", " "], "a name"),
        (["--agent-caller-id", "soon"], "looks like"),
        (["--wrap-up-s", "-1"], "0 to 3600"),
        (["--attempts-per-day", "101"], "1 to 100"),
        (["--drop-message", "hello"], "sound:NAME"),
        (["--mandatory-phone", "phone", "--mandatory-phone", "phone"], "different phone columns"),
        (["--wrap-up-s", "5", "--by", "max@example.com"], "is no admin"),
        (["--wrap-up-s", "5", "--country", "ZZ"], "no such country"),
    ],
)
def test_what_cannot_be_set_changes_nothing(with_admin: Command, arguments: list[str], why: str) -> None:
    before = with_admin("org", "show", "--json").output
    refused = with_admin("org", "set", *arguments)
    assert refused.exit_code == 1 and why in refused.stderr
    assert with_admin("org", "show", "--json").output == before


def test_settings_need_an_admin_to_answer_for_them(acme: Command) -> None:
    refused = acme("org", "set", "--wrap-up-s", "5")
    assert refused.exit_code == 1 and "ringpool user add EMAIL --role admin" in refused.stderr


def test_numbers_go_on_do_not_call_and_off_again(with_admin: Command) -> None:
    added = with_admin("dnc", "add", "(212) 555-0001", "+12125550002", "soon", "--note", "By mail")
    assert added.exit_code == 0 and added.stdout.startswith("2 on Do Not Call, 0 there before, 1 refused")
    assert "Line 3: 'soon'" in added.stderr
    told = json.loads(with_admin("dnc", "check", "212-555-0001", "--json").output)
    assert (told["number"], told["note"], told["by"]) == ("+12125550001", "By mail", "Ada")
    assert "By mail" in with_admin("dnc", "check", "+12125550002").output
    gone = with_admin("dnc", "remove", "+12125550001", "--reason", "He asked")
    assert gone.exit_code == 0 and gone.output.startswith("1 off")
    assert with_admin("dnc", "check", "+12125550001").exit_code == 1
    assert with_admin("dnc", "remove", "+12125550001", "--reason", "He asked").exit_code == 1


def test_a_file_of_numbers_goes_on_do_not_call(with_admin: Command, tmp_path: Path) -> None:
    file = tmp_path / "opted out.csv"
    file.write_text("Name,Telephone\nBo,(212) 555-0001\nBea,soon\nBob,(212) 555-0003\n")
    added = with_admin("dnc", "import", str(file))
    assert added.stdout.startswith("2 on Do Not Call") and "Line 3" in added.stderr
    assert json.loads(with_admin("dnc", "check", "+12125550003", "--json").output)["source"] == file.name
    refused = with_admin("dnc", "import", str(file), "--column", "Fax")
    assert refused.exit_code == 1 and "no such column" in refused.stderr


def test_numbers_are_parked_listed_and_let_go(with_admin: Command) -> None:
    parked = with_admin("park", "add", "(212) 555-0001", "--until", IN_A_MONTH)
    assert parked.exit_code == 0 and f"1 parked until {IN_A_MONTH}" in parked.output
    (entry,) = json.loads(with_admin("park", "list", "--json").output)
    assert (entry["number"], entry["until"]) == ("+12125550001", IN_A_MONTH)
    assert "+12125550001" in with_admin("park", "list").output
    assert with_admin("park", "remove", "+12125550001").exit_code == 0
    assert with_admin("park", "remove", "+12125550001").exit_code == 1


def test_a_file_of_numbers_is_parked_each_until_its_day(with_admin: Command, tmp_path: Path) -> None:
    file = tmp_path / "away.csv"
    file.write_text(f"Telephone,Until\n(212) 555-0001,{IN_A_MONTH}\n(212) 555-0002,\n(212) 555-0003,soon\n")
    parked = with_admin("park", "import", str(file))
    assert parked.stdout.startswith("1 parked, 0 there before, 2 refused") and "Line 4" in parked.stderr
    again = with_admin("park", "import", str(file), "--until", IN_A_MONTH)
    assert again.stdout.startswith("1 parked, 1 there before, 1 refused")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["dnc", "add", "soon"], "not a phone number"),
        (["dnc", "check", "soon"], "not a phone number"),
        (["dnc", "remove", "soon", "--reason", "x"], "not a phone number"),
        (["dnc", "remove", "+12125550001", "--reason", " "], "Say why"),
        (["dnc", "add", "+12125550001", "--by", "max@example.com"], "is no admin"),
        (["park", "add", "+12125550001", "--until", "2001-01-01"], "in the future"),
        (["park", "remove", "soon"], "not a phone number"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(with_admin: Command, arguments: list[str], why: str) -> None:
    refused = with_admin(*arguments)
    assert refused.exit_code == 1 and why in refused.stderr and refused.stderr.count("\n") == 1
