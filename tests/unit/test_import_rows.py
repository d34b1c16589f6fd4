"""From headers and cells to a prospect (LPL-8)."""

import json

import pytest

from dialer.imports import FIELDS, BadMapping, RefusedRow, check_mapping, row_reader, suggest_mapping

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


def read(cells: list[str], **settings: object):  # type: ignore[no-untyped-def]
    reader = row_reader(
        HEADERS,
        MAPPING,
        **{"country": "US", "default_zone": "America/Denver", **settings},  # type: ignore[arg-type]
    )
    return reader(7, cells)


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


def test_a_mandatory_field_without_a_column_is_named() -> None:
    with pytest.raises(BadMapping, match="First Name and Last Name"):
        check_mapping(["A", "B"], {"account_name": "A", "phone": "B"})


def test_a_field_or_header_that_is_not_there_is_named() -> None:
    with pytest.raises(BadMapping, match="no column 'Telefon'"):
        check_mapping(HEADERS, {**MAPPING, "phone": "Telefon"})
    with pytest.raises(BadMapping, match="no field 'shoe'"):
        check_mapping(HEADERS, {**MAPPING, "shoe": "Budget"})


def test_a_row_becomes_a_prospect() -> None:
    row = read([*BO[:4], "+46 70 174 06 05", "PST", "300"])
    assert (row.position, row.first_name, row.phone) == (7, "Bo", "+12125550123")
    assert (row.mobile_phone, row.work_phone, row.time_zone) == ("+46701740605", None, "America/Los_Angeles")
    assert json.loads(row.custom) == {"Budget": "300"}


def test_columns_nobody_asked_for_can_be_left_out() -> None:
    assert read(with_cell("Budget", "300"), keep_unmapped=False).custom == "{}"


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (BO[:5], "5 cells and the header 7"),
        ([*BO, "more"], "8 cells and the header 7"),
        (with_cell("Phone", "soon"), "Phone: 'soon' is not a phone number"),
        (with_cell("Phone", ""), "Phone is empty"),
        (with_cell("Last Name", "  "), "Last Name is empty"),
        (with_cell("First Name", "o" * 201), "First Name is longer than 200"),
        (with_cell("Budget", "9" * 2001), "Budget is longer than 2000"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(cells: list[str], why: str) -> None:
    with pytest.raises(RefusedRow, match=why):
        read(cells)


def test_empty_cells_past_the_header_are_no_harm() -> None:
    assert read([*BO, "", ""]).phone == "+12125550123"


def test_a_second_phone_or_zone_not_understood_is_kept_as_it_was_written() -> None:
    row = read([*BO[:4], "ask her", "half past", ""])
    assert row.mobile_phone is None and row.time_zone == "America/New_York"
    assert json.loads(row.custom) == {"Mobile Phone": "ask her", "Time Zone": "half past"}


def test_four_fields_are_mandatory() -> None:
    assert [f.label for f in FIELDS if f.mandatory] == ["Account Name", "First Name", "Last Name", "Phone"]
