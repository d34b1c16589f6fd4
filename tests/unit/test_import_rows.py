"""From headers and cells to prospects (LPL-8)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.csv_files import Record
from dialer.import_batches import Batch, Rules
from dialer.import_checks import Checker
from dialer.imports import FIELDS, BadMapping, check_mapping, fields, suggest_mapping

HEADERS = ["Account Name", "First Name", "Last Name", "Phone", "Mobile", "Time Zone", "Budget"]
MAPPING = {
    "account_name": "Account Name",
    "first_name": "First Name",
    "last_name": "Last Name",
    "phone": "Phone",
    "mobile_phone": "Mobile",
    "time_zone": "Time Zone",
}
BO = ["Berg AB", " Bo ", "Berg", "(212) 555-0123", "", "", ""]
COLUMNS = (
    *("position", "account_name", "first_name", "last_name", "email", "region", "postal_code"),
    *("time_zone", "custom", "notes", "sort_key"),
)


def check(*rows: list[str], mapping: dict[str, str] = MAPPING, **rules: Any) -> Batch:
    records = [Record(line, cells, ",".join(cells), None) for line, cells in enumerate(rows, start=2)]
    checker = Checker(HEADERS, mapping, Rules(**{"country": "US", "default_zone": "America/Denver", **rules}))
    return checker.check(records, 6, {})


def fields_of(batch: Batch, place: int = 0) -> dict[str, str]:
    """What COPY is told of a row; none of these tests' values has to be escaped."""
    return dict(zip(COLUMNS, batch.texts[place].split("\t"), strict=True))


def why(cells: list[str], **rules: Any) -> str:
    batch = check(cells, **rules)
    assert batch.texts == []
    (refused,) = batch.refused
    return refused.reason


def with_cell(header: str, text: str) -> list[str]:
    cells = list(BO)
    cells[HEADERS.index(header)] = text
    return cells


def test_exact_headers_are_matched_whatever_their_case_and_spacing() -> None:
    assert suggest_mapping(["PHONE", " account_name", "first  name", "Last-Name", "Shoe size"]) == {
        "phone": "PHONE",
        "account_name": " account_name",
        "first_name": "first  name",
        "last_name": "Last-Name",
    }


def test_obvious_headers_are_matched_and_a_header_serves_one_field() -> None:
    found = suggest_mapping(["Company", "Given name", "Surname", "Phone number", "Cell", "Zip code", "State"])
    assert found["account_name"] == "Company" and found["mobile_phone"] == "Cell"
    assert found["postal_code"] == "Zip code" and found["region"] == "State"
    assert len(set(found.values())) == len(found) == 7


def test_a_custom_field_is_matched_by_its_label() -> None:
    assert suggest_mapping(["shoe SIZE", "Phone"], fields(["Shoe Size", "Hat"])) == {
        "phone": "Phone",
        "custom:Shoe Size": "shoe SIZE",
    }


def test_headers_in_any_script_match_no_field_by_chance() -> None:
    assert suggest_mapping(["姓名", "电话", "—", "!"], fields(["★"])) == {}


def test_a_mandatory_field_without_a_column_is_named() -> None:
    with pytest.raises(BadMapping, match="First Name and Last Name"):
        check_mapping(["A", "B"], {"account_name": "A", "phone": "B"})


def test_the_organisation_says_which_phone_columns_a_list_must_bring() -> None:
    ours = fields((), ["work_phone", "mobile_phone"])
    assert [f.label for f in ours if f.mandatory][3:] == ["Mobile Phone", "Work Phone"]
    with pytest.raises(BadMapping, match="column to Work Phone; every"):
        check_mapping(HEADERS, MAPPING, ours)
    check_mapping(HEADERS, {**MAPPING, "work_phone": "Budget"}, ours)


def test_the_number_that_is_dialed_needs_a_column() -> None:
    with pytest.raises(BadMapping, match="Work Phone; it is the number that the list dials"):
        check(BO, phone_field="work_phone")


def test_a_field_or_header_that_is_not_there_is_named() -> None:
    with pytest.raises(BadMapping, match="no column 'Telefon'"):
        check_mapping(HEADERS, {**MAPPING, "phone": "Telefon"})
    with pytest.raises(BadMapping, match="no field 'shoe'"):
        check_mapping(HEADERS, {**MAPPING, "shoe": "Budget"})
    with pytest.raises(BadMapping, match="1 to 200 characters"):
        check_mapping(HEADERS, {**MAPPING, "custom: ": "Budget"})


def test_a_row_becomes_a_prospect() -> None:
    batch = check([*BO[:4], "+46 70 174 06 05", "PST", "300"])
    row = fields_of(batch)
    assert (row["position"], row["first_name"], batch.dialed) == ("7", "Bo", ["+12125550123"])
    assert batch.phones == {"phone": ["+12125550123"], "mobile_phone": ["+46701740605"]}
    assert row["time_zone"] == "America/Los_Angeles" and batch.zones == ["America/Los_Angeles"]
    assert json.loads(row["custom"]) == {"Budget": "300"}


def test_columns_nobody_asked_for_can_be_left_out() -> None:
    assert fields_of(check(with_cell("Budget", "300"), keep_unmapped=False))["custom"] == "{}"


