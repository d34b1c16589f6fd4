"""Which column becomes which field."""

from __future__ import annotations

from typing import Any

import pytest

from dialer.import_plan import agree_on
from dialer.imports import BadMapping, fields

HEADERS = ("Company", "First name", "Last name", "Telephone", "Cell", "Town")
KNOWN = fields(["Town"])
USUAL = {
    "account_name": "Company",
    "first_name": "First name",
    "last_name": "Last name",
    "phone": "Telephone",
    "mobile_phone": "Cell",
    "custom:Town": "Town",
}


def test_obvious_headers_match_by_themselves() -> None:
    assert agree_on(HEADERS, KNOWN, {}) == USUAL


def test_what_is_wanted_goes_before_what_is_obvious() -> None:
    assert agree_on(HEADERS, KNOWN, {"phone": "Cell"}) == {
        **{name: header for name, header in USUAL.items() if name != "mobile_phone"},
        "phone": "Cell",
    }


def test_a_field_can_be_left_without_a_column() -> None:
    assert "mobile_phone" not in agree_on(HEADERS, KNOWN, {"mobile_phone": None})


@pytest.mark.parametrize(
    ("wanted", "more", "why"),
    [
        ({"fax": "Cell"}, {}, "no field 'fax'"),
        ({"phone": "Fax"}, {}, "no column 'Fax'"),
        ({"phone": "Town", "email": "Town"}, {}, "cannot fill both"),
        ({"phone": None}, {}, "Match a column to Phone"),
        ({"mobile_phone": None}, {"phone_field": "mobile_phone"}, "number that is dialed"),
        ({}, {"sort_by": "region"}, "sorted by region"),
        ({}, {"sort_by": "custom:Plan"}, "sorted by custom:Plan"),
        ({"custom:Town": None}, {"sort_by": "custom:Town", "keep_unmapped": False}, "sorted by custom:Town"),
    ],
)
def test_what_cannot_be_is_said(wanted: dict[str, str | None], more: dict[str, Any], why: str) -> None:
    with pytest.raises(BadMapping, match=why):
        agree_on(HEADERS, KNOWN, wanted, **more)


@pytest.mark.parametrize("sort_by", ["upload", "random", "last_name", "custom:Town"])
def test_a_list_is_sorted_by_what_a_column_fills(sort_by: str) -> None:
    assert agree_on(HEADERS, KNOWN, {}, sort_by=sort_by) == USUAL


def test_a_column_that_is_kept_can_be_sorted_by() -> None:
    agree_on(HEADERS, fields(), {}, sort_by="custom:Town")
