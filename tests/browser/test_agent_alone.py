"""An agent dials alone: records, a click, the window while it rings, and the outcome on the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from panel_floor import Floor, now
from playwright.sync_api import Page, expect

from dialer.store import sessions
from dialer.store.people import User
from dialer.store.sessions import SessionKind

Window = Callable[[User], Page]
Shot = Callable[[Page, str], Path]


def test_a_click_opens_the_window_and_the_outcome_stands_on_the_page(
    floor: Floor, max_: User, ana: User, open_as: Window, shot: Shot
) -> None:
    floor.add_normal_list(max_, ana)
    page = open_as(ana)
    page.goto("/session/")
    shot(page, "my-lists")
    page.locator("tr", has_text="Spring leads").get_by_role("link", name="Load into My Session").click()
    expect(page.get_by_text('Click "Start Session" button')).to_be_visible()
    page.get_by_role("button", name="Start Session").click()
    expect(page.locator("#message")).to_contain_text("Connecting phone")
    floor.connect_phones()
    expect(page.get_by_role("button", name="Call next")).to_be_enabled()
    shot(page, "records")
    call = page.get_by_role("button", name="Call Bo Prospect 2")
    call.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").get_by_text("Calling …")).to_be_visible()
    (leg_id,) = floor.answer_desks()
    expect(page.get_by_role("dialog")).to_contain_text("Calling …")
    shot(page, "ringing")
    floor.hang_up(leg_id, cause=17)
    expect(page.locator("#last-outcome")).to_have_text("Busy")
    expect(page.get_by_role("button", name="Call Bo Prospect 2")).to_have_count(0)
    page.get_by_role("button", name="Skip Bo Prospect 1").click()
    expect(page.locator("tbody tr").last).to_contain_text("Bo Prospect 1")
    page.get_by_role("button", name="One after another: off").click()
    expect(page.get_by_role("button", name="One after another: on")).to_be_visible()
    shot(page, "after")


def test_follow_ups_show_when_they_are_due_and_why_they_were_promised(
    floor: Floor, max_: User, ana: User, open_as: Window, shot: Shot
) -> None:
    floor.add_list(max_, ana, prospects=6)
    floor.promise(ana, timedelta(days=-3), timedelta(hours=-1), note="Wants the price for two, after lunch")
    sessions.start_follow_ups(floor.tenant, ana.id, SessionKind.FOLLOW_UPS_PAST_DUE, now())
    floor.connect_phones()
    page = open_as(ana)
    page.goto("/session/")
    expect(page.get_by_text("Wants the price for two, after lunch").first).to_be_visible()
    shot(page, "follow-ups")
