"""A manager's day at the panel: a file becomes a list, and its counts move."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from panel_floor import Floor
from playwright.sync_api import Page, expect

from dialer.store.people import User

expect.set_options(timeout=15_000)

OpenAs = Callable[[User], Page]

CSV = "Account Name,First Name,Last Name,Phone,Colour\n" + "".join(
    f"Bolt {n},Bo,Prospect {n},(214) 555-1{n:03},red\n" for n in range(40)
)


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "spring_leads.csv"
    path.write_text(CSV)
    return path


def test_file_becomes_an_assigned_list(open_as: OpenAs, max_: User, ana: User, csv_file: Path) -> None:
    page = open_as(max_)
    page.get_by_role("link", name="Add from CSV").first.click()
    page.set_input_files("#file", csv_file)
    expect(page.get_by_text("spring_leads.csv")).to_be_visible()
    expect(page.get_by_label("List name")).to_have_value("spring leads")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Account Name")).to_have_value("Account Name")
    expect(page.get_by_text("Kept as custom fields: Colour")).to_be_visible()
    page.get_by_label("Phone", exact=True).select_option("")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("mandatory")
    page.get_by_label("Phone", exact=True).select_option("Phone")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("checkbox", name="Ana").check()
    page.get_by_role("button", name="Save List").click()
    expect(
        page.get_by_text("Your List has been saved successfully! 40 prospects were taken in")
    ).to_be_visible()
    page.get_by_role("link", name="Lists").first.click()
    row = page.get_by_role("row", name=re.compile("spring leads"))
    expect(row).to_have_class("lead-pool")


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
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Which column fills which field?")).to_be_visible()


def test_counts_move_while_agents_dial(open_as: OpenAs, floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    page = open_as(max_)
    expect(page.locator(f"#list-{list_id}")).to_be_visible()
    floor.sit_down(ana, list_id)
    leg_id = floor.call(list_id)
    expect(page.locator(f"#list-{list_id}")).to_contain_text("Ana")
    page.goto(f"/lists/{list_id}")
    expect(page.locator(".calls tbody tr")).to_contain_text("Talking")
    floor.hang_up(leg_id)
    expect(page.locator(".calls tbody tr")).to_contain_text("Connected")


def test_page_fits_1366_pixels_with_long_names(open_as: OpenAs, floor: Floor, max_: User) -> None:
    ana = floor.hire("Ana-Maria Wolfeschlegelsteinhausenbergerdorff of Nether Wallop", extension="1009")
    list_id = floor.add_list(
        max_, ana, name="A list named by somebody who had the whole afternoon to do so " * 2
    )
    floor.sit_down(ana, list_id)
    floor.call(list_id)
    manager, agent = open_as(max_), open_as(ana)
    for page, path in ((manager, "/lists/"), (manager, f"/lists/{list_id}"), (agent, "/session/")):
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path


def test_everything_can_be_reached_by_keyboard_with_a_visible_focus(open_as: OpenAs, max_: User) -> None:
    page = open_as(max_)
    page.goto("/lists/")
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.textContent.trim() || document.activeElement.title")
        )
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        shadow = page.evaluate("getComputedStyle(document.activeElement).boxShadow")
        assert outline != "none" or shadow != "none", reached[-1]
    assert "Skip to the content" in reached
    assert "My Session" in reached
    assert "Lists" in reached


def test_panel_stops_quickly_with_pages_open(open_as: OpenAs, panel: Any, floor: Floor, max_: User) -> None:
    page = open_as(max_)
    with page.expect_response(re.compile("/live")):
        page.goto("/lists/")
    assert panel.stop() < 8
