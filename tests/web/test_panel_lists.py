"""Lists: the table, one list's page, its reset and archive, the import queue, and who may see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from panel_floor import Floor, now
from wizard_hand import Wizard, import_all

from dialer.db import Database
from dialer.store import lists
from dialer.store.lists import ListSettings
from dialer.store.people import Role, User

Browser = Callable[[User], FlaskClient]


def set_status(db: Database, status: str, excluded_by: str | None = None, where: str = "true") -> None:
    with db.transaction() as connection:
        connection.execute(
            f"UPDATE prospect SET status = %s, excluded_by = %s WHERE {where}", (status, excluded_by)
        )


def test_no_lists_is_said_with_what_to_do(as_: Browser, max_: User) -> None:
    page = as_(max_).get("/lists/").text
    assert "No lists yet" in page
    assert "/lists/new" in page


def test_lead_pool_lists_are_marked_by_more_than_colour(as_: Browser, floor: Floor, max_: User) -> None:
    pool = floor.add_list(max_)
    normal = lists.create_list(floor.tenant, max_.id, ListSettings("Alone", kind="normal"), now())
    page = as_(max_).get("/lists/").text
    assert re.search(rf'<tr id="list-{pool}" class="lead-pool">', page)
    assert re.search(rf'<tr id="list-{normal}" class="">', page)
    assert "Lead Pool list</span>" in page
    assert "Call list</span>" in page
    assert "Blue: a Lead Pool list" in page


def test_agents_see_their_lead_pool_lists_in_blue_too(
    as_: Browser, floor: Floor, max_: User, ana: User
) -> None:
    list_id = floor.add_list(max_, ana)
    page = as_(ana).get("/session/").text
    assert re.search(rf'<tr id="my-list-{list_id}" class="lead-pool">', page)
    assert "Lead Pool list</span>" in page


def test_info_shows_every_number_of_the_list(
    db: Database, as_: Browser, floor: Floor, max_: User, ana: User
) -> None:
    list_id = floor.add_list(max_, ana, prospects=9)
    set_status(db, "excluded", "do_not_call", "position <= 1")
    set_status(db, "excluded", "parking_lot", "position IN (2, 3)")
    set_status(db, "excluded", "invalid_number", "position IN (4, 5, 6)")
    page = as_(max_).get(f"/lists/{list_id}").text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for said in (
        "Total Prospects 9",
        "Remaining Dialable Prospects 3",
        "Batch Size 20",
        "Retain (hours) 24",
        "Non-Dialable Prospects 6",
        "Do Not Call 1",
        "Parking Lot 2",
        "Invalid numbers 3",
        "EST CST MST PST AKST HST AST International Toll Free Total",
        "Assigned Users 1",
    ):
        assert said in text


def test_alert_says_that_all_have_been_dialed(db: Database, as_: Browser, floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_)
    client = as_(max_)
    said = "All prospects of this list have been dialed."
    assert said not in client.get(f"/lists/{list_id}").text
    set_status(db, "done")
    assert said in client.get(f"/lists/{list_id}").text


def test_reset_is_queued_and_followed(db: Database, as_: Browser, floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_)
    set_status(db, "done")
    client = as_(max_)
    page = client.post(f"/lists/{list_id}/reset", follow_redirects=True).text
    assert "The list is being reset" in page
    assert "Waiting in the Import Queue" in page
    assert "All prospects of this list have been dialed." not in page
    with db.transaction() as connection:
        row = connection.execute(
            "SELECT kind, user_id FROM list_job WHERE list_id = %s", (list_id,)
        ).fetchone()
    assert row is not None
    assert (row["kind"], row["user_id"]) == ("reset", max_.id)


def test_second_reset_while_one_waits_is_refused_with_a_sentence(
    db: Database, as_: Browser, floor: Floor, max_: User
) -> None:
    list_id = floor.add_list(max_)
    set_status(db, "done")
    client = as_(max_)
    client.post(f"/lists/{list_id}/reset")
    page = client.post(f"/lists/{list_id}/reset", follow_redirects=True).text
    assert 'class="alert alert-danger"' in page


def test_archived_list_is_gone_from_everybodys_pages(
    as_: Browser, floor: Floor, max_: User, ana: User
) -> None:
    list_id = floor.add_list(max_, ana)
    client = as_(max_)
    page = client.post(f"/lists/{list_id}/archive", data={"version": "1"}, follow_redirects=True).text
    assert "«Spring leads» has been archived." in page
    assert "No lists yet" in page
    assert client.get(f"/lists/{list_id}").status_code == 404
    assert "Spring leads" not in as_(ana).get("/session/").text


def test_list_that_is_dialed_is_not_archived(as_: Browser, floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    page = as_(max_).post(f"/lists/{list_id}/archive", data={"version": "1"}, follow_redirects=True).text
    assert "Somebody is dialing this list" in page
    assert [row.id for row in lists.overview(floor.tenant, max_.id)] == [list_id]


def test_import_queue_shows_who_did_what_and_what_came_of_it(
    db: Database, as_: Browser, uploads: Path, max_: User
) -> None:
    wizard = Wizard(as_(max_), uploads)
    wizard.to_columns()
    wizard.save()
    page = wizard.client.get("/lists/queue").text
    assert "Queued" in page
    assert "Cancel the import of spring_leads.csv" in page
    import_all(db, uploads)
    row = re.search(r'<tr id="job-\d+">.*?</tr>', wizard.client.get("/lists/queue").text, re.DOTALL)
    assert row is not None
    for said in ("spring leads", "spring_leads.csv", "Max", "Import", "Done", "refused.csv"):
        assert said in row.group()


def test_import_queue_is_filtered_by_kind_and_state(
    db: Database, as_: Browser, floor: Floor, max_: User
) -> None:
    list_id = floor.add_list(max_)
    set_status(db, "done")
    client = as_(max_)
    client.post(f"/lists/{list_id}/reset")
    assert '<tr id="job-' in client.get("/lists/queue?kind=reset&state=queued").text
    assert "Nothing here" in client.get("/lists/queue?kind=import").text
    assert "Nothing here" in client.get("/lists/queue?state=done").text
    assert '<tr id="job-' in client.get("/lists/queue?kind=nonsense&state=nonsense&before=x").text


def test_import_queue_goes_on_page_by_page(db: Database, as_: Browser, floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_)
    with db.transaction() as connection:
        connection.execute(
            """INSERT INTO list_job (organisation_id, list_id, user_id, file_name, state, ended_at)
               SELECT %s, %s, %s, 'file ' || n || '.csv', 'done', now() FROM generate_series(1, 60) n""",
            (floor.organisation.id, list_id, max_.id),
        )
    client = as_(max_)
    first = client.get("/lists/queue").text
    assert first.count('<tr id="job-') == 50
    older = re.search(r'href="(/lists/queue\?before=\d+)"', first)
    assert older is not None
    second = client.get(older.group(1)).text
    assert second.count('<tr id="job-') == 10
    assert "file 1.csv" in second
    assert "data-live" not in second, "an older page does not change"


def test_organisation_without_the_import_queue_has_no_such_tab(
    db: Database, as_: Browser, floor: Floor, max_: User
) -> None:
    with db.transaction() as connection:
        connection.execute("UPDATE organisation SET import_queue = false")
    client = as_(max_)
    assert "Import Queue" not in client.get("/lists/").text
    assert client.get("/lists/queue").status_code == 404


def test_cancelled_import_is_told_on_the_lists_page(
    db: Database, as_: Browser, uploads: Path, max_: User
) -> None:
    wizard = Wizard(as_(max_), uploads)
    wizard.to_columns()
    address = wizard.save().location
    found = re.search(r"/lists/jobs/\d+/cancel", wizard.client.get(address).text)
    assert found is not None
    answer = wizard.client.post(found.group(), data={"next": address})
    assert answer.location == address
    import_all(db, uploads)
    page = wizard.client.get(address).text
    assert "The import of spring_leads.csv was cancelled." in page
    answer = wizard.client.post(
        found.group(), data={"next": "https://elsewhere.test/"}, follow_redirects=True
    )
    assert answer.request.path == "/session/" or answer.request.host == "localhost", "never another site"


def test_file_that_cannot_be_read_after_all_is_told(
    db: Database, as_: Browser, uploads: Path, max_: User
) -> None:
    wizard = Wizard(as_(max_), uploads)
    wizard.to_columns()
    address = wizard.save().location
    (uploads / wizard.token / "file.csv").unlink()
    import_all(db, uploads)
    assert "spring_leads.csv could not be read." in wizard.client.get(address).text


PAGES = [
    "/lists/",
    "/lists/new",
    "/lists/{}",
    "/lists/{}/edit",
    "/lists/queue",
    "/lists/imports/1/refused.csv",
]
ACTIONS: list[tuple[str, dict[str, Any]]] = [
    ("/lists/{}/edit", {"name": "Mine", "version": "1"}),
    ("/lists/{}/reset", {}),
    ("/lists/{}/archive", {"version": "1"}),
    ("/lists/jobs/1/cancel", {}),
]


@pytest.mark.parametrize("path", PAGES)
def test_agents_are_refused_by_the_server(
    as_: Browser, floor: Floor, max_: User, ana: User, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    list_id = floor.add_list(max_, ana)
    answer = as_(ana).get(path.format(list_id))
    assert answer.status_code == 403
    assert "You may not see this" in answer.text
    assert "Spring leads" not in answer.text
    assert "request refused" in capsys.readouterr().out


@pytest.mark.parametrize(("path", "form"), ACTIONS)
def test_agents_cannot_change_or_delete_their_lists(
    as_: Browser, floor: Floor, max_: User, ana: User, path: str, form: dict[str, str]
) -> None:
    list_id = floor.add_list(max_, ana)
    assert as_(ana).post(path.format(list_id), data=form).status_code == 403
    row = lists.counts(floor.tenant, max_.id, list_id)
    assert (row.name, row.version, row.job) == ("Spring leads", 1, None)


def test_other_organisations_lists_are_not_there(
    db: Database, as_: Browser, uploads: Path, floor: Floor, max_: User
) -> None:
    olga = Floor(db, "Other").hire("Olga", Role.MANAGER)
    wizard = Wizard(as_(max_), uploads)
    wizard.to_columns()
    list_id = int(wizard.save().location.rsplit("/", 1)[1])
    job = lists.counts(floor.tenant, max_.id, list_id).job
    assert job is not None
    client = as_(olga)
    for path in (f"/lists/{list_id}", f"/lists/{list_id}/edit", f"/lists/imports/{job.id}/refused.csv"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "spring leads" not in answer.text
    for path in (
        f"/lists/{list_id}/edit",
        f"/lists/{list_id}/reset",
        f"/lists/{list_id}/archive",
        f"/lists/jobs/{job.id}/cancel",
    ):
        assert client.post(path, data={"version": "1", "name": "Ours", "batch_size": "5"}).status_code == 404
    assert "Max" not in client.get(f"/session/grid/{list_id}").text
    assert "No lists yet" in client.get("/lists/").text
    assert "spring leads" not in client.get("/lists/queue").text
    assert lists.counts(floor.tenant, max_.id, list_id).version == 1


def test_names_are_shown_as_text_and_never_run(as_: Browser, floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_, name="<script>alert(1)</script>")
    client = as_(max_)
    for path in ("/lists/", f"/lists/{list_id}", f"/lists/{list_id}/edit"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