def test_a_custom_field_is_spelt_as_the_organisation_has_it() -> None:
    row = fields_of(check(with_cell("Budget", "300"), labels={"BUDGET": "number"}))
    assert json.loads(row["custom"]) == {"BUDGET": "300"}


def test_no_two_columns_share_a_custom_field() -> None:
    mapping = {**MAPPING, "custom:budget": "Mobile"}
    del mapping["mobile_phone"]
    row = fields_of(check([*BO[:4], "12", "", "300"], mapping=mapping))
    assert json.loads(row["custom"]) == {"budget": "12", "Budget (2)": "300"}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (BO[:5], "5 cells and the header 7"),
        ([*BO, "more"], "8 cells and the header 7"),
        (with_cell("Phone", "soon"), "Phone: 'soon' is not a phone number"),
        (with_cell("Phone", ""), "Phone is empty"),
        (with_cell("Last Name", "  "), "Last Name is empty"),
        (with_cell("First Name", "o" * 201), "First Name is longer than 200"),
        (with_cell("Budget", "9" * 2001), "Budget is longer than 2,000"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(cells: list[str], reason: str) -> None:
    assert reason in why(cells)


def test_empty_cells_past_the_header_are_no_harm() -> None:
    assert check([*BO, "", ""]).dialed == ["+12125550123"]


def test_a_second_phone_or_zone_not_understood_is_kept_as_it_was_written() -> None:
    batch = check([*BO[:4], "ask her", "half past", ""])
    row = fields_of(batch)
    assert batch.phones["mobile_phone"] == [""] and row["time_zone"] == "America/New_York"
    assert json.loads(row["custom"]) == {"Mobile Phone": "ask her", "Time Zone": "half past"}


def test_a_row_whose_dialed_number_is_unusable_comes_in_if_another_is_fine() -> None:
    batch = check([*BO[:3], "soon", "(415) 555-0123", "", "300"])
    assert batch.dialed == [""] and batch.phones["mobile_phone"] == ["+14155550123"]
    assert batch.zones == ["America/Los_Angeles"]
    assert json.loads(fields_of(batch)["custom"]) == {"Budget": "300", "Phone": "soon"}


def test_the_number_that_is_dialed_comes_first() -> None:
    batch = check([*BO[:4], "(415) 555-0123", "", ""], phone_field="mobile_phone")
    assert list(batch.phones) == ["mobile_phone", "phone"] and batch.dialed == ["+14155550123"]


def test_a_mandatory_number_that_is_missing_refuses_the_row() -> None:
    assert why(BO, fields=fields((), ["phone", "mobile_phone"])) == "Mobile Phone is empty."


def test_a_number_comes_once() -> None:
    batch = check(BO, with_cell("Phone", "212.555.0123"))
    assert [refused.reason for refused in batch.refused] == ["Its phone number is already in line 2."]
    assert len(batch.texts) == 1


@pytest.mark.parametrize(
    ("sort_by", "descending", "order"),
    [
        ("upload", False, [0, 1, 2]),
        ("first_name", False, [1, 2, 0]),
        ("first_name", True, [0, 2, 1]),
        ("phone", False, [1, 2, 0]),
        ("custom:Budget", False, [2, 0, 1]),
        ("custom:Budget", True, [1, 0, 2]),
        ("custom:Never seen", False, [0, 1, 2]),
    ],
)
def test_rows_get_the_key_that_the_list_is_sorted_by(
    sort_by: str, descending: bool, order: list[int]
) -> None:
    rows = [
        ["Berg", "Eva", "Berg", "(712) 555-0123", "", "", "90"],
        ["Berg", "Ana", "Berg", "(212) 555-0123", "", "", "1,000"],
        ["Berg", "Bo", "Berg", "(312) 555-0123", "", "", "9"],
    ]
    batch = check(*rows, sort_by=sort_by, sort_descending=descending, labels={"Budget": "number"})
    keys = [fields_of(batch, place)["sort_key"] for place in range(3)]
    assert sorted(range(3), key=lambda place: keys[place]) == order


def test_random_order_is_another_each_time() -> None:
    keys = [fields_of(check(BO, sort_by="random"))["sort_key"] for _ in range(2)]
    assert keys[0] != keys[1] and all(len(key) == len(r"\\x") + 12 for key in keys)


def test_four_fields_are_mandatory() -> None:
    assert [f.label for f in FIELDS if f.mandatory] == ["Account Name", "First Name", "Last Name", "Phone"]


CELLS = st.text(max_size=8) | st.sampled_from(
    ["(212) 555-0123", "+46 70 174 06 05", "415 555 0123", "EST", 'a"b', "a\\b", "a\tb\nc", "=1", "9" * 2001]
)


@settings(max_examples=100)
@given(st.lists(st.lists(CELLS, min_size=6, max_size=8), max_size=6))
def test_rows_checked_together_come_out_as_each_by_itself(rows: list[list[str]]) -> None:
    together = check(*rows)
    texts, reasons = iter(together.texts), {row.line: row.reason for row in together.refused}
    for place, cells in enumerate(rows):
        alone = check(cells)
        reason = reasons.get(place + 2)
        if reason is None:
            assert next(texts).partition("\t")[2] == alone.texts[0].partition("\t")[2]
        else:
            assert "already in line" in reason or reason == alone.refused[0].reason
    assert next(texts, None) is None
