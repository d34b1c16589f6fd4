"""`ringpool list`: from a file to a list, and what becomes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import pytest
from click.testing import Result
from panel_floor import Floor

from dialer.clock import now
from dialer.db import Database
from dialer.store import jobs, mappings, people
from dialer.store.imports import queue_import
from dialer.store.organisations import organisation_by_name

Command = Callable[..., Result]

ROWS = """Company,First name,Last name,Telephone,Town
Berg AB,Bo,Berg,(212) 555-0001,Malmö
Berg AB,Bo,Berg,soon,Malmö
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "spring.csv"
    path.write_bytes(ROWS.encode("cp1252"))
    return path


def told(run: Command, name: str = "spring") -> dict[str, object]:
    return dict(json.loads(run("list", "info", name, "--json").output))


def dialed(db: Database) -> None:
    """Everybody has been called."""
    with db.transaction() as connection:
        connection.execute("UPDATE prospect SET status = 'done', attempts = 3")


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


def test_a_list_has_the_settings_that_were_given(acme: Command, file: Path) -> None:
    saved = acme(
        "list", "import", str(file), "--sort-by", "custom:Town", "--descending", "--no-overnight-reset",
        "--reset-by-itself", "--calling-until", "18:30", "--batch-size", "50", "--kind", "normal",
    )  # fmt: skip
    assert saved.exit_code == 0, saved.output
    known = told(acme)
    assert (known["sort_by"], known["sort_descending"], known["overnight_reset"]) == (
        "custom:Town",
        True,
        False,
    )
    assert (known["calling_until"], known["batch_size"], known["kind"]) == ("18:30", 50, "normal")
    assert known["phone_field"] == "phone" and known["reset_by_itself"] is True


def test_info_shows_counts_zones_and_imports(acme: Command, file: Path) -> None:
    acme("list", "import", str(file), "--assign-user", "ana@example.com")
    shown = acme("list", "info", "1").output
    for text in (
        "total prospects",
        "remaining dialable",
        "parking lot",
        "Ana",
        "EST",
        "spring.csv, done, 1 in",
    ):
        assert text in shown
    assert told(acme)["zones"]["EST"] == {"phone": 1, "total": 1}


def test_a_saved_mapping_is_used_and_corrected(acme: Command, file: Path, db: Database) -> None:
    acme_org = organisation_by_name(db, "Acme")
    assert acme_org is not None
    max_ = next(user for user in people.people(db, acme_org.id) if user.name == "Max")
    wanted = {"account_name": "Town", "custom:Firm": "Company", "email": "E-mail"}
    mappings.save(db, max_.id, "Monthly", wanted, now())
    used = acme("list", "import", str(file), "--use-mapping", "monthly", "--map", "custom:Firm=")
    assert used.exit_code == 0, used.output
    with db.transaction() as connection:
        row = connection.execute("SELECT account_name, custom FROM prospect").fetchone()
    assert row == {"account_name": "Malmö", "custom": {"Company": "Berg AB"}}
    refused = acme("list", "import", str(file), "--use-mapping", "weekly")
    assert refused.exit_code == 1 and "no saved mapping" in refused.stderr


def test_the_same_file_twice_is_noticed(acme: Command, file: Path) -> None:
    assert "same file" not in acme("list", "import", str(file)).stderr
    assert "The same file is in list 1 «spring»" in acme("list", "import", str(file)).stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--sort-by", "region"], "no column of the file fills it"),
        (["--sort-by", "custom:Town", "--skip-unmapped"], "no column of the file fills it"),
        (["--phone-field", "work_phone"], "number that is dialed"),
        (["--map", "fax=Town"], "no field 'fax'"),
        (["--map", "phone"], "write FIELD=HEADER"),
        (["--calling-from", "09:00", "--calling-until", "09:00"], "no time to call"),
        (["--assign-user", "nobody@example.com"], "no user nobody"),
        (["--assign-team", "North"], "no team named North"),
        (["--name", "x" * 121], "1 to 120 characters"),
    ],
)
def test_what_cannot_be_imported_makes_no_list(
    acme: Command, file: Path, arguments: list[str], why: str
) -> None:
    refused = acme("list", "import", str(file), *arguments)
    assert refused.exit_code == 1 and why in refused.stderr
    assert json.loads(acme("list", "list", "--json").output) == []


def test_ctrl_c_ends_an_import_and_leaves_nothing(
    acme: Command, tmp_path: Path, database_url: str, db: Database
) -> None:
    big = tmp_path / "big.csv"
    with big.open("w") as rows:
        rows.write("Company,First name,Last name,Telephone\n")
        rows.writelines(f"Berg {n},Bo,Berg,212{2000000 + n}\n" for n in range(400_000))
    command = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "list", "import", str(big)],
        env={**os.environ, "DATABASE_URL": database_url, "RINGPOOL_HOME": str(tmp_path / "home")},
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run behind a shell's &, Ctrl-C is ignored by all that they start.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    try:
        until = monotonic() + 60
        while not (begun(acme) or command.poll() is not None or monotonic() > until):
            sleep(0.05)  # a poll of a condition that nobody announces
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=120)
    finally:
        command.kill()
    assert command.returncode == 1 and "Cancelled. Nothing was imported." in said, said
    assert json.loads(acme("list", "list", "--json").output) == []
    with db.transaction() as connection:
        assert connection.execute("SELECT count(*) AS n FROM prospect").fetchone() == {"n": 0}


