"""What the rules, the store and the importer say, in the language of whoever reads it (ORG-7)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from import_house import House, bo
from panel_floor import Floor

from dialer.db import Database
from dialer.errors import Conflict, Sentence, Value, sentence
from dialer.phone_numbers import UnusableNumber, normalise
from dialer.store import imports
from dialer.store.people import Role, User
from web.sentences import said


@pytest.fixture
def bjorn(db: Database, floor: Floor) -> User:
    """A manager who reads Swedish."""
    found = floor.hire("Bjorn", Role.ADMIN)
    with db.transaction() as connection:
        connection.execute("UPDATE app_user SET locale = 'sv' WHERE id = %s", (found.id,))
    return found


@pytest.fixture
def house(db: Database, floor: Floor, max_: User, tmp_path: Path) -> House:
    list_id = floor.add_list(max_, prospects=0)
    return House(db, floor.organisation.id, max_.id, list_id, tmp_path)


def in_(app: Flask, language: str, what: str | Conflict | UnusableNumber) -> str:
    with app.test_request_context(headers={"Accept-Language": language}):
        return said(what)


def unusable(text: str) -> UnusableNumber:
    with pytest.raises(UnusableNumber) as caught:
        normalise(text, "US")
    return caught.value


@pytest.mark.parametrize(
    ("text", "english", "swedish"),
    [
        (
            "12",
            "'12' has too few digits for a phone number.",
            "”12” har för få siffror för ett telefonnummer.",
        ),
        ("", "There is no phone number.", "Telefonnummer saknas."),
    ],
)
def test_a_number_that_cannot_be_used_says_so_in_both(
    app: Flask, text: str, english: str, swedish: str
) -> None:
    assert in_(app, "en", unusable(text)) == english == str(unusable(text))
    assert in_(app, "sv", unusable(text)) == swedish


@pytest.mark.parametrize(
    ("values", "swedish"),
    [
        ({"field": sentence("Last Name"), "longest": 10_000}, "Efternamn är längre än 10\xa0000 tecken."),
        ({"field": "Last Name", "longest": 5}, "Last Name är längre än 5 tecken."),
    ],
    ids=["a field of ours", "an organisation's own word"],
)
def test_values_follow_the_locale(app: Flask, values: dict[str, Value], swedish: str) -> None:
    assert in_(app, "sv", Sentence("%(field)s is longer than %(longest)s characters.", values)) == swedish


def test_several_names_are_joined_in_the_language(app: Flask) -> None:
    error = Conflict(
        "%(who)s changed this list meanwhile; look at it again before you save.", who=("Ana", "Max")
    )
    assert in_(app, "sv", error).startswith("Ana och Max ändrade listan")


def test_refused_rows_are_told_in_the_readers_language_and_to_commands_in_english(
    house: House, bjorn: User, max_: User, as_: Callable[[User], FlaskClient]
) -> None:
    outcome = house.read(house.file(bo(1), bo(1), bo(2, **{"Last Name": ""}), bo(3, Phone="12")))
    assert [row.reason for row in imports.refused_rows(house.db, outcome.import_id)] == [
        "Its phone number is already in line 2.",
        "Last Name is empty.",
        "Phone: '12' has too few digits for a phone number.",
    ]
    address = f"/lists/imports/{outcome.import_id}/refused.csv"
    swedish, english = (as_(one).get(address).data.decode("utf-8-sig") for one in (bjorn, max_))
    assert [line.split(",")[1] for line in swedish.splitlines()] == [
        "Skäl",
        "Telefonnumret finns redan på rad 2.",
        "Efternamn saknas.",
        "Telefon: ”12” har för få siffror för ett telefonnummer.",
    ]
    assert english == "".join(imports.refused_csv(house.db, outcome.import_id))


def test_why_an_import_failed_is_told_in_the_readers_language(
    house: House, bjorn: User, as_: Callable[[User], FlaskClient]
) -> None:
    outcome = house.read(house.file(bo(1)), mapping={"phone": "Phone"})
    assert (
        outcome.error == "Match a column to Account Name, First Name and Last Name; every list must have it."
    )
    page = as_(bjorn).get("/lists/queue").text
    assert "Koppla en kolumn till Kontonamn, Förnamn och Efternamn; det krävs i varje lista." in page


def test_what_stays_of_a_failed_import_is_told_beside_the_reason(
    house: House, bjorn: User, as_: Callable[[User], FlaskClient]
) -> None:
    outcome = house.read(house.file(bo(1)))
    house.do(
        "UPDATE list_job SET state = 'running', ended_at = NULL, worker = 'gone', alive_at = '2026-01-01'"
    )
    house.do("UPDATE prospect SET attempts = 1")
    assert house.work()
    stays = "One prospect stays in the list: it was taken or called before."
    gone = "The command that read the file ended before it was done; import it again."
    assert house.progress(outcome.import_id).error == f"{gone} {stays}"
    assert "Ett prospekt stannar i listan" in as_(bjorn).get("/lists/queue").text


def test_what_was_stored_before_there_were_values_still_shows(
    house: House, bjorn: User, as_: Callable[[User], FlaskClient]
) -> None:
    outcome = house.read(house.file(bo(1), bo(1)))
    house.do("UPDATE refused_row SET reason = '100% of {it} is empty.', reason_values = '{}'")
    house.do("UPDATE list_job SET state = 'failed', error = 'The disk is 100% full.', error_values = '{}'")
    client = as_(bjorn)
    assert "100% of {it} is empty." in client.get(f"/lists/imports/{outcome.import_id}/refused.csv").text
    assert "The disk is 100% full." in client.get("/lists/queue").text


def test_a_name_in_a_refusal_stands_in_a_swedish_sentence(
    house: House, bjorn: User, as_: Callable[[User], FlaskClient]
) -> None:
    answer = as_(bjorn).post(
        "/company/do-not-call", data={"numbers": "2125550100\nnobody", "note": ""}, follow_redirects=True
    )
    assert "”nobody” är inget telefonnummer." in answer.text
