"""Organisations and Org Details in the panel, for super admins (ORG-1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import PASSWORD, Floor

from dialer.db import Database
from dialer.roles import Role
from dialer.store import organisations, people
from dialer.store.people import User

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def dana(floor: Floor) -> User:
    return floor.hire("Dana", Role.SUPER_ADMIN)


def filled(**values: Any) -> dict[str, Any]:
    """The form of a new organisation as a browser sends it; None leaves a box unticked."""
    plain = {
        "name": "Nordic Homes",
        "country": "SE",
        "time_zone": "Europe/Stockholm",
        "agent_leg_caller_id": "08-123 456 78",
        "lead_pool_sessions": "y",
        "import_queue": "y",
        "admin_name": "Nils",
        "admin_email": "nils@nordic.test",
        "admin_password": PASSWORD,
        "admin_locale": "sv",
    }
    return {name: value for name, value in {**plain, **values}.items() if value is not None}


def test_new_organisation_comes_with_an_admin_who_signs_in(
    app: Flask, as_: Browser, db: Database, dana: User
) -> None:
    client = as_(dana)
    assert client.post("/organisations/new", data=filled()).location == "/organisations/"
    made = organisations.organisation_by_name(db, "nordic homes")
    assert made is not None
    assert (made.time_zone, made.agent_leg_caller_id) == ("Europe/Stockholm", "+46812345678")
    assert "Nordic Homes" in client.get("/organisations/").text
    (nils,) = people.people(db, made.id)
    page = as_(nils).get("/people/").text
    assert '<html lang="sv"' in page
    assert "Dana" not in page


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": " "}, "Give the organisation a name."),
        ({"name": "ACME"}, "already an organisation with this name"),
        ({"time_zone": "Mars/Olympus"}, "There is no time zone named so"),
        ({"agent_leg_caller_id": "12"}, "A caller ID looks like"),
        ({"admin_name": ""}, "Give the user a name."),
        ({"admin_email": "nowhere"}, "must look like name@company.com"),
        ({"admin_email": "dana@acme.test"}, "already registered"),
        ({"admin_password": "short"}, "The password is too short"),
        ({"country": "ZZ"}, "Not a valid choice"),
    ],
)
def test_wrong_value_is_said_and_nothing_is_made(
    as_: Browser, db: Database, dana: User, values: dict[str, Any], sentence: str
) -> None:
    answer = as_(dana).post("/organisations/new", data=filled(**values))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "invalid-feedback" in answer.text
    assert [found.name for found in organisations.organisations(db)] == ["Acme"]


def details(client: FlaskClient, organisation_id: int, **values: Any) -> dict[str, Any]:
    page = client.get(f"/organisations/{organisation_id}").text
    version = re.search(r'name="version" type="hidden" value="(\d+)"', page)
    assert version is not None
    return filled(version=version[1], **values)


def test_features_are_switched_off_and_on(as_: Browser, db: Database, floor: Floor, dana: User) -> None:
    client, where = as_(dana), f"/organisations/{floor.organisation.id}"
    off = details(client, floor.organisation.id, name="Acme", lead_pool_sessions=None, import_queue=None)
    assert client.post(where, data=off).status_code == 302
    found = organisations.organisation(db, floor.organisation.id)
    assert (found.lead_pool_sessions, found.import_queue) == (False, False)
    on = details(client, floor.organisation.id, name="Acme")
    assert client.post(where, data=on).status_code == 302
    assert organisations.organisation(db, floor.organisation.id).lead_pool_sessions


def test_second_super_admin_to_save_is_told(as_: Browser, db: Database, floor: Floor, dana: User) -> None:
    dora = floor.hire("Dora", Role.SUPER_ADMIN)
    first, second = as_(dana), as_(dora)
    where = f"/organisations/{floor.organisation.id}"
    late = details(second, floor.organisation.id, name="Late")
    assert first.post(where, data=details(first, floor.organisation.id, name="Early")).status_code == 302
    answer = second.post(where, data=late)
    assert answer.status_code == 409
    assert "Dana changed this organisation meanwhile, so nothing was saved." in answer.text
    assert organisations.organisation(db, floor.organisation.id).name == "Early"


def test_zones_and_countries_are_offered_in_words(as_: Browser, dana: User) -> None:
    page = as_(dana).get("/organisations/new").text
    assert '<option value="Europe/Stockholm">' in page
    assert '<option value="America/Argentina/Buenos_Aires">' in page
    assert '<option value="SE">Sweden (SE)</option>' in page


def test_super_admins_change_is_in_the_log_of_the_organisation_it_concerns(
    as_: Browser, db: Database, dana: User
) -> None:
    other = Floor(db, "Other")
    olga = other.hire("Olga", Role.ADMIN)
    client = as_(dana)
    form = details(client, other.organisation.id, name="Other & Sons")
    assert client.post(f"/organisations/{other.organisation.id}", data=form).status_code == 302
    page = as_(olga).get("/audit/").text
    assert "Other &amp; Sons" in page
    assert "A super admin" in page
    assert "Dana" not in page
    assert "Other &amp; Sons" not in client.get("/audit/").text
