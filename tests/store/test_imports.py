"""Reading a file into a list (LPL-8, LPL-11)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from import_house import HEADERS, NOW, House, bo, build

from dialer import uploads
from dialer.db import Database
from dialer.errors import NotFound, Refused
from dialer.imports import suggest_mapping
from dialer.store import imports, jobs, organisations
from dialer.store.imports import ImportOutcome


@pytest.fixture
def house(db: Database, tmp_path: Path) -> House:
    return build(db, tmp_path)


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
        {"rank": 1, "kind": "phone", "number": "+12122000001"},
        {"rank": 2, "kind": "mobile_phone", "number": "+46701740605"},
    ]
    assert house.progress(outcome.import_id).state == "done"


def test_the_list_says_which_number_is_dialed(house: House) -> None:
    house.do("UPDATE list SET phone_field = 'mobile_phone'")
    house.read(house.file(bo(1, Mobile="+46701740605")))
    assert house.rows("SELECT rank, kind, number FROM phone ORDER BY rank") == [
        {"rank": 1, "kind": "mobile_phone", "number": "+46701740605"},
        {"rank": 2, "kind": "phone", "number": "+12122000001"},
    ]


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
    again = {1: "+1 (212) 200-0000", 2_100: "1-212-200-0000", 4_200: "212.200.0000"}
    rows = [bo(n, **({"Phone": again[n]} if n in again else {})) for n in range(4_300)]
    outcome = house.read(house.file(*rows))
    assert (outcome.accepted, outcome.refused) == (4_297, 3)
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
    assert house.read(path, list_id=house.add_list("Summer")).accepted == 1


def test_a_number_that_is_somebodys_second_may_come_as_a_first(house: House) -> None:
    house.read(house.file(bo(1, Mobile="+12122000002")))
    assert house.read(house.file(bo(2))).accepted == 1


def bar(house: House, table: str, number: str, until: date | None = None) -> None:
    columns = "number, until" if until else "number, added_at"
    with house.db.transaction() as connection:
        connection.execute(
            f"INSERT INTO {table} (organisation_id, {columns}) VALUES (%s, %s, %s)",
            (house.organisation_id, number, until or NOW),
        )


def test_numbers_that_may_not_be_dialed_come_in_excluded_and_are_counted(house: House) -> None:
    today = house.rows("SELECT (now() AT TIME ZONE 'America/New_York')::date AS today")[0]["today"]
    bar(house, "do_not_call", "+12122000001")
    bar(house, "parking_lot", "+12122000001", today + timedelta(days=1))
    bar(house, "parking_lot", "+12122000002", today + timedelta(days=1))
    bar(house, "parking_lot", "+12122000003", today)
    other = organisations.create_organisation(house.db, "Other", NOW)
    with house.db.transaction() as connection:
        connection.execute(
            "INSERT INTO do_not_call (organisation_id, number, added_at) VALUES (%s, '+12122000005', %s)",
            (other.id, NOW),
        )
    broken = bo(4, Phone="soon", Mobile="212 200 0044")
    house.read(house.file(bo(1), bo(2), bo(3), broken, bo(5)))
    assert house.rows("SELECT last_name, status, excluded_by FROM prospect ORDER BY position") == [
        {"last_name": "Berg 1", "status": "excluded", "excluded_by": "do_not_call"},
        {"last_name": "Berg 2", "status": "excluded", "excluded_by": "parking_lot"},
        {"last_name": "Berg 3", "status": "pool", "excluded_by": None},
        {"last_name": "Berg 4", "status": "excluded", "excluded_by": "invalid_number"},
        {"last_name": "Berg 5", "status": "pool", "excluded_by": None},
    ]
    (kept,) = house.rows("SELECT custom, id FROM prospect WHERE last_name = 'Berg 4'")
    assert kept["custom"] == {"Phone": "soon"}
    assert house.rows(f"SELECT rank, kind FROM phone WHERE prospect_id = {kept['id']}") == [
        {"rank": 2, "kind": "mobile_phone"}
    ]
    counted = house.rows(
        "SELECT excluded_by, sum(prospects)::int AS n FROM list_tally GROUP BY excluded_by ORDER BY 1"
    )
    assert counted == [
        {"excluded_by": "do_not_call", "n": 1},
        {"excluded_by": "invalid_number", "n": 1},
        {"excluded_by": "parking_lot", "n": 1},
        {"excluded_by": None, "n": 2},
    ]


def test_numbers_are_counted_by_kind_and_zone(house: House) -> None:
    house.read(
        house.file(
            bo(1),
            bo(2, Mobile="+46701740605"),
            bo(3, State="", Phone="(415) 555-0123"),
            bo(4, State="", Phone="800 555 0123"),
            bo(5, State="", Phone="604 555 0123"),
            bo(6, Phone="soon"),
            bo(1),
        )
    )
    house.read(house.file(bo(7)))
    found = house.rows(
        "SELECT kind, toll_free, domestic, time_zone, numbers FROM list_zone ORDER BY kind, time_zone, domestic"
    )
    assert [tuple(row.values()) for row in found] == [
        ("mobile_phone", False, False, "America/Chicago", 1),
        ("phone", False, True, "America/Chicago", 3),
        ("phone", False, True, "America/Los_Angeles", 1),
        ("phone", True, True, "America/New_York", 1),
        ("phone", False, False, "America/Vancouver", 1),
    ]


def test_columns_that_no_field_takes_become_the_organisations_custom_fields(house: House) -> None:
    house.do(
        f"INSERT INTO custom_field (organisation_id, label, kind) VALUES ({house.organisation_id}, 'BUDGET', 'number')"
    )
    mapping = {**suggest_mapping(HEADERS), "custom:Handy": "Mobile"}
    del mapping["mobile_phone"], mapping["region"]
    house.read(house.file(bo(1, Mobile="ask", Budget="300")), mapping=mapping)
    assert [row["label"] for row in house.rows("SELECT label FROM custom_field ORDER BY position, id")] == [
        "BUDGET",
        "Handy",
        "State",
    ]
    assert house.rows("SELECT custom FROM prospect")[0]["custom"] == {
        "BUDGET": "300",
        "Handy": "ask",
        "State": "TX",
    }


def test_prospects_are_sorted_as_the_list_says(house: House) -> None:
    house.do(
        f"INSERT INTO custom_field (organisation_id, label, kind) VALUES ({house.organisation_id}, 'Budget', 'number')"
    )
    house.do("UPDATE list SET sort_by = 'custom:Budget', sort_descending = true")
    house.read(house.file(bo(1, Budget="9"), bo(2, Budget="1,000"), bo(3), bo(4, Budget="90")))
    found = house.rows("SELECT last_name FROM prospect ORDER BY sort_key, position")
    assert [row["last_name"] for row in found] == ["Berg 2", "Berg 4", "Berg 1", "Berg 3"]


def test_phones_that_the_organisation_demands_must_have_a_column(house: House) -> None:
    house.do("UPDATE organisation SET mandatory_phones = '{phone,work_phone}'")
    outcome = house.read(house.file(bo(1)))
    assert outcome.error == "Match a column to Work Phone; every list must have it."


def test_text_that_copy_or_json_would_misread_comes_as_it_is(house: House) -> None:
    odd = 'back\\slash "quoted"\ttab \\N \\. é 李'
    house.read(house.file(bo(1, **{"First Name": odd, "Budget": f"{odd}\nline"})))
    (row,) = house.rows("SELECT first_name, custom FROM prospect")
    assert row == {"first_name": odd, "custom": {"Budget": f"{odd}\nline"}}


def test_a_formula_is_imported_as_the_text_it_is(house: House) -> None:
    house.read(house.file(bo(1, **{"Account Name": "=cmd|' /C calc'!A0"})))
    assert house.rows("SELECT account_name FROM prospect")[0]["account_name"] == "=cmd|' /C calc'!A0"


def test_one_file_at_a_time_is_read_into_a_list(house: House) -> None:
    house.queue(house.file(bo(1)))
    with pytest.raises(Refused, match="Another file"):
        house.queue(house.file(bo(2)))


def test_another_organisations_list_is_not_there(house: House) -> None:
    other = organisations.create_organisation(house.db, "Other", NOW)
    with pytest.raises(NotFound):
        house.read(house.file(bo(1)), organisation_id=other.id, user_id=None)


def test_nothing_is_imported_into_an_archived_list(house: House) -> None:
    waiting = house.queue(house.file(bo(1)))
    house.do("UPDATE list SET archived_at = now()")
    assert house.work()
    assert house.progress(waiting).error == "The list was archived before the file was read."
    with pytest.raises(Refused, match="archived"):
        house.queue(house.file(bo(1)))


def test_open_pages_hear_how_it_goes(house: House) -> None:
    path = house.file(*[bo(n) for n in range(2_500)])
    with psycopg.connect(house.db.url, autocommit=True) as listener:
        listener.execute("LISTEN ringpool_panel")
        outcome = house.read(path)
        heard = [note.payload for note in listener.notifies(timeout=5, stop_after=8)]
    assert heard.count(f"{house.organisation_id}:import:{outcome.import_id}") >= 3  # queued, read, done


def test_refused_rows_as_csv_start_no_formula(house: House) -> None:
    path = house.file(bo(1, **{"Account Name": "=HYPERLINK(1)", "Phone": "soon"}))
    outcome = house.read(path)
    head, line = imports.refused_csv(house.db, outcome.import_id)
    assert head == "Line,Reason,Row\r\n"
    assert ",\"'=HYPERLINK(1)," in line


def test_the_same_file_is_noticed(house: House) -> None:
    path = house.file(bo(1))
    digest = uploads.fingerprint(path)
    assert imports.seen_before(house.db, house.organisation_id, digest) == []
    house.queue(path)
    assert house.work()
    (seen,) = imports.seen_before(house.db, house.organisation_id, digest)
    assert (seen.list_name, seen.by, seen.file_name, seen.state) == ("Spring", "Max", "spring.csv", "done")
    other = organisations.create_organisation(house.db, "Other", NOW)
    assert imports.seen_before(house.db, other.id, digest) == []


def test_the_queue_is_shown_newest_first_by_pages_to_who_manages_lists(house: House) -> None:
    def ids(**asked: Any) -> list[int]:
        return [job.id for job in jobs.listing(house.db, house.max_id, **asked)]

    first = house.queue(house.file(bo(1)))
    assert house.work()
    second = house.queue(house.file(bo(2)))
    third = house.queue(house.file(bo(3)), list_id=house.add_list("Summer"))
    assert ids() == [third, second, first]
    assert ids(limit=2) == [third, second] and ids(before_id=second) == [first]
    assert ids(state="done") == [first] and ids(kind="reset") == []
    newest = jobs.listing(house.db, house.max_id)[0]
    assert (newest.list_name, newest.by, newest.state, newest.file_name) == (
        "Summer",
        "Max",
        "queued",
        "spring.csv",
    )
    house.do("UPDATE app_user SET role = 'agent'")
    assert ids() == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file is empty"),
        (b"A,B,C\n1,2,3\n", "no column 'Phone'"),
        (b"PK\x03\x04 xl/workbook.xml", "Excel workbook or a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook"),
        (",".join(f"c{n}" for n in range(10_000)).encode() + b"\n1\n", "10,000 columns; at most 500"),
        (b"A,\0B\n1,2\n", "NUL"),
    ],
)
def test_a_file_that_is_none_fails_with_its_reason(house: House, content: bytes, reason: str) -> None:
    path = house.folder / "bad.csv"
    path.write_bytes(content)
    import_id = house.queue(path)
    assert house.work()
    ended = house.progress(import_id)
    assert ended.state == "failed" and ended.error is not None and reason in ended.error


def test_a_header_row_alone_brings_nobody(house: House) -> None:
    import_id = house.queue(house.file())
    assert house.work()
    done = house.progress(import_id)
    assert (done.state, done.accepted, done.rows_total) == ("done", 0, 0)


def test_headers_that_stand_twice_are_columns_of_their_own(house: House) -> None:
    path = house.folder / "twice.csv"
    path.write_text("Account Name,First Name,Last Name,Phone,Hat,Hat\nA,B,C,2125550123,red,blue\n")
    house.read(path, mapping=suggest_mapping(["Account Name", "First Name", "Last Name", "Phone"]))
    assert house.rows("SELECT custom FROM prospect")[0]["custom"] == {"Hat": "red", "Hat (2)": "blue"}


@pytest.mark.parametrize("name", ["Łukasz", "محمد", "李小龍", "नरेन्द्र", "👩‍💻", "O'Neil \\ Co"])
def test_names_in_any_script_are_kept(house: House, name: str) -> None:
    house.read(house.file(bo(1, **{"First Name": name})))
    assert house.rows("SELECT first_name FROM prospect")[0]["first_name"] == name
