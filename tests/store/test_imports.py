"""Reading a file into a list: all of it, or failed with nothing left (LPL-8, LPL-11)."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dialer.db import Connection, Database, Transactions
from dialer.errors import DatabaseUnavailable, NotFound, Refused
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
        {"rank": 2, "kind": "mobile", "number": "+46701740605"},
    ]
    assert imports.progress(house.db, house.organisation_id, outcome.import_id).state == "done"


def test_the_panels_role_can_read_a_file_too(house: House) -> None:
    outcome = house.read(house.file(bo(1), bo(1)), house.db.for_organisation(house.organisation_id))
    assert (outcome.accepted, outcome.refused, outcome.error) == (1, 1, None)


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
    many = [bo(n) for n in range(2, 2_100)]
    outcome = house.read(
        house.file(bo(1), bo(1, Phone="+1 (212) 555-0001"), *many, bo(1, Phone="1-212-555-0001"))
    )
    assert (outcome.accepted, outcome.refused) == (2_099, 2)
    near, far = imports.refused_rows(house.db, outcome.import_id)
    assert near.reason == "Its phone number is already in line 2."
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


class Breaking:
    """A database that is gone at the n-th transaction and back at the next."""

    def __init__(self, db: Database, breaks_at: int) -> None:
        self.db, self.left = db, breaks_at

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        self.left -= 1
        if self.left == 0:
            raise DatabaseUnavailable("The database does not answer.")
        with self.db.transaction() as connection:
            yield connection


def test_an_import_that_fails_leaves_no_half_list(house: House) -> None:
    path = house.file(*[bo(n) for n in range(6_000)])
    # queue, begin, batch, batch, then gone
    outcome = house.read(path, Breaking(house.db, 5))
    assert outcome.error == "The database does not answer." and outcome.accepted == 0
    assert house.rows("SELECT FROM prospect") == [] and house.rows("SELECT FROM phone") == []
    assert house.read(path).accepted == 6_000


def test_a_failed_import_leaves_those_whom_somebody_has_taken(house: House) -> None:
    path = house.file(*[bo(n) for n in range(4_500)])

    class Taking(Breaking):
        @contextmanager
        def transaction(self) -> Iterator[Connection]:
            if self.left == 2:
                with self.db.transaction() as connection:
                    connection.execute("UPDATE prospect SET status = 'held' WHERE position <= 3")
            with super().transaction() as connection:
                yield connection

    outcome = house.read(path, Taking(house.db, 5))
    assert outcome.accepted == 3
    assert [row["status"] for row in house.rows("SELECT status FROM prospect")] == ["held"] * 3


def test_an_import_whose_process_died_ends_as_failed(house: House) -> None:
    path = house.file(*[bo(n) for n in range(4_500)])

    class Killed(BaseException):
        pass

    class Dying(Breaking):
        @contextmanager
        def transaction(self) -> Iterator[Connection]:
            self.left -= 1
            if self.left <= 0:
                raise Killed
            with self.db.transaction() as connection:
                yield connection

    with pytest.raises(Killed):
        house.read(path, Dying(house.db, 4))
    assert len(house.rows("SELECT FROM prospect")) == 2_000
    assert imports.fail_interrupted(house.db) == [], "it may still be alive"
    assert imports.fail_interrupted(house.db, silent_for=timedelta(0)) == [1]
    ended = imports.progress(house.db, house.organisation_id, 1)
    assert (ended.state, ended.accepted) == ("failed", 0) and ended.error is not None
    assert house.rows("SELECT FROM prospect") == []


def test_an_import_declared_dead_stops_at_its_next_batch(house: House) -> None:
    path = house.file(*[bo(n) for n in range(6_000)])

    class Declaring(Breaking):
        @contextmanager
        def transaction(self) -> Iterator[Connection]:
            if self.left == 1:
                imports.fail_interrupted(house.db, silent_for=timedelta(0))
            self.left -= 1
            with self.db.transaction() as connection:
                yield connection

    outcome = house.read(path, Declaring(house.db, 4))
    assert outcome.error is not None and "interrupted" in outcome.error
    assert house.rows("SELECT FROM prospect") == []


def test_one_file_at_a_time_is_read_into_a_list(house: House) -> None:
    order = {"organisation_id": house.organisation_id, "list_id": house.list_id, "user_id": house.max_id}
    imports.queue_import(house.db, **order, file_name="a.csv", mapping={}, now=NOW)
    with pytest.raises(Refused, match="Another file"):
        imports.queue_import(house.db, **order, file_name="b.csv", mapping={}, now=NOW)


def test_another_organisations_list_is_not_there(house: House) -> None:
    other = organisations.create_organisation(house.db, "Other", NOW)
    with pytest.raises(NotFound):
        house.read(house.file(bo(1)), organisation_id=other.id, user_id=None)


def test_open_pages_hear_of_every_batch(house: House, database_url: str) -> None:
    import psycopg

    path = house.file(*[bo(n) for n in range(2_500)])
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("LISTEN ringpool_panel")
        outcome = house.read(path)
        heard = [note.payload for note in listener.notifies(timeout=5, stop_after=9)]
    topic = f"{house.organisation_id}:import:{outcome.import_id}"
    assert heard.count(topic) == 4  # queued, two batches, done


def test_refused_rows_as_csv_start_no_formula(house: House) -> None:
    path = house.file(bo(1, **{"Account Name": "=HYPERLINK(1)", "Phone": "soon"}))
    outcome = house.read(path)
    head, line = imports.refused_csv(house.db, outcome.import_id)
    assert head == "Line,Reason,Row\r\n"
    assert ",\"'=HYPERLINK(1)," in line
