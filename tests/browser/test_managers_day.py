"""A manager's day at the panel: the lists' counts move while agents dial."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from panel_floor import Floor
from playwright.sync_api import Page, expect

from dialer.store.people import User

expect.set_options(timeout=15_000)

OpenAs = Callable[[User], Page]


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
    long = ("A list named by somebody who had the whole afternoon to do so " * 2)[:120]
    list_id = floor.add_list(max_, ana, name=long.strip())
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
