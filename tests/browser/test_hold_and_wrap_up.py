"""Hold by its key, and a wrap-up that runs out under the agent's hands."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from panel_floor import NODE, Floor, now
from playwright.sync_api import Page, expect

from dialer.store import calls, dispositions, holds, wrap_up
from dialer.store.people import User

expect.set_options(timeout=15_000)

OpenAs = Callable[[User], Page]
Shot = Callable[[Page, str], Path]


def take_holds(page: Page, floor: Floor) -> None:
    """The dialer takes up what was asked, once it was."""
    for _ in range(500):
        taken = holds.take(floor.db, NODE, now())
        for leg_id, event in taken:
            calls.on_event(floor.db, leg_id, event)
        if taken:
            return
        page.wait_for_timeout(20)
    raise AssertionError("nobody asked for anything")


def test_a_key_holds_and_takes_back_also_while_typing(
    open_as: OpenAs, floor: Floor, max_: User, ana: User, shot: Shot
) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    page = open_as(ana)
    floor.call(list_id)
    notes = page.get_by_label("Notes")
    notes.fill("Wants the gold")
    notes.press("End")
    shot(page, "talking")
    page.keyboard.press("Alt+h")
    take_holds(page, floor)
    expect(page.get_by_role("button", name="Resume call")).to_be_visible()
    expect(page.locator(".state-bar")).to_contain_text("On Hold")
    expect(notes).to_be_focused()
    shot(page, "held")
    page.keyboard.press("Alt+h")
    take_holds(page, floor)
    expect(page.get_by_role("button", name="Hold")).to_be_visible()
    page.keyboard.type(" plan")
    expect(notes).to_have_value("Wants the gold plan")


def test_what_was_typed_outlives_the_wrap_up(
    open_as: OpenAs, floor: Floor, max_: User, ana: User, shot: Shot
) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    page = open_as(ana)
    floor.hang_up(floor.call(list_id))
    left = page.locator("#wrap-up-left")
    expect(left).to_have_text(re.compile(r"^0:\d\d left$"))
    page.get_by_role("button", name="+1 min").click()
    expect(left).to_have_text(re.compile(r"^1:\d\d left$"))
    expect(page.locator(".state-bar .state-time")).to_have_text(re.compile(r"^1:\d\d left$"))
    notes = page.get_by_label("Notes")
    notes.fill("Wants the gold")
    notes.press("End")
    shot(page, "wrap-up")
    later = now() + timedelta(minutes=2)
    for due in wrap_up.due(floor.db, NODE, later):
        assert wrap_up.end(floor.db, due, later)
    expect(page.locator("#disposition-window")).to_contain_text("Wrap-up time is over")
    expect(notes).to_be_focused()
    page.keyboard.type(" plan")
    shot(page, "over")
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    shot(page, "over-dark")
    page.get_by_text("Sale", exact=True).click()
    page.get_by_role("button", name="Save & Go").click()
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()
    assert dispositions.open_call(floor.tenant, ana.id) is None
