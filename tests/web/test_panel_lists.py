"""Lists: the table, the wizard, one list's page, and who may see them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor

from dialer.db import Database
from dialer.store import lists
from dialer.store.people import Role, User

Browser = Callable[[User], FlaskClient]

CSV = (
    "Account Name,First Name,Last Name,Phone,Favourite colour\n"
    "Bolt,Bo,Prospect,(214) 555-1000,red\n"
    "Nut,Bea,Prospect,(214) 555-1001,blue\n"
    "Broken,Bob,Prospect,12,green\n"
)
SETTINGS = {
    "name": "Spring leads",
    "lead_pool": "y",
    "batch_size": "10",
    "retain_h": "12",
    "overnight_reset": "y",
    "calling_from": "09:00",
    "calling_until": "17:30",
    "max_attempts": "4",
    "ring_s": "30",
    "lines_per_agent": "1,5",
    "script": "Hello",
    "assign_by": "users",
}
MAPPING = dict(zip(
    ("account_name", "first_name", "last_name", "phone"),
    ("Account Name", "First Name", "Last Name", "Phone"),
    strict=True,
))  # fmt: skip


def upload(client: FlaskClient, text: str | bytes = CSV, name: str = "") -> str:
    """Step 1; returns the address of step 2."""
    content = text.encode() if isinstance(text, str) else text
    answer = client.post("/lists/new", data={"file": (io.BytesIO(content), "spring_leads.csv"), "name": name})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_no_lists_is_said_with_what_to_do(as_: Browser, max_: User) -> None:
    page = as_(max_).get("/lists/").text
    assert "No lists yet" in page
    assert "/lists/new" in page


def test_lead_pool_lists_are_marked(as_: Browser, floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_)
    page = as_(max_).get("/lists/").text
    assert re.search(rf'<tr id="list-{list_id}" class="lead-pool">', page)


def test_whole_wizard_makes_an_assigned_list_with_its_settings(
    as_: Browser, floor: Floor, max_: User, ana: User
) -> None:
    client = as_(max_)
    step2 = upload(client)
    page = client.get(step2).text
    assert re.search(r'<option value="Account Name" selected', page)
    assert "Bea" in page
    assert "Kept as custom fields: Favourite colour" in page
    step3 = client.post(step2, data=MAPPING).location
    assert 'value="spring leads"' in client.get(step3).text
    answer = client.post(step3, data={**SETTINGS, "users": [str(ana.id)]})
    assert answer.status_code == 302, answer.text
    page = client.get(answer.location).text
    assert "Your List has been saved successfully! 2 prospects were taken in, 1 row was refused." in page
    [row] = lists.overview(floor.tenant, max_.id)
    settings = lists.detail(floor.tenant, max_.id, row.id).settings
    assert (row.name, row.prospects, row.kind, row.users) == ("Spring leads", 2, "lead_pool", 1)
    assert (settings.batch_size, settings.ring_s, str(settings.calling_until)) == (10, 30, "17:30:00")
    assert float(settings.lines_per_agent) == 1.5
    assert client.get(step2).status_code == 404, "the upload is used up"


def test_refused_rows_can_be_downloaded_with_line_and_reason(as_: Browser, max_: User) -> None:
    client = as_(max_)
    step3 = client.post(upload(client), data=MAPPING).location
    page = client.get(client.post(step3, data=SETTINGS).location).text
    found = re.search(r"/lists/imports/\d+/refused\.csv", page)
    assert found
    rows = client.get(found.group()).text.splitlines()
    assert rows[0] == "Line,Reason,Row"
    assert rows[1].startswith("4,")
    assert "Broken,Bob" in rows[1]


@pytest.mark.parametrize("missing", MAPPING)
def test_there_is_no_way_on_without_a_mandatory_field(as_: Browser, max_: User, missing: str) -> None:
    client = as_(max_)
    answer = client.post(upload(client), data={**MAPPING, missing: ""})
    assert answer.status_code == 422
    assert "mandatory" in answer.text
    assert re.search(rf'is-invalid" id="{missing}"', answer.text)


def test_one_column_cannot_fill_two_fields(as_: Browser, max_: User) -> None:
    client = as_(max_)
    answer = client.post(upload(client), data={**MAPPING, "last_name": "First Name"})
    assert answer.status_code == 422
    assert "only one field" in answer.text


def test_mapping_to_a_column_that_is_not_there_is_refused(as_: Browser, max_: User) -> None:
    client = as_(max_)
    assert client.post(upload(client), data={**MAPPING, "phone": "Nonsense"}).status_code == 422


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "The file is empty"), (b"PK\x03\x04 and so on", "Excel"), (b"Only,headers\n", "nothing below it")],
)
def test_file_that_is_no_list_is_refused_with_a_sentence(
    as_: Browser, max_: User, content: bytes, sentence: str
) -> None:
    form = {"file": (io.BytesIO(content), "x.csv"), "name": "My name stays"}
    answer = as_(max_).post("/lists/new", data=form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="My name stays"' in answer.text


def test_no_file_is_said(as_: Browser, max_: User) -> None:
    answer = as_(max_).post("/lists/new", data={"name": "x"})
    assert answer.status_code == 422
    assert "Choose a CSV file first." in answer.text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "  ", "Give the list a name."),
        ("batch_size", "0", "Give a number from 1 to 100000."),
        ("batch_size", "many", "Give a whole number."),
        ("ring_s", "10", "Give a number from 15 to 120."),
        ("lines_per_agent", "x", "Give a number such as 1 or 1.5."),
        ("calling_until", "09:00", "The two times must differ."),
        ("calling_from", "soon", "Give a time such as 09:00."),
    ],
)
def test_wrong_setting_is_told_beside_it_and_the_rest_is_kept(
    as_: Browser, floor: Floor, max_: User, field: str, value: str, sentence: str
) -> None:
    client = as_(max_)
    step3 = client.post(upload(client), data=MAPPING).location
    answer = client.post(step3, data={**SETTINGS, "script": "Keep me", field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Keep me" in answer.text
    assert lists.overview(floor.tenant, max_.id) == []


def test_upload_belongs_to_who_brought_it(as_: Browser, floor: Floor, max_: User) -> None:
    abe = floor.hire("Abe", Role.MANAGER)
    assert as_(abe).get(upload(as_(max_))).status_code == 404


def test_new_assignment_shows_at_once(as_: Browser, floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_)
    client = as_(max_)
    assert "Nobody may dial this list" in client.get(f"/lists/{list_id}").text
    client.post(f"/lists/{list_id}/assign", data={"assign_by": "users", "users": [str(ana.id)]})
    page = client.get(f"/lists/{list_id}").text
    assert "The assignment has been saved." in page
    assert "Ana" in page
    assert re.search(
        rf'value="{ana.id}" checked|checked[^>]*value="{ana.id}"', client.get(f"/lists/{list_id}/assign").text
    )


@pytest.mark.parametrize(
    "path", ["/lists/", "/lists/new", "/lists/{}", "/lists/{}/assign", "/lists/imports/1/refused.csv"]
)
def test_agents_are_refused_by_the_server(
    as_: Browser, floor: Floor, max_: User, ana: User, path: str
) -> None:
    list_id = floor.add_list(max_, ana)
    answer = as_(ana).get(path.format(list_id))
    assert answer.status_code == 403
    assert "You may not see this" in answer.text
    assert "Spring leads" not in answer.text


def test_agents_cannot_change_lists_either(as_: Browser, floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_)
    answer = as_(ana).post(f"/lists/{list_id}/assign", data={"assign_by": "users", "users": [str(ana.id)]})
    assert answer.status_code == 403
    assert lists.my_lists(floor.tenant, ana.id) == []


def test_other_organisations_lists_are_not_there(
    app: Flask, db: Database, as_: Browser, floor: Floor, max_: User
) -> None:
    olga = Floor(db, "Other").hire("Olga", Role.MANAGER)
    list_id = floor.add_list(max_)
    client = as_(olga)
    for path in (f"/lists/{list_id}", f"/lists/{list_id}/assign", f"/session/grid/{list_id}"):
        answer = client.get(path)
        assert "Spring leads" not in answer.text
        assert "Max" not in answer.text
        assert answer.status_code == 404 or path.startswith("/session/")
    answer = client.post(f"/lists/{list_id}/assign", data={"assign_by": "users"})
    assert answer.status_code == 404
    assert "No lists yet" in client.get("/lists/").text


def test_names_are_shown_as_text_and_never_run(as_: Browser, floor: Floor, max_: User) -> None:
    floor.add_list(max_, name="<script>alert(1)</script>")
    page = as_(max_).get("/lists/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
