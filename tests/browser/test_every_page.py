"""Every page: no serious fault of accessibility, nothing wider than the window, and a picture of each.

Pictures are in build/screenshots/every_page, for people to look at. axe-core is an npm package of the tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for
from pages import PAGES, Office, open_office
from panel_floor import Floor, now
from playwright.sync_api import Page, expect

from dialer.settings import Settings
from dialer.store import sessions, solo
from dialer.store.people import User
from web.app import create_app

OpenAs = Callable[[User], Page]
ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "screenshots" / "every_page"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {1366: 768, 1920: 1080}
THEMES = ("light", "dark")
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
STILL = """() => {
    const still = new CSSStyleSheet();
    still.replaceSync("* { transition: none !important; animation: none !important; }");
    document.adoptedStyleSheets = [still];
}"""
"""Colours on their way from one theme to the other are nobody's."""
SERIOUS = """async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`));
}"""


@pytest.fixture
def office(floor: Floor) -> Office:
    return open_office(floor)


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """The address of an endpoint."""
    app: Flask = create_app(
        Settings(database_url=database_url, secret_key="only for this test"), testing=True
    )
    with app.test_request_context():
        yield url_for
    app.extensions["ringpool_database"].close()


def look(page: Page, name: str) -> dict[str, list[str]]:
    """What is wrong with the page as it is, in every theme and width; a picture of each is kept."""
    said: dict[str, list[str]] = {}
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.evaluate(STILL)
    page.evaluate("window.axe || " + AXE.read_text(encoding="utf-8"))
    for theme in THEMES:
        page.evaluate("(theme) => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
        found = []
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=PICTURES / f"{name}-{theme}-{width}.png")
            if (wide := page.evaluate(WIDER)) > 0:
                found.append(f"at {width} px wider than the window by {wide} px")
        if found := found + page.evaluate(SERIOUS):
            said[f"{name}, {theme}"] = found
    return said


def told(said: dict[str, Any]) -> str:
    return json.dumps(said, indent=2, ensure_ascii=False)


@pytest.mark.parametrize("who", sorted({who for who in PAGES.values() if who}))
def test_every_page(who: str, office: Office, open_as: OpenAs, address: Callable[..., str]) -> None:
    page = open_as(office.people[who])
    said: dict[str, list[str]] = {}
    for endpoint in [one for one, seen_by in PAGES.items() if seen_by == who]:
        answer = page.goto(address(endpoint, **office.names.get(endpoint, {})))
        assert answer is not None
        assert answer.status == 200, endpoint
        said |= look(page, endpoint)
    assert not said, told(said)


def test_the_page_before_signing_in(open_as: OpenAs, office: Office) -> None:
    page = open_as(office.people["ana"])
    page.context.clear_cookies()
    page.goto("/sign-in")
    said = look(page, "sign_in.form")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("E-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    said |= look(page, "sign_in.refused")
    assert not said, told(said)


def test_my_session_in_every_state(office: Office, open_as: OpenAs) -> None:
    floor, ana, list_id = office.floor, office.people["ana"], office.list_id
    page = open_as(ana)
    page.goto(f"/session/?list={list_id}")
    said = look(page, "session-loaded")

    def shown(state: str) -> None:
        expect(page.locator(f'#stage[data-state="{state}"]')).to_be_visible()
        said.update(look(page, f"session-{state}"))

    sessions.start_session(floor.tenant, ana.id, list_id, now())
    shown("connecting")
    floor.connect_phones()
    shown("ready")
    leg_id = floor.call(list_id)
    shown("on_call")
    floor.hang_up(leg_id)
    shown("wrap_up")
    page.get_by_role("button", name="Close").click()
    shown("paused")
    sessions.resume(floor.tenant, ana.id, now())
    floor.lose_phone(ana)
    shown("phone_lost")
    assert not said, told(said)


def test_dialing_alone_in_every_state(office: Office, open_as: OpenAs) -> None:
    floor, ana, max_ = office.floor, office.people["ana"], office.people["max"]
    list_id = floor.add_normal_list(max_, ana)
    page = open_as(ana)
    page.goto(f"/session/?list={list_id}")
    said = look(page, "alone-loaded")
    sessions.start_session(floor.tenant, ana.id, list_id, now())
    floor.connect_phones()
    (barred, _, bo) = solo.records(floor.tenant, ana.id)
    solo.skip(floor.tenant, ana.id, bo.prospect_id, now())
    floor.bar(barred.prospect_id)
    solo.ask_call(floor.tenant, ana.id, barred.prospect_id, now())
    assert floor.answer_desks() == []
    expect(page.locator("#refusal")).to_be_visible()
    said.update(look(page, "alone-refused"))
    solo.ask_next(floor.tenant, ana.id, now())
    (leg_id,) = floor.answer_desks()
    expect(page.get_by_role("dialog")).to_be_visible()
    said.update(look(page, "alone-ringing"))
    floor.hang_up(leg_id, cause=17)
    expect(page.locator("#last-outcome")).to_be_visible()
    said.update(look(page, "alone-busy"))
    sessions.end_session(floor.tenant, ana.id, now())
    floor.hang_up_phones()
    floor.promise(ana, timedelta(days=-2), note="Wants the price for two, after lunch")
    page.goto("/session/?follow_ups=follow_ups_past_due")
    page.get_by_role("button", name="Start Session").click()
    expect(page.locator('#stage[data-state="connecting"]')).to_be_visible()
    floor.connect_phones()
    expect(page.get_by_text("Wants the price")).to_be_visible()
    page.mouse.move(0, 0)
    said.update(look(page, "alone-follow-ups"))
    assert not said, told(said)
