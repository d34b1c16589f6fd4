"""Company Setup in a real browser: by keyboard, in both themes, with pictures kept (ORG-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from panel_floor import Floor, now
from playwright.sync_api import Page, expect

from dialer.company import ContactRole, CustomField
from dialer.store import company_rows, do_not_call, parking
from dialer.store.people import Role, User

Open = Callable[[User], Page]
Shot = Callable[[Page, str], Path]

LONG = "Preferred time of day to be called back, as the customer told the agent at the door"


@pytest.fixture
def ada(floor: Floor) -> User:
    return floor.hire("Ada Lovelace-Featherstonehaugh", Role.ADMIN)


@pytest.fixture
def furnished(floor: Floor, ada: User) -> Floor:
    """An organisation that has set everything up, with long names among it."""
    for row in (
        CustomField("Plan"),
        CustomField(LONG),
        CustomField("Renewal", "date"),
        ContactRole("Loan Officer", "LO"),
        ContactRole("Loan Officer Assistant", "LOA"),
    ):
        company_rows.add(floor.tenant, ada.id, row)
    do_not_call.add(floor.tenant, ada.id, ["2145551001"], now(), note=LONG)
    do_not_call.add(floor.tenant, ada.id, [f"214556{n:04}" for n in range(60)], now(), note="By letter")
    until = now().date() + timedelta(days=12)
    parking.add(floor.tenant, ada.id, ["2145552001", "2145552002"], now(), until=until, note=LONG)
    return floor


def in_both_themes(page: Page, shot: Shot, name: str) -> None:
    """Keep the page at both widths, in light and in dark."""
    page.emulate_media(reduced_motion="reduce")  # a picture in the middle of a change of colours says nothing
    for width, height in ((1366, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
            shot(page, f"{name}-{width}-{theme}")
    page.set_viewport_size({"width": 1366, "height": 768})
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} does not fit 1366 pixels"


def test_every_section_shows_what_is_set_up(furnished: Floor, ada: User, open_as: Open, shot: Shot) -> None:
    page = open_as(ada)
    page.goto("/company/")
    sections = page.get_by_role("navigation", name="Company Setup").get_by_role("link")
    names = [name.strip() for name in sections.all_inner_texts()]
    assert len(names) == 11
    for name in names:
        sections.get_by_text(name, exact=True).click()
        expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
        in_both_themes(page, shot, name.lower().replace(" ", "-"))


def test_empty_sections_say_what_they_are_for(floor: Floor, ada: User, open_as: Open, shot: Shot) -> None:
    page = open_as(ada)
    for path, sentence in (
        ("custom-fields", "No custom fields yet"),
        ("role-names", "No role names yet"),
        ("do-not-call", "No numbers yet"),
        ("parking-lot", "The parking lot is empty"),
    ):
        page.goto(f"/company/{path}")
        expect(page.get_by_text(sentence)).to_be_visible()
        shot(page, path)


def test_a_manager_sees_the_rules_and_cannot_touch_them(
    furnished: Floor, max_: User, open_as: Open, shot: Shot
) -> None:
    page = open_as(max_)
    page.goto("/company/")
    expect(page.get_by_label("Wrap-up, seconds")).to_be_disabled()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    shot(page, "calling")
    page.goto("/company/call-results")
    expect(page.get_by_role("button", name="Add")).to_have_count(0)
    shot(page, "call-results")


def test_call_results_are_put_in_order_by_keyboard(floor: Floor, ada: User, open_as: Open) -> None:
    page = open_as(ada)
    page.goto("/company/call-results")
    down = page.get_by_role("button", name="Move Sale down")
    down.focus()
    for place in (2, 3):
        page.keyboard.press("Enter")
        row = page.locator("tbody tr").nth(place - 1)
        expect(row).to_contain_text("Sale")
        expect(row.locator("kbd")).to_have_text(str(place))
        expect(page.get_by_role("button", name="Move Sale down")).to_be_focused()


def test_the_rules_are_saved_and_who_comes_second_is_told(
    floor: Floor, ada: User, open_as: Open, shot: Shot
) -> None:
    sue = floor.hire("Sue", Role.SUPER_ADMIN)
    mine, hers = open_as(ada), open_as(sue)
    for page in (mine, hers):
        page.goto("/company/")
    hers.get_by_label("Attempts per number in 24 hours").fill("4")
    hers.get_by_role("button", name="Save").click()
    expect(hers.get_by_text("The change has been saved.")).to_be_visible()
    mine.get_by_label("Wrap-up, seconds").fill("77")
    mine.get_by_role("button", name="Save").click()
    expect(mine.get_by_role("alert")).to_contain_text("Sue changed Company Setup meanwhile")
    expect(mine.get_by_label("Wrap-up, seconds")).to_have_value("77")
    shot(mine, "told")
    mine.get_by_role("link", name="Load it again").click()
    expect(mine.get_by_label("Attempts per number in 24 hours")).to_have_value("4")
    expect(mine.get_by_label("Wrap-up, seconds")).to_have_value("30")


def test_a_pasted_block_is_added_and_one_number_taken_off_again(
    floor: Floor, ada: User, open_as: Open, shot: Shot
) -> None:
    page = open_as(ada)
    page.goto("/company/do-not-call")
    page.get_by_label("Numbers").fill("(214) 555-1001, 214 555 1002\nring Bo after five\n12\n")
    page.get_by_role("button", name="Add to Do Not Call").click()
    expect(page.get_by_role("row", name="ring Bo after five")).to_be_visible()
    in_both_themes(page, shot, "report")
    page.get_by_role("link", name="Back").click()
    page.get_by_label("Number begins with").fill("214-555-1002")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="+1 214-555-1002").click()
    page.get_by_role("button", name="Take it off").click()
    expect(page.get_by_text("Say why the number may be called again")).to_be_visible()
    in_both_themes(page, shot, "entry")
    page.get_by_label("Reason").fill("She asked to be called.")
    page.get_by_role("button", name="Take it off").click()
    expect(page.get_by_text("The number may be called again.")).to_be_visible()
    assert do_not_call.count(floor.tenant, floor.organisation.id) == 1


def test_a_row_is_edited_and_what_is_wrong_with_it_is_said(
    furnished: Floor, ada: User, open_as: Open, shot: Shot
) -> None:
    page = open_as(ada)
    page.goto("/company/call-results")
    page.get_by_role("link", name="Call back later", exact=True).click()
    page.get_by_label("Hours").fill("0")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("after how long")
    in_both_themes(page, shot, "row")
    page.get_by_label("Minutes").fill("90")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Give a number from 0 to 59.")).to_be_visible()
    page.get_by_label("Minutes").fill("45")
    page.get_by_label("Active").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Call back later")).to_contain_text("45 minutes")
    expect(page.get_by_role("row", name="Call back later")).to_contain_text("Inactive")
