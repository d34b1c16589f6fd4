"""The list wizard in a real Chromium, from the file to the list.

Every step leaves a picture in build/screenshots.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from panel_floor import Floor
from playwright.sync_api import Page, Route, expect

from dialer.db import Database
from dialer.store import list_info, lists, people, teams
from dialer.store.people import User

expect.set_options(timeout=15_000)

OpenAs = Callable[[User], Page]
Shot = Callable[[Page, str], Path]

HEADERS = "Account Name,First Name,Last Name,Phone,Cell,State,Favourite colour,Renewal\n"
CSV = "".join(
    [
        HEADERS,
        *(
            f"Bolt & Nut {n},Bo,Prospect {n},(214) 555-1{n:03},(312) 555-2{n:03},TX,red,2026-0{n % 9 + 1}-01\n"
            for n in range(40)
        ),
        "Broken,Bob,Prospect,12,,,green,\n",
    ]
)


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "spring_leads.csv"
    path.write_text(CSV)
    return path


def in_colours(page: Page, theme: str) -> None:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": page.url}])
    page.reload()
    expect(page.locator(f'html[data-bs-theme="{theme}"]')).to_have_count(1)


def next_step(page: Page, heading: str) -> None:
    page.get_by_role("button", name="Next").click()
    expect(page.locator('.wizard-steps [aria-current="step"]')).to_contain_text(heading)


def upload(page: Page, csv_file: Path) -> None:
    page.goto("/lists/new")
    page.set_input_files("#file", csv_file)
    next_step(page, "Lead Pool Settings")


def to_columns(page: Page, csv_file: Path) -> None:
    upload(page, csv_file)
    next_step(page, "List Settings")
    next_step(page, "Column Mapping")


def test_what_is_typed_before_the_scripts_are_there_counts(
    open_as: OpenAs, max_: User, csv_file: Path
) -> None:
    page = open_as(max_)
    page.goto("/lists/new")
    page.set_input_files("#file", csv_file)
    held: list[Route] = []
    page.route("**/list_settings*.js*", lambda route: held.append(route))
    next_step(page, "Lead Pool Settings")
    page.get_by_label("Batch size of Prospects").fill("250")
    advice = page.get_by_text("is not advised")
    expect(advice).to_be_hidden()
    held.pop().continue_()
    expect(advice).to_be_visible()


def test_file_becomes_an_assigned_list(
    open_as: OpenAs,
    max_: User,
    ana: User,
    abe: User,
    csv_file: Path,
    import_all: Callable[[], None],
    shot: Shot,
) -> None:
    page = open_as(max_)
    shot(page, "00-no-lists")
    page.locator("summary", has_text="Add Lists").click()
    page.locator(".page-head").get_by_role("link", name="Add from CSV").click()
    page.set_input_files("#file", csv_file)
    expect(page.get_by_text("spring_leads.csv")).to_be_visible()
    expect(page.get_by_label("List name")).to_have_value("spring leads")
    shot(page, "01-file")
    next_step(page, "Lead Pool Settings")
    advice = page.get_by_text("is not advised")
    expect(advice).to_be_hidden()
    page.get_by_label("Batch size of Prospects").fill("250")
    expect(advice).to_be_visible()
    shot(page, "02-advice")
    page.get_by_label("Batch size of Prospects").fill("25")
    expect(advice).to_be_hidden()
    page.get_by_role("checkbox", name="Ana").check()
    shot(page, "03-lead-pool-settings")
    next_step(page, "List Settings")
    expect(page.get_by_label("Descending")).to_be_disabled()
    page.get_by_label("Sort By").select_option(label="Renewal")
    page.get_by_text("Descending").click()
    expect(page.get_by_text("over midnight")).to_be_hidden()
    page.get_by_label("Prospect time from").fill("20:00")
    page.get_by_label("Prospect time until").fill("02:00")
    expect(page.get_by_text("over midnight")).to_be_visible()
    shot(page, "04-list-settings")
    next_step(page, "Column Mapping")
    expect(page.get_by_label("Account Name")).to_have_value("Account Name")
    expect(page.get_by_label("Mobile Phone")).to_have_value("Cell")
    expect(page.get_by_text("Not mapped: Favourite colour, Renewal")).to_be_visible()
    shot(page, "05-column-mapping")
    page.get_by_label("Phone", exact=True).select_option("")
    page.get_by_role("button", name="Save List").click()
    expect(page.get_by_role("alert")).to_contain_text("Mandatory fields have no column yet: Phone.")
    shot(page, "06-mandatory-missing")
    page.get_by_label("Phone", exact=True).select_option("Phone")
    page.get_by_role("button", name="Save List").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 columns are not mapped")
    shot(page, "07-unmapped")
    dialog.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Your List has been saved successfully!")).to_be_visible()
    expect(page.get_by_text("Waiting in the Import Queue")).to_be_visible()
    shot(page, "08-saved")
    import_all()
    expect(page.locator(".tile", has_text="Total Prospects").locator(".big")).to_have_text("40")
    expect(page.get_by_text("Waiting in the Import Queue")).to_be_hidden()
    expect(page.get_by_role("link", name="Refused rows")).to_be_visible()
    shot(page, "09-info")
    page.get_by_role("link", name="Lists").first.click()
    expect(page.get_by_role("row", name=re.compile("spring leads"))).to_have_class("lead-pool")
    shot(page, "10-lists")
    page.get_by_role("link", name="Import Queue").click()
    expect(page.locator("#queue tbody tr")).to_contain_text("spring_leads.csv")
    shot(page, "11-import-queue")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [1366, 1920])
def test_every_step_looks_right_in_dark_and_light(
    open_as: OpenAs,
    db: Database,
    floor: Floor,
    max_: User,
    ana: User,
    csv_file: Path,
    shot: Shot,
    theme: str,
    width: int,
) -> None:
    long_name = "Ana-Maria Wolfeschlegelsteinhausenbergerdorff of Nether Wallop"
    people = [
        floor.hire(f"{name} {long_name[4:]}", extension=f"20{n:02}")
        for n, name in enumerate(("Ada", "Bea", "Cia"))
    ]
    teams.create_team(db, floor.organisation.id, "Closers of the northern half of the country")
    page = open_as(max_)
    page.set_viewport_size({"width": width, "height": 800})
    in_colours(page, theme)
    upload(page, csv_file)
    paths = ["pool", "settings", "columns", "columns?confirm", "file"]
    next_step(page, "List Settings")
    next_step(page, "Column Mapping")
    base = page.url.rsplit("/", 1)[0]
    list_id = floor.add_list(
        max_, ana, *people, name="A list named by somebody who had the whole afternoon " * 2
    )
    floor.sit_down(people[0], list_id)
    floor.call(list_id)
    pages = {path.split("?")[-1]: f"{base}/{path}" for path in paths}
    pages |= {"info": f"/lists/{list_id}", "edit": f"/lists/{list_id}/edit"}
    for name, address in {**pages, "lists": "/lists/", "queue": "/lists/queue"}.items():
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, address
        shot(page, name)


def test_dropped_file_is_taken_like_a_chosen_one(open_as: OpenAs, max_: User) -> None:
    page = open_as(max_)
    page.goto("/lists/new")
    page.locator("[data-drop]").evaluate(
        """(zone, text) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], "dropped_leads.csv", {type: "text/csv"}));
            const how = {dataTransfer: transfer, bubbles: true, cancelable: true};
            zone.dispatchEvent(new DragEvent("drop", how));
        }""",
        CSV,
    )
    expect(page.get_by_label("List name")).to_have_value("dropped leads")
    next_step(page, "Lead Pool Settings")


def test_wizard_works_by_keyboard_alone(
    open_as: OpenAs, db: Database, floor: Floor, max_: User, ana: User, csv_file: Path
) -> None:
    page = open_as(max_)
    page.goto("/lists/new")
    # A file chooser belongs to the computer, not to the page.
    page.set_input_files("#file", csv_file)
    page.get_by_label("List name").focus()
    page.keyboard.press("Enter")
    expect(page.locator('[aria-current="step"]')).to_contain_text("Lead Pool Settings")

    def tab_to(what: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            found = page.evaluate(
                """() => { const e = document.activeElement;
                    return (e.labels?.[0]?.textContent ?? e.getAttribute("aria-label") ?? e.textContent).trim(); }"""
            )
            if found.startswith(what):
                seen = page.evaluate(
                    """() => { const e = document.activeElement, near = e.nextElementSibling ?? e;
                        return [e, near, e.closest("label, .drop") ?? e].some((x) => {
                            const s = getComputedStyle(x);
                            return s.outlineStyle !== "none" || s.boxShadow !== "none"; }); }"""
                )
                assert seen, f"{what} has no visible focus"
                return
        raise AssertionError(f"{what} was not reached by Tab")

    tab_to("Ana")
    page.keyboard.press("Space")
    tab_to("Next")
    page.keyboard.press("Enter")
    expect(page.locator('[aria-current="step"]')).to_contain_text("List Settings")
    tab_to("Next")
    page.keyboard.press("Enter")
    expect(page.locator('[aria-current="step"]')).to_contain_text("Column Mapping")
    tab_to("Save List")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    tab_to("Save List")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    tab_to("Confirm")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your List has been saved successfully!")).to_be_visible()
    [row] = lists.overview(floor.tenant, max_.id)
    assert list_info.info(floor.tenant, max_.id, row.id).user_ids == {ana.id}


def test_what_was_typed_is_there_after_back_and_after_a_reload(
    open_as: OpenAs, max_: User, csv_file: Path, shot: Shot
) -> None:
    page = open_as(max_)
    upload(page, csv_file)
    with page.expect_response(re.compile("/keep/pool")):
        page.get_by_label("Batch size of Prospects").fill("77")
    page.reload()
    expect(page.get_by_label("Batch size of Prospects")).to_have_value("77")
    next_step(page, "List Settings")
    page.get_by_label("Ring time").fill("5")
    page.get_by_label("Script").fill("Hello, Bo")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("One field needs another look")
    shot(page, "01-error")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Batch size of Prospects")).to_have_value("77")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_text("spring_leads.csv").first).to_be_visible()
    shot(page, "02-file-again")
    next_step(page, "Lead Pool Settings")
    next_step(page, "List Settings")
    expect(page.get_by_label("Ring time")).to_have_value("5")
    expect(page.get_by_label("Script")).to_have_value("Hello, Bo")


def test_unticked_lead_pool_settings_cannot_be_reached_and_stay_typed(
    open_as: OpenAs, max_: User, csv_file: Path, shot: Shot
) -> None:
    page = open_as(max_)
    upload(page, csv_file)
    page.get_by_label("Batch size of Prospects").fill("55")
    page.get_by_label("This is a Lead Pool list").uncheck()
    expect(page.locator("#pool-fields")).to_have_attribute("inert", "")
    shot(page, "01-unticked")
    page.get_by_label("This is a Lead Pool list").check()
    expect(page.get_by_label("Batch size of Prospects")).to_have_value("55")


def test_mapping_is_saved_and_used_for_the_next_file(
    open_as: OpenAs, max_: User, tmp_path: Path, shot: Shot
) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_text("Firm,Given,Family,Dial this\nBolt,Bo,Prospect,(214) 555-1000\n")
    page = open_as(max_)
    to_columns(page, odd)
    for label, header in (
        ("Account Name", "Firm"),
        ("First Name", "Given"),
        ("Last Name", "Family"),
        ("Phone", "Dial this"),
    ):
        page.get_by_label(label, exact=True).select_option(header)
    page.get_by_label("Name for this mapping").fill("Broker files")
    page.get_by_label("Name for this mapping").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("saved as «Broker files»")
    to_columns(page, odd)
    expect(page.get_by_label("Phone", exact=True)).to_have_value("")
    page.get_by_role("button", name="Use Mapping").click()
    expect(page.get_by_label("Phone", exact=True)).to_have_value("Dial this")
    shot(page, "01-mapping-used")
    page.get_by_role("button", name="Delete this mapping").click()
    expect(page.get_by_role("button", name="Use Mapping")).to_be_hidden()
    expect(page.get_by_label("Phone", exact=True)).to_have_value("Dial this")


def test_same_file_again_is_warned_about(
    open_as: OpenAs, max_: User, csv_file: Path, import_all: Callable[[], None], shot: Shot
) -> None:
    page = open_as(max_)
    to_columns(page, csv_file)
    page.get_by_role("button", name="Save List").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Your List has been saved successfully!")).to_be_visible()
    import_all()
    page.goto("/lists/new")
    page.set_input_files("#file", csv_file)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("This file was imported before.")).to_be_visible()
    expect(page.get_by_text("into «spring leads»")).to_be_visible()
    shot(page, "01-imported-before")
    next_step(page, "Lead Pool Settings")


def test_who_is_signed_out_meanwhile_is_led_to_the_sign_in_and_back(
    open_as: OpenAs, floor: Floor, max_: User, csv_file: Path
) -> None:
    page = open_as(max_)
    page.goto("/lists/new")
    page.set_input_files("#file", csv_file)
    people.set_password(floor.tenant, max_.id, "another horse")
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/sign-in?next=/lists/new")


def test_file_that_is_no_list_is_refused_where_it_was_chosen(
    open_as: OpenAs, max_: User, tmp_path: Path, shot: Shot
) -> None:
    workbook = tmp_path / "leads.csv"
    workbook.write_bytes(b"PK\x03\x04" + b"x" * 500)
    page = open_as(max_)
    page.goto("/lists/new")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a CSV file first.")
    page.set_input_files("#file", workbook)
    page.get_by_label("List name").fill("My name stays")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("Excel")
    expect(page.get_by_label("List name")).to_have_value("My name stays")
    shot(page, "01-refused")


def test_large_upload_shows_how_far_it_is(open_as: OpenAs, max_: User, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_text(CSV + "".join(f"Bolt {n},Bo,Prospect,(214) 555-1000,,,x,\n" for n in range(200_000)))
    page = open_as(max_)
    seen: list[str] = []
    # The page is gone once the upload is done: it tells by itself, nobody asks it.
    page.expose_function("showed", lambda text: seen.append(text))
    page.goto("/lists/new")
    page.evaluate(
        """() => { const percent = document.querySelector("[data-percent]");
            new MutationObserver(() => showed(percent.textContent)).observe(percent, {childList: true}); }"""
    )
    page.set_input_files("#file", large)
    with page.expect_navigation(url=re.compile("/pool$")):
        page.get_by_role("button", name="Next").click()
    assert seen, "the bar moved"
    assert all(re.fullmatch(r"\d+\s?%", text) for text in seen)


def test_import_can_be_cancelled_from_the_lists_page(
    open_as: OpenAs, max_: User, csv_file: Path, import_all: Callable[[], None], shot: Shot
) -> None:
    page = open_as(max_)
    to_columns(page, csv_file)
    page.get_by_role("button", name="Save List").click()
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Cancel import").click()
    import_all()
    expect(page.get_by_text("The import of spring_leads.csv was cancelled.")).to_be_visible()
    shot(page, "01-cancelled")
