"""Reading a file into a list: all of it, or failed with nothing left (LPL-8, LPL-11)."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dialer.db import Database, Transactions
from dialer.errors import NotFound, Refused
from dialer.imports import suggest_mapping
from dialer.store import imports, lists, organisations, people
from dialer.store.imports import ImportOutcome

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
HEADERS = ["Account Name", "First Name", "Last Name", "Phone", "Mobile", "State", "Budget"]


@dataclass(frozen=True)
class House:
    """An organisation with its manager Max and one empty list."""

    db: Database
    organisation_id: int
    max_id: int
    list_id: int
    folder: Path

    def file(self, *rows: list[str], name: str = "spring.csv") -> Path:
        path = self.folder / name
        with path.open("w", newline="") as out:
            csv.writer(out).writerows([HEADERS, *rows])
        return path

    def read(self, path: Path, db: Transactions | None = None, **more: Any) -> ImportOutcome:
        values = {
            "organisation_id": self.organisation_id,
            "list_id": self.list_id,
            "user_id": self.max_id,
            "path": path,
            "file_name": path.name,
            "mapping": suggest_mapping(HEADERS),
            "now": NOW,
            **more,
        }
        return imports.import_list(db or self.db, **values)

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self.db.transaction() as connection:
            return connection.execute(query).fetchall()


def bo(number: int, **cells: str) -> list[str]:
    row = dict(
        zip(HEADERS, ["Berg AB", "Bo", f"Berg {number}", f"212555{number:04}", "", "TX", ""], strict=True)
    )
    return list({**row, **cells}.values())


@pytest.fixture
def house(db: Database, tmp_path: Path) -> House:
    acme = organisations.create_organisation(db, "Acme", NOW)
    max_ = people.create_user(
        db, acme.id, NOW, name="Max", email="max@example.com", password="only-for-tests", role="manager"
    )
    list_id = lists.create_list(db, max_.id, lists.ListSettings(name="Spring"), NOW)
    return House(db, acme.id, max_.id, list_id, tmp_path)


def test_rows_become_prospects_in_upload_order(house: House) -> None:
    outcome = house.read(house.file(bo(1, Mobile="+46701740605", Budget="300"), bo(2), bo(3)))
    assert (outcome.accepted, outcome.refused, outcome.error) == (3, 0, None)
    first, *_ = found = house.rows("SELECT * FROM prospect ORDER BY position")
    assert [row["last_name"] for row in found] == ["Berg 1", "Berg 2", "Berg 3"]
    assert (first["status"], first["time_zone"], first["custom"]) == (
        "pool",
        "America/Chicago",
        {"Budget": "300"},
    )
    assert house.rows("SELECT rank, kind, number FROM phone ORDER BY prospect_id, rank LIMIT 2") == [
        {"rank": 1, "kind": "phone", "number": "+12125550001"},
        {"rank": 2, "kind": "mobile_phone", "number": "+46701740605"},
    ]
    assert imports.progress(house.db, house.organisation_id, outcome.import_id).state == "done"


def test_every_refused_row_is_kept_with_line_reason_and_text(house: House) -> None:
    path = house.file(bo(1), bo(2, Phone="soon"), bo(3, **{"Last Name": ""}))
    with path.open("a") as out:
        out.write('ragged,row\nnul\0,a,b,2125550009,,,\n"left open,a,b,2125550010,,,\n')
    outcome = house.read(path)
    assert (outcome.accepted, outcome.refused) == (1, 5)
    told = {row.line: row.reason for row in imports.refused_rows(house.db, outcome.import_id)}
    assert list(told) == [3, 4, 5, 6, 7]
    assert "'soon' is not a phone number" in told[3] and "Last Name is empty" in told[4]
    assert "2 cells and the header 7" in told[5] and "NUL" in told[6] and "not closed" in told[7]
    kept = {row.line: row.raw for row in imports.refused_rows(house.db, outcome.import_id)}
    assert kept[5] == "ragged,row" and kept[6].startswith("nul␀")


def test_a_number_comes_into_a_list_once_however_it_is_written(house: House) -> None:
    again = {1: "+1 (212) 555-0001", 2_100: "1-212-555-0001", 4_200: "212.555.0001"}
    rows = [bo(n, **({"Phone": again[n]} if n in again else {})) for n in range(4_300)]
    outcome = house.read(house.file(bo(1), *rows))
    assert (outcome.accepted, outcome.refused) == (4_298, 3)
    same, next_batch, far = imports.refused_rows(house.db, outcome.import_id)
    assert same.reason == next_batch.reason == "Its phone number is already in line 2."
    assert far.reason == "Its phone number is already in the list."


def test_the_same_file_again_brings_nothing_new(house: House) -> None:
    path = house.file(bo(1), bo(2))
    house.read(path)
    assert house.read(path) == ImportOutcome(2, 0, 2, None)
    assert len(house.rows("SELECT FROM prospect")) == 2


def test_another_list_may_have_the_same_number(house: House) -> None:
    path = house.file(bo(1))
    house.read(path)
    other = lists.create_list(house.db, house.max_id, lists.ListSettings(name="Summer"), NOW)
    assert house.read(path, list_id=other).accepted == 1


def test_a_do_not_call_number_comes_in_excluded(house: House) -> None:
    with house.db.transaction() as connection:
        connection.execute(
            "INSERT INTO do_not_call (organisation_id, number, added_at) VALUES (%s, '+12125550001', %s)",
            (house.organisation_id, NOW),
        )
    house.read(house.file(bo(1), bo(2)))
    assert house.rows("SELECT status, excluded_by FROM prospect ORDER BY position") == [
        {"status": "excluded", "excluded_by": "do_not_call"},
        {"status": "pool", "excluded_by": None},
    ]


def test_a_file_that_is_none_fails_with_its_reason(house: House) -> None:
    path = house.folder / "empty.csv"
    path.write_bytes(b"")
    outcome = house.read(path)
    assert outcome.error is not None and "empty" in outcome.error
    assert imports.progress(house.db, house.organisation_id, outcome.import_id).state == "failed"


def test_one_file_at_a_time_is_read_into_a_list(house: House) -> None:
    order = {"organisation_id": house.organisation_id, "list_id": house.list_id, "user_id": house.max_id}
    order |= {"file_token": "a" * 32, "file_size": 1, "file_hash": b"", "mapping": {}, "keep_unmapped": True}
    imports.queue_import(house.db, **order, file_name="a.csv", now=NOW)
    with pytest.raises(Refused, match="Another file"):
        imports.queue_import(house.db, **order, file_name="b.csv", now=NOW)


def test_another_organisations_list_is_not_there(house: House) -> None:
    other = organisations.create_organisation(house.db, "Other", NOW)
    with pytest.raises(NotFound):
        house.read(house.file(bo(1)), organisation_id=other.id, user_id=None)


def test_open_pages_hear_how_it_goes(house: House, database_url: str) -> None:
    import psycopg

    path = house.file(*[bo(n) for n in range(2_500)])
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("LISTEN ringpool_panel")
        outcome = house.read(path)
        heard = [note.payload for note in listener.notifies(timeout=5, stop_after=8)]
    topic = f"{house.organisation_id}:import:{outcome.import_id}"
    assert heard.count(topic) >= 3  # queued, the first batch, done


def test_refused_rows_as_csv_start_no_formula(house: House) -> None:
    path = house.file(bo(1, **{"Account Name": "=HYPERLINK(1)", "Phone": "soon"}))
    outcome = house.read(path)
    head, line = imports.refused_csv(house.db, outcome.import_id)
    assert head == "Line,Reason,Row\r\n"
    assert ",\"'=HYPERLINK(1)," in line
