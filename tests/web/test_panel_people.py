"""User Registration, teams and one's own account in the panel (ORG-3, ORG-5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import PASSWORD, Floor, now

from dialer.db import Database
from dialer.registrations import Registration
from dialer.roles import Role
from dialer.store import people, teams, users
from dialer.store.people import User

Browser = Callable[[User], FlaskClient]


def filled(**values: Any) -> dict[str, Any]:
    """The form of a new agent as a browser sends it."""
    plain = {
        "name": "Ana-Li Ek",
        "email": "anali@acme.test",
        "password": "correct horse",
        "role": "agent",
        "locale": "sv",
        "active": "y",
        "phone_mode": "ring_each_call",
        "phone_kind": "sip",
        "works_days": ["1", "2", "3", "4", "5"],
        "takes_leads": "y",
    }
    return {**plain, **values}


def shown(client: FlaskClient, user_id: int) -> dict[str, Any]:
    """The form of a user as it was loaded, to be sent again."""
    page = client.get(f"/people/{user_id}").text
    version = re.search(r'name="version" type="hidden" value="(\d+)"', page)
    assert version is not None
    given = users.registered(client.application.extensions["ringpool_database"], user_id).registration
    return filled(
        version=version[1],
        name=given.name,
        email=given.email,
        password="",
        role=given.role.value,
        locale=given.locale,
        extension=given.extension or "",
        phone_mode=given.phone_mode,
        works_days=[str(day) for day in given.works_days],
    )


def test_new_user_is_registered_with_everything_that_was_filled_in(
    as_: Browser, floor: Floor, max_: User
) -> None:
    west = teams.create_team(floor.tenant, floor.organisation.id, "West")
    form = filled(
        extension="1007",
        pin="4711",
        caller_id="(212) 555-0123",
        team_ids=[str(west.id)],
        skill=["Spanish", "", "Solar"],
        level=["9", "5", "3"],
        states="TX, CA,TX",
        languages="English; Spanish",
        products="",
        works_from="09:00",
        works_until="17:30",
    )
    del form["takes_leads"]
    answer = as_(max_).post("/people/new", data=form)
    assert answer.status_code == 200, "a secret that was made up is shown at once"
    row = users.page(floor.tenant, floor.organisation.id, search="Ana-Li")[0][0]
    given = users.registered(floor.tenant, row.id).registration
    assert given == Registration(
        name="Ana-Li Ek",
        email="anali@acme.test",
        extension="1007",
        phone_mode="ring_each_call",
        caller_id="+12125550123",
        locale="sv",
        team_ids=frozenset({west.id}),
        skills={"Spanish": 9, "Solar": 3},
        states=("TX", "CA"),
        languages=("English", "Spanish"),
        works_from=given.works_from,
        works_until=given.works_until,
        works_days=(1, 2, 3, 4, 5),
        takes_leads=False,
    )
    assert (str(given.works_from), str(given.works_until)) == ("09:00:00", "17:30:00")


def secret_on(page: str) -> str:
    found = re.search(r'id="secret" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_made_up_secret_is_shown_once_and_works(as_: Browser, floor: Floor, max_: User, db: Database) -> None:
    client = as_(max_)
    secret = secret_on(client.post("/people/new", data=filled(extension="1007")).text)
    with db.transaction() as connection:
        row = connection.execute("SELECT id, sip_secret FROM app_user WHERE extension = '1007'").fetchone()
    assert row is not None
    assert row["sip_secret"] == secret
    assert secret not in client.get(f"/people/{row['id']}").text
    fresh = secret_on(client.post(f"/people/{row['id']}/secret").text)
    assert fresh != secret
    assert fresh not in client.get("/audit/").text


def test_every_wrong_value_is_said_at_once_and_what_was_typed_stays(as_: Browser, max_: User) -> None:
    form = filled(
        name=" ",
        email="nowhere",
        password="short",
        extension="12ab",
        pin="12",
        sip_secret="with space",
        caller_id="123",
        skill=["Solar", "solar"],
        level=["11", "3"],
        works_from="09:00",
        works_until="",
        works_days=[],
        states="x" * 61,
    )
    answer = as_(max_).post("/people/new", data=form)
    assert answer.status_code == 422
    for sentence in (
        "Give the user a name.",
        "must look like name@company.com",
        "The password is too short",
        "An extension has two to ten digits.",
        "A PIN has 4 to 12 digits.",
        "A SIP secret has 8 to 128",
        "A caller ID looks like",
        "A skill",
        "Give both times of the working hours",
        "Choose at least one working day.",
        "at most 60 characters",
    ):
        assert sentence in answer.text, sentence
    assert 'value="nowhere"' in answer.text
    assert "short" not in re.findall(r'value="([^"]*)"', answer.text), "passwords never come back"


@pytest.mark.parametrize("field", ["role", "locale", "phone_mode", "phone_kind"])
def test_choice_that_the_form_does_not_offer_is_refused(as_: Browser, max_: User, field: str) -> None:
    assert as_(max_).post("/people/new", data=filled(**{field: "emperor"})).status_code == 422


def test_taken_e_mail_and_extension_are_said_at_their_fields(as_: Browser, max_: User, ana: User) -> None:
    client = as_(max_)
    again = client.post("/people/new", data=filled(email=ana.email.upper()))
    assert (again.status_code, "already registered" in again.text) == (422, True)
    again = client.post("/people/new", data=filled(extension=ana.extension))
    assert (again.status_code, "belongs to somebody else" in again.text) == (422, True)


def test_second_to_save_is_told_who_was_first_and_nothing_is_overwritten(
    as_: Browser, floor: Floor, max_: User, ada: User, ana: User
) -> None:
    first, second = as_(max_), as_(ada)
    late = shown(second, ana.id)
    assert (
        first.post(f"/people/{ana.id}", data={**shown(first, ana.id), "name": "Ana One"}).status_code == 302
    )
    answer = second.post(f"/people/{ana.id}", data={**late, "name": "Ana Two"})
    assert answer.status_code == 409
    assert "Max changed this user meanwhile, so nothing was saved." in answer.text
    assert 'value="Ana Two"' in answer.text
    assert people.user(floor.tenant, ana.id).name == "Ana One"


def test_manager_looks_at_an_admin_and_changes_nothing(as_: Browser, max_: User, ada: User) -> None:
    client = as_(max_)
    page = client.get(f"/people/{ada.id}").text
    assert "disabled" in page
    assert "Save user" not in page
    assert client.post(f"/people/{ada.id}", data=shown(client, ada.id)).status_code == 403
    assert client.post(f"/people/{ada.id}/secret").status_code == 403


def test_manager_raises_nobody(as_: Browser, floor: Floor, max_: User, ana: User) -> None:
    client = as_(max_)
    page = client.get(f"/people/{ana.id}").text
    assert 'value="agent"' in page
    assert 'value="manager"' not in page
    answer = client.post(f"/people/{ana.id}", data={**shown(client, ana.id), "role": "manager"})
    assert answer.status_code == 422
    assert people.user(floor.tenant, ana.id).role is Role.AGENT


def test_own_role_and_account_cannot_be_sent_along(as_: Browser, floor: Floor, ada: User) -> None:
    client = as_(ada)
    page = client.get(f"/people/{ada.id}").text
    assert "Nobody changes their own role." in page
    form = {**shown(client, ada.id), "role": "agent", "active": "", "name": "Ada L."}
    assert client.post(f"/people/{ada.id}", data=form).status_code == 302
    changed = people.user(floor.tenant, ada.id)
    assert (changed.name, changed.role, changed.active) == ("Ada L.", Role.ADMIN, True)


def test_user_who_is_deactivated_is_signed_out(as_: Browser, max_: User, ana: User) -> None:
    manager, agent = as_(max_), as_(ana)
    form = {**shown(manager, ana.id), "active": ""}
    assert manager.post(f"/people/{ana.id}", data=form).status_code == 302
    assert agent.get("/session/").location.startswith("/sign-in")


def test_other_organisations_users_and_teams_are_not_there(as_: Browser, db: Database, max_: User) -> None:
    other = Floor(db, "Other")
    olga = other.hire("Olga")
    team = teams.create_team(db, other.organisation.id, "Theirs")
    client = as_(max_)
    for path in (f"/people/{olga.id}", f"/people/teams/{team.id}", f"/people/teams/{team.id}/delete"):
        assert client.get(path).status_code == 404
        assert client.post(path, data=filled()).status_code in (302, 404)
    assert teams.team(db, team.id).name == "Theirs"
    client.post("/people/new", data=filled(team_ids=[str(team.id)]))
    assert teams.team(db, team.id).member_ids == frozenset()


def test_table_is_searched_and_filtered(as_: Browser, floor: Floor, max_: User, ana: User) -> None:
    abe = floor.hire("Abe 100%", extension="1002")
    west = teams.create_team(floor.tenant, floor.organisation.id, "West")
    teams.join_team(floor.tenant, west.id, ana.id, now())
    users.set_active(floor.tenant, abe.id, False, now())
    client = as_(max_)

    def found(**filters: Any) -> set[str]:
        page = client.get("/people/", query_string=filters, headers={"HX-Request": "true"}).text
        return set(re.findall(r'fw-bold" href="[^"]+" title="([^"]+)"', page))

    assert found() == {"Ana", "Max"}
    assert found(state="all") == {"Ana", "Abe 100%", "Max"}
    assert found(state="inactive") == {"Abe 100%"}
    assert found(search="0%", state="all") == {"Abe 100%"}
    assert found(search="%", state="all") == {"Abe 100%"}
    assert found(search="1001") == {"Ana"}
    assert found(role="manager") == {"Max"}
    assert found(role="emperor", page="-3") == {"Ana", "Max"}
    assert found(team=west.id) == {"Ana"}
    assert found(search="nobody at all") == set()


def test_names_are_shown_as_text(as_: Browser, floor: Floor, max_: User) -> None:
    floor.hire("<script>alert(1)</script>")
    page = as_(max_).get("/people/").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_team_is_made_filled_renamed_and_deleted(as_: Browser, floor: Floor, max_: User, ana: User) -> None:
    client = as_(max_)
    where = client.post("/people/teams/", data={"name": " West  coast "}).location
    assert "West coast" in client.get(where).text
    form = {"name": "West", "name_was": "West coast", "members": [str(ana.id)]}
    assert client.post(where, data=form).status_code == 302
    assert teams.overview(floor.tenant, floor.organisation.id)[0].members == 1
    assert "Delete the team West?" in client.get(f"{where}/delete").text
    client.post(f"{where}/delete")
    assert teams.overview(floor.tenant, floor.organisation.id) == []
    assert client.post(f"{where}/delete").status_code == 302, "deleted twice is deleted"


def test_second_team_of_a_name_and_one_without_are_refused(as_: Browser, max_: User) -> None:
    client = as_(max_)
    client.post("/people/teams/", data={"name": "West"})
    assert "already a team" in client.post("/people/teams/", data={"name": "West"}).text
    assert "Give the team a name" in client.post("/people/teams/", data={"name": " "}).text
    assert client.post("/people/teams/", data={"name": "x" * 200}).status_code == 422


def test_two_managers_who_change_a_team_keep_each_others_work(
    as_: Browser, floor: Floor, max_: User, ada: User, ana: User
) -> None:
    abe = floor.hire("Abe")
    team = teams.create_team(floor.tenant, floor.organisation.id, "West")
    teams.join_team(floor.tenant, team.id, ana.id, now())
    loaded = {"name": "West", "name_was": "West", "members_were": [str(ana.id)]}
    where = f"/people/teams/{team.id}"
    as_(max_).post(where, data={**loaded, "members": [str(ana.id), str(abe.id)], "name": "East"})
    as_(ada).post(where, data={**loaded, "members": []})
    after = teams.team(floor.tenant, team.id)
    assert (after.name, after.member_ids) == ("East", {abe.id})
    again = as_(ada).post(where, data={**loaded, "members": [], "name": "North"})
    assert again.status_code == 409
    assert "This team is called East meanwhile, so nothing was saved." in again.text


def test_own_password_needs_the_old_one_and_ends_other_visits(as_: Browser, ana: User) -> None:
    here, elsewhere = as_(ana), as_(ana)
    form = {"old": "wrong horse", "new": "another horse", "again": "another horse"}
    assert "The old password is wrong." in here.post("/account/password", data=form).text
    differ = here.post("/account/password", data={**form, "old": PASSWORD, "again": "no horse at all"})
    assert "The two new passwords differ." in differ.text
    assert here.post("/account/password", data={**form, "old": PASSWORD}).status_code == 302
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


def test_guessing_the_old_password_is_slowed_down(as_: Browser, ana: User) -> None:
    client = as_(ana)
    form = {"old": "wrong horse", "new": "another horse", "again": "another horse"}
    for _ in range(10):
        assert client.post("/account/password", data=form).status_code == 422
    assert client.post("/account/password", data={**form, "old": PASSWORD}).status_code == 429


def test_own_pin_is_set_and_taken_away(as_: Browser, floor: Floor, ana: User) -> None:
    client = as_(ana)
    assert "A PIN has 4 to 12 digits." in client.post("/account/pin", data={"pin": "12"}).text
    client.post("/account/pin", data={"pin": "4711"})
    assert users.registered(floor.tenant, ana.id).has_pin
    client.post("/account/pin", data={"remove": "y"})
    assert not users.registered(floor.tenant, ana.id).has_pin


def test_everybody_finds_their_account(app: Flask, as_: Browser, max_: User, ana: User) -> None:
    for user in (max_, ana):
        assert 'href="/account/"' in as_(user).get("/session/").text
    assert app.test_client().get("/account/").status_code == 302
