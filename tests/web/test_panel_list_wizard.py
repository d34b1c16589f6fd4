"""The wizard that makes a list from a CSV file: its steps, what it keeps, what it refuses."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor, now
from wizard_hand import CSV, POOL, SETTINGS, Wizard, import_all

from dialer.db import Database
from dialer.store import list_info, lists, teams
from dialer.store.people import Role, User

Browser = Callable[[User], FlaskClient]


def switch(db: Database, feature: str) -> None:
    with db.transaction() as connection:
        connection.execute(f"UPDATE organisation SET {feature} = false")


def test_whole_wizard_makes_an_assigned_list_with_its_settings(
    db: Database, wizard: Wizard, uploads: Path, floor: Floor, max_: User, ana: User
) -> None:
    wizard.to_columns(pool={"users": [str(ana.id)]}, settings={"sort_by": "last_name", "order": "descending"})
    page = wizard.get("columns").text
    assert re.search(r'<option value="Account Name" selected', page)
    assert "Bea" in page, "the first three rows are shown"
    answer = wizard.save()
    page = wizard.client.get(answer.location).text
    assert "Your List has been saved successfully!" in page
    assert "Waiting in the Import Queue" in page
    import_all(db, uploads)
    [row] = lists.overview(floor.tenant, max_.id)
    settings = list_info.info(floor.tenant, max_.id, row.id).settings
    assert (row.name, row.prospects, row.kind, row.users) == ("spring leads", 2, "lead_pool", 1)
    assert (settings.batch_size, settings.retain_h, settings.ring_s) == (10, 12, 30)
    assert (settings.sort_by, settings.sort_descending, str(settings.calling_until)) == (
        "last_name",
        True,
        "17:30:00",
    )
    assert float(settings.lines_per_agent) == 1.5
    assert wizard.get("columns").status_code == 404, "the upload is used up"


def test_refused_rows_can_be_downloaded_with_line_and_reason(
    db: Database, wizard: Wizard, uploads: Path
) -> None:
    wizard.to_columns()
    address = wizard.save().location
    import_all(db, uploads)
    found = re.search(r"/lists/imports/\d+/refused\.csv", wizard.client.get(address).text)
    assert found
    rows = wizard.client.get(found.group()).data.decode("utf-8-sig").splitlines()
    assert rows[0] == "Line,Reason,Row"
    assert rows[1].startswith("4,")
    assert "Broken,Bob" in rows[1]


@pytest.mark.parametrize("feature", ["lead_pool_sessions", "import_queue"])
def test_without_one_of_its_features_there_is_no_lead_pool_step(
    db: Database, wizard: Wizard, floor: Floor, max_: User, ana: User, feature: str
) -> None:
    switch(db, feature)
    assert wizard.upload().location.endswith("/settings")
    page = wizard.get("settings").text
    assert "Lead Pool Settings" not in page
    assert "Assign By" in page
    assert wizard.get("pool").location.endswith("/settings")
    wizard.post("pool", POOL)
    wizard.post("settings", {**SETTINGS, "assign_by": "users", "users": [str(ana.id)]})
    assert wizard.save().status_code == 302
    [row] = lists.overview(floor.tenant, max_.id)
    assert (row.kind, row.users) == ("normal", 1), "asking for a lead pool by hand does not help"


def test_unticked_it_is_a_normal_list_whatever_stands_in_the_other_fields(
    wizard: Wizard, floor: Floor, max_: User
) -> None:
    wizard.upload()
    answer = wizard.post("pool", {"batch_size": "0", "retain_h": "", "assign_by": "users"})
    assert answer.location.endswith("/settings")
    wizard.post("settings", SETTINGS)
    wizard.save()
    [row] = lists.overview(floor.tenant, max_.id)
    assert row.kind == "normal"


def test_list_can_be_assigned_to_a_team(
    db: Database, wizard: Wizard, floor: Floor, max_: User, ana: User
) -> None:
    team = teams.create_team(db, floor.organisation.id, "Closers")
    teams.join_team(db, team.id, ana.id, now())
    # Users that are ticked too do not count while Assign By is teams.
    wizard.to_columns(pool={"assign_by": "teams", "teams": [str(team.id)], "users": [str(max_.id)]})
    wizard.save()
    [row] = lists.overview(floor.tenant, max_.id)
    assert [one.name for one in list_info.info(floor.tenant, max_.id, row.id).assigned] == ["Ana"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04 and so on", "Excel"),
        (b"Only,headers\n", "nothing below it"),
        (b"a," * 10_000 + b"b\nx\n", "columns; at most"),
    ],
)
def test_file_that_is_no_list_is_refused_with_a_sentence(
    wizard: Wizard, uploads: Path, content: bytes, sentence: str
) -> None:
    answer = wizard.upload(content, name="My name stays")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="My name stays"' in answer.text
    assert not list(uploads.glob("*")), "nothing of it stays on the server"


def test_no_file_is_said(wizard: Wizard) -> None:
    answer = wizard.client.post("/lists/new", data={"name": "x"})
    assert answer.status_code == 422
    assert "Choose a CSV file first." in answer.text


def test_name_of_any_script_becomes_the_list_name(wizard: Wizard, floor: Floor, max_: User) -> None:
    wizard.upload(file_name="Våren_潜在顧客 & friends.csv")
    wizard.post("pool", POOL)
    wizard.post("settings", SETTINGS)
    wizard.save()
    assert [row.name for row in lists.overview(floor.tenant, max_.id)] == ["Våren 潜在顧客 & friends"]


def test_name_that_is_too_long_is_said_beside_the_file_that_stays(wizard: Wizard) -> None:
    wizard.upload()
    answer = wizard.post("file", {"name": "x" * 121})
    assert answer.status_code == 422
    assert "Use at most 120 characters." in answer.text
    assert "spring_leads.csv" in answer.text


@pytest.mark.parametrize(
    ("step", "field", "value", "sentence"),
    [
        ("pool", "batch_size", "0", "Give a number from 1 to 1000000."),
        ("pool", "batch_size", "-3", "Give a number from 1 to 1000000."),
        ("pool", "batch_size", "9" * 30, "Give a number from 1 to 1000000."),
        ("pool", "batch_size", "many", "Give a whole number."),
        ("pool", "batch_size", "", "Give a whole number."),
        ("pool", "retain_h", "0", "Give a number from 1 to 8760."),
        ("pool", "users", "99999", "One of the chosen users or teams is not there any more"),
        ("settings", "ring_s", "10", "Give a number from 15 to 120."),
        ("settings", "lines_per_agent", "x", "Give a number such as 1 or 1.5."),
        ("settings", "calling_until", "09:00", "The two times must differ."),
        ("settings", "calling_from", "soon", "Give a time such as 09:00."),
        ("settings", "sort_by", "shoe_size", "Choose one of these."),
    ],
)
def test_wrong_setting_is_told_beside_it_and_the_rest_is_kept(
    wizard: Wizard, floor: Floor, max_: User, step: str, field: str, value: str, sentence: str
) -> None:
    wizard.upload()
    kept = {"pool": {**POOL, "retain_h": "77"}, "settings": {**SETTINGS, "script": "Keep me"}}[step]
    answer = wizard.post(step, {**kept, field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert {"pool": 'value="77"', "settings": "Keep me"}[step] in answer.text or field == "retain_h"
    assert wizard.get("columns").status_code == 302, "the last step sends back to what is not filled in"
    assert lists.overview(floor.tenant, max_.id) == []


def test_hours_over_midnight_are_allowed_and_said(wizard: Wizard, floor: Floor, max_: User) -> None:
    wizard.to_columns(settings={"calling_from": "20:00", "calling_until": "02:00"})
    assert re.search(r"<span[^>]*data-midnight>", wizard.get("settings").text)
    wizard.save()
    [row] = lists.overview(floor.tenant, max_.id)
    assert str(list_info.info(floor.tenant, max_.id, row.id).settings.calling_from) == "20:00:00"


def test_large_batch_is_advised_against_and_still_allowed(wizard: Wizard) -> None:
    wizard.upload()
    assert wizard.post("pool", {**POOL, "batch_size": "201"}).status_code == 302
    page = wizard.get("pool").text
    assert re.search(r'data-advice="200">', page)
    wizard.post("pool", {**POOL, "batch_size": "200"})
    assert re.search(r'data-advice="200" hidden>', wizard.get("pool").text)


def test_way_back_keeps_what_was_typed_even_if_it_cannot_be_used(wizard: Wizard) -> None:
    wizard.upload()
    wizard.post("pool", POOL)
    answer = wizard.post("settings", {**SETTINGS, "ring_s": "nonsense", "script": "Keep me"}, do="back")
    assert answer.location.endswith("/pool")
    page = wizard.get("settings").text
    assert 'value="nonsense"' in page
    assert "Keep me" in page


def test_what_is_being_typed_survives_a_reload(wizard: Wizard) -> None:
    wizard.upload()
    assert wizard.post("keep/pool", {**POOL, "batch_size": "123"}).status_code == 204
    assert 'value="123"' in wizard.get("pool").text
    assert wizard.get("settings").status_code == 200
    assert wizard.post("keep/nonsense", {}).status_code == 404


def test_another_file_takes_over_the_settings_and_not_the_columns(wizard: Wizard, uploads: Path) -> None:
    wizard.to_columns(pool={"batch_size": "42"})
    first = wizard.token
    form = {"file": (io.BytesIO(CSV.encode()), "other.csv"), "name": "Other"}
    answer = wizard.client.post(f"/lists/new/{first}/file", data=form)
    wizard.token = str(answer.location).split("/")[-2]
    assert wizard.token != first
    assert 'value="42"' in wizard.get("pool").text
    assert [folder.name for folder in uploads.glob("*")] == [wizard.token]


def test_cancel_forgets_the_upload(wizard: Wizard, uploads: Path) -> None:
    wizard.upload()
    assert wizard.post("pool", POOL, do="cancel").location == "/lists/"
    assert not list(uploads.glob("*"))


def test_same_file_again_is_warned_about_with_a_way_on(
    db: Database, wizard: Wizard, uploads: Path, floor: Floor, max_: User
) -> None:
    wizard.to_columns()
    wizard.save()
    import_all(db, uploads)
    answer = wizard.upload()
    assert answer.location.endswith("/file")
    page = wizard.get("file").text
    assert "This file was imported before." in page
    assert "into «spring leads»" in page
    assert "by Max" in page
    assert wizard.post("file", {"name": "Once more"}).location.endswith("/pool")


def test_draft_belongs_to_who_brought_it(as_: Browser, floor: Floor, wizard: Wizard, db: Database) -> None:
    wizard.upload()
    for somebody in (floor.hire("Abe", Role.MANAGER), Floor(db, "Other").hire("Olga", Role.MANAGER)):
        theirs = Wizard(as_(somebody))
        theirs.token = wizard.token
        for step in ("file", "pool", "settings", "columns"):
            assert theirs.get(step).status_code == 404
            assert theirs.post(step, {}).status_code == 404


def test_draft_is_gone_after_a_day(wizard: Wizard, uploads: Path) -> None:
    wizard.upload()
    yesterday = time.time() - 25 * 3600
    os.utime(uploads / wizard.token / "draft.json", (yesterday, yesterday))
    answer = wizard.get("pool")
    assert answer.status_code == 404


@pytest.mark.parametrize("token", ["0" * 32, "x", "..", "%2e%2e"])
def test_made_up_draft_is_not_there(wizard: Wizard, token: str) -> None:
    wizard.token = token
    assert wizard.get("pool").status_code == 404


def test_of_two_who_save_one_draft_one_makes_a_list(
    app: Flask, as_: Browser, wizard: Wizard, floor: Floor, max_: User
) -> None:
    wizard.to_columns()
    others = [Wizard(as_(max_)) for _ in range(3)]
    for other in others:
        other.token = wizard.token
    with ThreadPoolExecutor(4) as hands:
        answers = list(hands.map(lambda one: one.save().status_code, [wizard, *others]))
    assert sorted(answers) == [302, 404, 404, 404]
    assert len(lists.overview(floor.tenant, max_.id)) == 1


def test_list_that_cannot_be_queued_leaves_nothing_behind(
    wizard: Wizard, floor: Floor, max_: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dialer.errors import Refused
    from dialer.store import imports

    wizard.to_columns()

    def refuse(*_args: Any, **_values: Any) -> int:
        raise Refused("The queue is closed.")

    with monkeypatch.context() as patch:
        patch.setattr(imports, "queue_import", refuse)
        answer = wizard.save()
    assert answer.status_code == 422
    assert "The queue is closed." in answer.text
    assert lists.overview(floor.tenant, max_.id) == []
    assert wizard.save().status_code == 302, "the draft can still be saved"


def test_agents_are_refused_at_every_step(as_: Browser, ana: User, wizard: Wizard) -> None:
    wizard.upload()
    hers = Wizard(as_(ana))
    hers.token = wizard.token
    assert hers.upload().status_code == 403
    for step in ("file", "pool", "settings", "columns"):
        assert hers.get(step).status_code == 403
        assert hers.post(step, {}).status_code == 403
