"""The team grid of an open page: rows come by themselves, and nothing of the page is fetched for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from panel_floor import Floor, now
from playwright.sync_api import Page, expect

from dialer.store import sessions
from dialer.store.people import User

expect.set_options(timeout=15_000)

OpenAs = Callable[[User], Page]
TEAM = 30


@pytest.fixture
def team(floor: Floor) -> list[User]:
    """Names before and after Ana's."""
    return [floor.hire(f"{'Aa' if n % 2 else 'Zo'}{n:02} Talker", extension=f"2{n:03}") for n in range(TEAM)]


@pytest.fixture
def list_id(floor: Floor, max_: User, ana: User, abe: User, team: list[User]) -> int:
    list_id = floor.add_list(max_, ana, abe, *team)
    for who in (ana, *team):
        floor.sit_down(who, list_id)
    return list_id


def grids_fetched(page: Page) -> list[str]:
    """What the page asks of the grid from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/session/grid/" in request.url else None)
    return asked


def settled(page: Page, floor: Floor, by: User) -> None:
    """The page has fetched what it may have missed while it opened: changes come and it fetches no more.

    It fetches a grid every 0.7 s at most; the changes of one agent come every 0.15 s at most.
    """
    asked = grids_fetched(page)
    quiet = 0
    while quiet < 4:
        before = len(asked)
        sessions.ask_pause(floor.tenant, by.id, "Lunch", now())
        expect(page.locator(f"#talker-{by.id}")).to_contain_text("Lunch")
        sessions.resume(floor.tenant, by.id, now())
        expect(page.locator(f"#talker-{by.id}")).to_contain_text("Waiting")
        quiet = quiet + 1 if len(asked) == before else 0


def test_rows_come_without_a_fetch_and_leave_focus_and_scroll_alone(
    open_as: OpenAs,
    floor: Floor,
    ana: User,
    abe: User,
    team: list[User],
    list_id: int,
    shot: Callable[[Page, str], Path],
) -> None:
    page = open_as(ana)
    settled(page, floor, team[0])
    asked = grids_fetched(page)
    scroller = page.get_by_role("region", name="Team")
    scroller.focus()
    scroller.evaluate("it => it.scrollTop = 120")
    sessions.ask_pause(floor.tenant, team[1].id, "Lunch", now())
    floor.sit_down(abe, list_id)
    sessions.end_session(floor.tenant, team[2].id, now())
    expect(page.locator(f"#talker-{team[1].id}")).to_contain_text("Lunch")
    expect(page.locator(f"#talker-{abe.id}")).to_contain_text("Waiting")
    expect(page.locator(f"#talker-{team[2].id}")).to_have_count(0)
    expect(scroller).to_be_focused()
    assert scroller.evaluate("it => it.scrollTop") == 120
    assert asked == []
    shot(page, "team")


def test_own_row_stays_first_and_green_and_the_others_are_in_order(
    open_as: OpenAs, floor: Floor, ana: User, abe: User, team: list[User], list_id: int
) -> None:
    page = open_as(ana)
    settled(page, floor, team[0])
    asked = grids_fetched(page)
    floor.sit_down(abe, list_id)
    expect(page.locator(f"#talker-{abe.id}")).to_contain_text("Waiting")
    page.locator("summary", has_text="Pause").click()
    page.get_by_role("button", name="Lunch").click()
    own = page.locator(f"#talker-{ana.id}")
    expect(own).to_contain_text("Lunch")
    expect(own).to_have_attribute("aria-current", "true")
    expect(own.locator("td").first).to_have_css("background-color", "rgb(211, 249, 216)")
    expect(own.locator(".running").first).to_have_text(re.compile(r"^0:\d\d$"))
    names = page.locator("#grid-rows .talker-name").all_inner_texts()
    assert names[0] == "Ana"
    assert names[1:] == sorted(names[1:])
    assert "Abe" in names
    assert asked == []


def test_page_that_missed_something_fetches_the_grid_once_and_goes_on(
    open_as: OpenAs, floor: Floor, ana: User, team: list[User], list_id: int
) -> None:
    page = open_as(ana)
    settled(page, floor, team[0])
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")  # left by the back button
    sessions.ask_pause(floor.tenant, team[1].id, "Lunch", now())
    with page.expect_request("**/session/grid/*"):
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.locator(f"#talker-{team[1].id}")).to_contain_text("Lunch")
    settled(page, floor, team[0])