def begun(run: Command) -> bool:
    """Whether the first batch is in."""
    return any(job["accepted"] for job in json.loads(run("list", "jobs", "--json").output))


def test_a_list_is_edited(acme: Command, file: Path) -> None:
    acme("list", "import", str(file))
    assert acme("list", "edit", "spring", "--batch-size", "7", "--no-overnight-reset").exit_code == 0
    known = told(acme)
    assert (known["batch_size"], known["overnight_reset"]) == (7, False)
    refused = acme("list", "edit", "spring")
    assert refused.exit_code == 1 and "Say what is to be different" in refused.stderr


def test_a_list_is_not_taken_from_who_is_dialing_unless_told(acme: Command, db: Database) -> None:
    floor = Floor(db, "Nord")
    max_, ana = floor.hire("Max", people.Role.MANAGER), floor.hire("Ana", extension="1001")
    list_id = str(floor.add_list(max_, ana))
    floor.sit_down(ana, int(list_id))
    refused = acme("list", "assign", list_id, "--org", "Nord")
    assert refused.exit_code == 1 and "Dialing this list now: Ana. Add --interrupt" in refused.stderr
    assert acme("list", "assign", list_id, "--org", "Nord", "--interrupt").exit_code == 0
    assert json.loads(acme("list", "info", list_id, "--org", "Nord", "--json").output)["assigned"] == []


def test_a_list_is_reset_here_or_by_the_importer(
    acme: Command, file: Path, db: Database, tmp_path: Path
) -> None:
    acme("list", "import", str(file))
    nobody = acme("list", "reset", "spring", "--yes")
    assert nobody.exit_code == 1 and "nobody on this list" in nobody.stderr
    dialed(db)
    kept = acme("list", "reset", "spring", input="n\n")
    assert kept.exit_code == 1 and "Nothing was changed" in kept.stderr
    here = acme("list", "reset", "spring", "--yes", "--now")
    assert here.exit_code == 0 and "1 prospects can be dialed again" in here.output
    assert told(acme)["remaining"] == 1
    dialed(db)
    queued = acme("list", "reset", "spring", "--yes")
    assert queued.exit_code == 0 and "the importer does it" in queued.output
    assert [job["state"] for job in json.loads(acme("list", "jobs", "--kind", "reset", "--json").output)] == [
        "queued",
        "done",
    ]
    again = acme("list", "reset", "spring", "--yes")
    assert again.exit_code == 1 and "is open" in again.stderr
    assert jobs.work_once(db, tmp_path, "test")
    assert told(acme)["remaining"] == 1


def test_an_archived_list_is_out_of_sight(acme: Command, file: Path) -> None:
    acme("list", "import", str(file))
    assert acme("list", "archive", "spring", "--yes").exit_code == 0
    assert json.loads(acme("list", "list", "--json").output) == []
    refused = acme("list", "info", "spring")
    assert refused.exit_code == 1 and "no list spring" in refused.stderr


def test_an_import_that_is_over_cannot_be_cancelled(acme: Command, file: Path) -> None:
    acme("list", "import", str(file))
    assert "spring" in acme("list", "jobs").output
    over = acme("list", "cancel", "1")
    assert over.exit_code == 1 and "over already" in over.stderr
    missing = acme("list", "cancel", "7")
    assert missing.exit_code == 1 and "no such import" in missing.stderr


def test_a_queued_import_is_cancelled(acme: Command, db: Database) -> None:
    floor = Floor(db, "Nord")
    max_ = floor.hire("Max", people.Role.MANAGER)
    list_id = floor.add_list(max_, prospects=0)
    job_id = queue_import(
        floor.tenant, organisation_id=floor.organisation.id, list_id=list_id, user_id=max_.id,
        file_name="a.csv", file_token="0" * 32, file_size=1, file_hash=b"x", mapping={}, keep_unmapped=True,
        now=now(),
    )  # fmt: skip
    strange = acme("list", "cancel", str(job_id), "--org", "Acme")
    assert strange.exit_code == 1 and "no such import" in strange.stderr
    assert "is cancelled" in acme("list", "cancel", str(job_id), "--org", "Nord").output


def test_refused_rows_of_another_organisation_are_not_shown(acme: Command, file: Path) -> None:
    acme("list", "import", str(file))
    acme("org", "add", "Nord")
    acme("user", "add", "nils@example.com", "--name", "Nils", "--role", "manager", "--org", "Nord",
         "--password-stdin", input="only-for-tests\n")  # fmt: skip
    refused = acme("list", "refused", "1", "--org", "Nord")
    assert refused.exit_code == 1 and "soon" not in refused.output
