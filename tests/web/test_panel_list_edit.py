"""Editing a list after its import: what may change, who is asked, and two managers at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from panel_floor import Floor, now

from dialer.db import Database
from dialer.store import list_info, lists, teams
from dialer.store.lists import ListEdit, ListSettings
from dialer.store.people import Role, User

Browser = Callable[[User], FlaskClient]

EDIT: dict[str, Any] = {
    "name": "Spring leads",
    "batch_size": "20",
    "overnight_reset": "y",
    "script": "Hello, my name is …\nDo you have a minute?",
    "version": "1",
}


def test_everything_that_may_change_is_changed_in_one_go(
    db: Database, as_: Browser, floor: Floor, max_: User, ana: User, abe: User
) -> None:
    list_id = floor.add_list(max_, ana)
    team = teams.create_team(db, floor.organisation.id, "Closers")
    form = {
        "name": "Summer leads",
        "batch_size": "33",
        "reset_by_itself": "y",
        "script": "Hi",
        "users": [str(abe.id)],
        "teams": [str(team.id)],
        "version": "1",
    }
    page = as_(max_).post(f"/lists/{list_id}/edit", data=form, follow_redirects=True).text
    assert "The list has been saved." in page
    found = list_info.info(floor.tenant, max_.id, list_id)
    s = found.settings
    assert (s.name, s.batch_size, s.overnight_reset, s.reset_by_itself, s.script) == (
        "Summer leads",
        33,
        False,
        True,
        "Hi",
    )
    assert (found.user_ids, found.team_ids, found.version) == ({abe.id}, {team.id}, 2)


def test_phone_field_sort_and_hours_are_shown_disabled_with_the_reason(
    as_: Browser, floor: Floor, max_: User
) -> None:
    list_id = floor.add_list(max_)
    client = as_(max_)
    page = client.get(f"/lists/{list_id}/edit").text
    assert "cannot be edited after the import" in page
    assert len(re.findall(r"<input[^>]*disabled", page)) == 4
    client.post(
        f"/lists/{list_id}/edit",
        data={
            **EDIT,
            "name": "New",
            "phone_field": "work_phone",
            "sort_by": "random",
            "calling_from": "01:00",
        },
    )
    s = list_info.info(floor.tenant, max_.id, list_id).settings
    assert (s.name, s.phone_field, s.sort_by) == ("New", "phone", "upload")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "  ", "Give the list a name."),
        ("name", "x" * 121, "Use at most 120 characters."),
        ("batch_size", "0", "Give a number from 1 to 1000000."),
        ("batch_size", "-1", "Give a number from 1 to 1000000."),
        ("batch_size", "9" * 30, "Give a number from 1 to 1000000."),
        ("batch_size", "many", "Give a whole number."),
        ("script", "x" * 20_001, "Use at most 20,000 characters."),
    ],
)
def test_value_that_cannot_be_used_is_told_beside_it_and_nothing_is_saved(
    as_: Browser, floor: Floor, max_: User, ana: User, field: str, value: str, sentence: str
) -> None:
    list_id = floor.add_list(max_)
    answer = as_(max_).post(f"/lists/{list_id}/edit", data={**EDIT, "users": [str(ana.id)], field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert re.search(rf'checked[^>]*value="{ana.id}"', answer.text), "what was ticked stays"
    assert list_info.info(floor.tenant, max_.id, list_id).version == 1


def test_user_of_another_organisation_is_refused_and_nothing_is_saved(
    db: Database, as_: Browser, floor: Floor, max_: User
) -> None:
    olga = Floor(db, "Other").hire("Olga")
    list_id = floor.add_list(max_)
    answer = as_(max_).post(f"/lists/{list_id}/edit", data={**EDIT, "name": "New", "users": [str(olga.id)]})
    assert answer.status_code == 422
    assert "One of the chosen users or teams is not there any more" in answer.text
    assert lists.counts(floor.tenant, max_.id, list_id).name == "Spring leads"


def test_normal_list_has_no_lead_pool_settings(as_: Browser, floor: Floor, max_: User) -> None:
    list_id = lists.create_list(floor.tenant, max_.id, ListSettings("Alone", kind="normal"), now())
    client = as_(max_)
    assert 'name="batch_size"' not in client.get(f"/lists/{list_id}/edit").text
    answer = client.post(f"/lists/{list_id}/edit", data={"name": "Still alone", "script": "", "version": "1"})
    assert answer.status_code == 302, answer.text
    assert lists.counts(floor.tenant, max_.id, list_id).name == "Still alone"


def test_somebody_inactive_stays_assigned_though_the_form_does_not_name_them(
    db: Database, as_: Browser, floor: Floor, max_: User, ana: User, abe: User
) -> None:
    list_id = floor.add_list(max_, ana)
    with db.transaction() as connection:
        connection.execute("UPDATE app_user SET active = false WHERE id = %s", (ana.id,))
    as_(max_).post(f"/lists/{list_id}/edit", data={**EDIT, "users": [str(abe.id)]})
    assert list_info.info(floor.tenant, max_.id, list_id).user_ids == {ana.id, abe.id}


def test_removing_a_user_who_dials_is_asked_about_by_name(
    as_: Browser, floor: Floor, max_: User, ana: User, abe: User
) -> None:
    list_id = floor.add_list(max_, ana, abe)
    floor.sit_down(ana, list_id)
    leg_id = floor.call(list_id)
    form = {**EDIT, "users": [str(abe.id)]}
    client = as_(max_)
    answer = client.post(f"/lists/{list_id}/edit", data=form)
    assert answer.status_code == 409
    assert "Ana is dialing this list" in answer.text
    assert f'name="interrupt" value="{ana.id}"' in answer.text
    assert list_info.info(floor.tenant, max_.id, list_id).user_ids == {ana.id, abe.id}
    answer = client.post(f"/lists/{list_id}/edit", data={**form, "interrupt": [str(ana.id)]})
    assert answer.status_code == 302
    row = lists.counts(floor.tenant, max_.id, list_id)
    assert (row.held, row.calling) == (0, 1), "the live call goes on"
    floor.hang_up(leg_id)
    assert lists.my_lists(floor.tenant, ana.id) == []


def test_somebody_else_who_began_to_dial_meanwhile_is_asked_about_too(
    as_: Browser, floor: Floor, max_: User, ana: User, abe: User
) -> None:
    list_id = floor.add_list(max_, ana, abe)
    for agent in (ana, abe):
        floor.sit_down(agent, list_id)
    answer = as_(max_).post(f"/lists/{list_id}/edit", data={**EDIT, "interrupt": [str(ana.id)]})
    assert answer.status_code == 409
    assert "Abe is dialing this list" in answer.text


def test_second_manager_sees_what_the_first_changed_and_overwrites_nothing(
    as_: Browser, floor: Floor, max_: User, ana: User, abe: User
) -> None:
    mia = floor.hire("Mia", Role.MANAGER)
    list_id = floor.add_list(max_, ana)
    first = ListEdit(batch_size=30, overnight_reset=False, user_ids=[ana.id, abe.id])
    lists.edit(floor.tenant, max_.id, list_id, 1, first, now())
    client = as_(mia)
    form = {**EDIT, "name": "Mia's leads", "batch_size": "40", "users": [str(ana.id)]}
    answer = client.post(f"/lists/{list_id}/edit", data=form)
    assert answer.status_code == 409
    page = answer.text
    assert "Somebody else changed this list while you edited it. Nothing has been saved yet." in page
    for said in ("Max,", "Batch size: 20 → 30", "Allow Overnight Reset: On → Off", "Added: Abe"):
        assert said in page
    assert 'value="40"' in page, "what was typed stays"
    assert 'value="Mia&#39;s leads"' in page
    assert re.search(rf'checked[^>]*value="{abe.id}"', page), "whom the other added is there too"
    assert 'name="version" value="2"' in page
    assert '<div class="both"><div' in page, "the field that both changed is marked"
    assert lists.counts(floor.tenant, mia.id, list_id).batch_size == 30

    form = {**form, "version": "2", "users": [str(ana.id), str(abe.id)]}
    del form["overnight_reset"]
    assert client.post(f"/lists/{list_id}/edit", data=form).status_code == 302
    found = list_info.info(floor.tenant, mia.id, list_id)
    assert (found.settings.batch_size, found.settings.name, found.version) == (40, "Mia's leads", 3)


def test_edit_without_a_version_is_not_saved(as_: Browser, floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_)
    form = {key: value for key, value in EDIT.items() if key != "version"}
    assert as_(max_).post(f"/lists/{list_id}/edit", data={**form, "name": "New"}).status_code == 409
    assert lists.counts(floor.tenant, max_.id, list_id).name == "Spring leads"
