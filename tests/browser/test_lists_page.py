"""What managers do with their lists in a real Chromium: edit, reset, archive."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from panel_floor import Floor, now
from playwright.sync_api import Page, expect

from dialer.db import Database
from dialer.store import list_info, lists
from dialer.store.lists import ListEdit
from dialer.store.people import Role, User

expect.set_options(timeout=15_000)

OpenAs = Callable[[User], Page]
Shot = Callable[[Page, str], Path]


def test_second_of_two_managers_is_told_what_the_first_changed(
    open_as: OpenAs, floor: Floor, max_: User, ana: User, abe: User, shot: Shot
) -> None:
    mia = floor.hire("Mia", Role.MANAGER)
    list_id = floor.add_list(max_, ana)
    hers, his = open_as(mia), open_as(max_)
    for page in (hers, his):
        page.goto(f"/lists/{list_id}/edit")
    his.get_by_label("Batch size").fill("30")
    his.get_by_role("checkbox", name="Abe").check()
    his.get_by_role("button", name="Save").click()
    expect(his.get_by_text("The list has been saved.")).to_be_visible()
    hers.get_by_label("Batch size").fill("40")
    hers.get_by_label("List name").fill("Mia's leads")
    hers.get_by_role("button", name="Save").click()
    expect(hers.locator("#conflict")).to_contain_text("Batch size: 20 → 30")
    expect(hers.locator("#conflict")).to_contain_text("Added: Abe")
    expect(hers.get_by_label("Batch size")).to_have_value("40")
    expect(hers.get_by_label("List name")).to_have_value("Mia's leads")
    expect(hers.get_by_role("checkbox", name="Abe")).to_be_checked()
    shot(hers, "01-conflict")
    hers.get_by_role("button", name="Save").click()
    expect(hers.get_by_text("The list has been saved.")).to_be_visible()
    found = list_info.info(floor.tenant, max_.id, list_id)
    assert (found.settings.batch_size, found.user_ids) == (40, {ana.id, abe.id})


def test_removing_a_user_who_dials_is_asked_about(
    open_as: OpenAs, floor: Floor, max_: User, ana: User, abe: User, shot: Shot
) -> None:
    list_id = floor.add_list(max_, ana, abe)
    floor.sit_down(ana, list_id)
    page = open_as(max_)
    page.goto(f"/lists/{list_id}/edit")
    shot(page, "01-edit")
    page.get_by_role("checkbox", name="Ana").uncheck()
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Ana is dialing this list")
    shot(page, "02-still-dialing")
    dialog.get_by_role("button", name="Back").click()
    expect(dialog).to_be_hidden()
    assert list_info.info(floor.tenant, max_.id, list_id).user_ids == {ana.id, abe.id}
    page.get_by_role("button", name="Save").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove and save").click()
    expect(page.get_by_text("The list has been saved.")).to_be_visible()
    assert list_info.info(floor.tenant, max_.id, list_id).user_ids == {abe.id}


def test_list_that_is_all_dialed_is_reset_after_a_question_and_then_archived(
    open_as: OpenAs, db: Database, floor: Floor, max_: User, import_all: Callable[[], None], shot: Shot
) -> None:
    list_id = floor.add_list(max_)
    page = open_as(max_)
    page.goto(f"/lists/{list_id}")
    expect(page.get_by_text("All prospects of this list have been dialed.")).to_be_hidden()
    with db.transaction() as connection:
        connection.execute("UPDATE prospect SET status = 'done', attempts = 3")
    page.reload()
    expect(page.get_by_text("All prospects of this list have been dialed.")).to_be_visible()
    shot(page, "01-all-dialed")
    page.locator("#all-dialed").get_by_role("button", name="Reset").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Reset this list?")
    shot(page, "02-reset-question")
    dialog.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("The list is being reset")).to_be_visible()
    import_all()
    expect(page.locator(".tile", has_text="Remaining").locator(".big")).to_have_text("3")
    page.get_by_role("button", name="Archive").click()
    shot(page, "03-archive-question")
    page.get_by_role("dialog").get_by_role("button", name="Archive").click()
    expect(page.get_by_text("has been archived.")).to_be_visible()


def test_blue_list_comes_and_goes_in_the_agents_own_lists(
    open_as: OpenAs, floor: Floor, max_: User, ana: User, shot: Shot
) -> None:
    list_id = floor.add_list(max_)
    page = open_as(ana)
    expect(page.get_by_text("No lists yet")).to_be_visible()
    lists.edit(floor.tenant, max_.id, list_id, 1, ListEdit(user_ids=[ana.id]), now())
    row = page.locator(f"#my-list-{list_id}")
    expect(row).to_have_class("lead-pool")
    expect(row).to_contain_text("Lead Pool list")
    expect(page.get_by_role("button", name=re.compile("Archive|Delete"))).to_have_count(0)
    shot(page, "01-my-lists")
    lists.edit(floor.tenant, max_.id, list_id, 2, ListEdit(user_ids=[]), now())
    expect(row).to_be_hidden()
