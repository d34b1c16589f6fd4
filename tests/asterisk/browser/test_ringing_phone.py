"""A lead that rings at the browser phone: answered and taken by keyboard, or declined (RING-3, DIAL-10)."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from ..ears import hears, listening
from ..leads import Leads, nothing_is_left
from ..rig import Rig, until
from .seat import BO, BO_HZ, phone_is

PICTURES = Path(__file__).resolve().parents[3] / "build" / "screenshots" / "ringing_phone"


def shot(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def test_a_lead_rings_is_answered_and_taken_by_keyboard(page: Page, rig: Rig) -> None:
    rig.execute("UPDATE organisation SET agent_leg_caller_id = '+12125550100'")
    bo = Leads(rig).post(BO)
    ring = page.locator("[data-phone=ring]")
    expect(ring).to_contain_text("Your phone rings")
    expect(ring).to_contain_text("12125550100")
    expect(page.locator("#ringing")).to_contain_text("New lead: press 1 on your phone to take it")
    assert bo.until_leg("Ana", "ringing")["answered_at"] is None, "it does not answer by itself"
    phone_is(page, "ready")
    expect(ring.get_by_role("button", name="Answer")).to_be_focused()
    shot(page, "rings")
    page.keyboard.press("Enter")
    bo.until_leg("Ana", "listening")
    expect(ring.get_by_role("button", name="Take this lead (1)")).to_be_focused()
    shot(page, "answered")
    page.keyboard.press("Enter")
    assert bo.until("taken")["user_id"] == rig.users["Ana"]
    call = rig.until_call(bo.number, "talking")
    with listening(rig.node.settings) as ears:
        hears(ears, call["agent_leg_id"], BO_HZ)
    expect(page.locator("#disposition-window")).to_be_visible()
    expect(page.locator("#ringing")).to_contain_text("You have it")
    expect(ring).to_be_hidden()
    shot(page, "taken")
    page.locator("#hang-up").click()
    phone_is(page, "ready")


def test_a_lead_that_is_declined_is_nobodys_and_the_phone_is_free(page: Page, rig: Rig) -> None:
    bo = Leads(rig).post(BO)
    ring = page.locator("[data-phone=ring]")
    ring.get_by_role("button", name="Decline").click()
    expect(ring).to_be_hidden()
    assert bo.until("exception")["reason"] == "nobody_took"
    assert bo.outcomes() == {"Ana": "rejected"}
    nothing_is_left(rig)
    expect(page.locator("#ringing .ringing-box")).to_have_count(0)


def test_typing_goes_on_while_a_lead_rings_and_a_session_still_answers_by_itself(
    page: Page, rig: Rig
) -> None:
    page.evaluate("document.body.append(Object.assign(document.createElement('input'), {id: 'typed'}))")
    page.locator("#typed").press_sequentially("half a ")
    leads = Leads(rig)
    bo = leads.post(BO)
    ring = page.locator("[data-phone=ring]")
    expect(ring.get_by_role("button", name="Answer")).to_be_visible()
    page.keyboard.type("word")
    expect(page.locator("#typed")).to_have_value("half a word")
    ring.get_by_role("button", name="Decline").click()
    bo.until("exception")
    page.get_by_role("button", name="Start Session").click()
    rig.until_agent("Ana", "ready")
    expect(ring).to_be_hidden()
    until(lambda: page.locator("#phone").get_attribute("data-line") == "up", "the session's call is up")
