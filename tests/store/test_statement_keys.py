"""Prospects belong to lists and phones to prospects, though no foreign key says so (decision 7)."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from import_house import House, bo, build
from psycopg.errors import CheckViolation, ForeignKeyViolation, InvalidTextRepresentation

from dialer.db import Database
from dialer.store import organisations


@pytest.fixture
def house(db: Database, tmp_path: Path) -> House:
    """Bo 1 and Bo 2 are in the list, with two numbers and one."""
    house = build(db, tmp_path)
    house.read(house.file(bo(1, Mobile="+46701740605"), bo(2)))
    return house


INSERT_PROSPECT = (
    "INSERT INTO prospect (organisation_id, list_id, position, time_zone)"
    " SELECT organisation_id, {}, 9, 'UTC' FROM list"
)


def test_a_prospect_needs_its_list(house: House) -> None:
    with pytest.raises(ForeignKeyViolation):
        house.do(INSERT_PROSPECT.format("list.id + 1"))


def test_a_prospect_needs_a_list_of_its_own_organisation(house: House) -> None:
    other = organisations.create_organisation(house.db, "Other", house.rows("SELECT now()")[0]["now"])
    with pytest.raises(ForeignKeyViolation):
        house.do(f"INSERT INTO prospect (organisation_id, list_id, position, time_zone)"
                 f" VALUES ({other.id}, {house.list_id}, 9, 'UTC')")  # fmt: skip


def test_a_phone_needs_its_prospect(house: House) -> None:
    with pytest.raises(ForeignKeyViolation):
        house.do("INSERT INTO phone (organisation_id, prospect_id, rank, number)"
                 " SELECT organisation_id, id + 100, 1, '+12125550100' FROM prospect")  # fmt: skip


def test_prospect_and_phone_may_come_in_one_statement(house: House) -> None:
    house.do(
        f"WITH made AS ({INSERT_PROSPECT.format('list.id')} RETURNING organisation_id, id)"
        " INSERT INTO phone (organisation_id, prospect_id, number)"
        " SELECT organisation_id, id, '+12125550100' FROM made"
    )
    assert len(house.rows("SELECT FROM phone")) == 4


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE prospect SET list_id = list_id + 1",
        "UPDATE prospect SET organisation_id = organisation_id + 1",
        "UPDATE phone SET prospect_id = prospect_id + 100",
        "UPDATE list SET organisation_id = organisation_id + 1",
    ],
)
def test_what_it_belongs_to_stays(house: House, change: str) -> None:
    with pytest.raises(psycopg.errors.IntegrityError):
        house.do(change)


def test_a_deleted_prospect_takes_its_numbers_along(house: House) -> None:
    house.do("DELETE FROM prospect WHERE last_name = 'Berg 1'")
    assert [row["number"] for row in house.rows("SELECT number FROM phone")] == ["+12122000002"]


def test_a_deleted_list_takes_its_prospects_along(house: House) -> None:
    other = house.add_list("Summer")
    house.read(house.file(bo(3)), list_id=other)
    house.do(f"DELETE FROM list WHERE id = {house.list_id}")
    assert house.names(other) == ["Berg 3"]
    assert len(house.rows("SELECT FROM prospect")) == len(house.rows("SELECT FROM phone")) == 1
    assert [row["list_id"] for row in house.rows("SELECT DISTINCT list_id FROM list_tally")] == [other]


@pytest.mark.parametrize(
    "number", ["+12345", "+1234567890123456", "12125550123", "+0125550123", "+-125550123", "+ 12125550123"]
)
def test_a_number_is_e164(house: House, number: str) -> None:
    with pytest.raises(CheckViolation):
        house.do(f"UPDATE phone SET number = '{number}' WHERE rank = 1")


@pytest.mark.parametrize("number", ["+1212555O123", "+", "", "+1 212"])
def test_a_number_is_digits(house: House, number: str) -> None:
    with pytest.raises((CheckViolation, InvalidTextRepresentation)):
        house.do(f"UPDATE phone SET number = '{number}' WHERE rank = 1")
