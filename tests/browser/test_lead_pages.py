"""A visitor asks to be called, nobody takes the lead, a manager gives it to an agent, who calls: in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lead_hands as hands
from panel_floor import Floor, now
from playwright.sync_api import Browser, Page, expect

from dialer.store import lead_pages, leads, webhooks
from dialer.store.lead_pages import Wanted
from dialer.store.people import User
from dialer.webhooks import refusal

Shot = Callable[[Page, str], Path]
OpenAs = Callable[[User], Page]

FITS = "(() => { const t = document.querySelector('.table-responsive'); return t.scrollWidth <= t.clientWidth; })()"
LONG = "Bartholomew Maximilian Featherstonehaugh-Cholmondeley of Wolverhampton"


def test_a_lead_comes_from_a_site_and_is_assigned_by_hand(
    open_as: OpenAs, chromium: Browser, panel: Any, floor: Floor, max_: User, ana: User, abe: User, shot: Shot
) -> None:
    campaign = hands.campaign(floor)
    page = open_as(max_)
    page.get_by_role("link", name="Leads", exact=True).click()
    expect(page.get_by_text("No leads yet")).to_be_visible()
    shot(page, "no-leads")
    page.get_by_role("link", name="Make a web form").click()
    page.get_by_label("Name").first.fill("Landing page")
    page.get_by_label("Message").check()
    page.get_by_label("Sites that may show it").fill(panel.url)
    page.get_by_label("Consent").fill("You may call me about my request.")
    shot(page, "form-new")
    page.get_by_role("button", name="Make the form").click()
    snippet = page.get_by_label("Lines for your site").input_value()
    shot(page, "form-made")
    address = re.search(r'src="([^"]+)"', snippet)
    assert address is not None

    visitor = chromium.new_context(viewport={"width": 560, "height": 900}).new_page()
    visitor.goto(address[1])
    visitor.get_by_label("First Name").fill("Bo")
    visitor.get_by_label("Phone", exact=False).first.fill("call me")
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_text("Tick this so that we may call you.")).to_be_visible()
    visitor.get_by_label("You may call me about my request.").check()
    visitor.get_by_role("button", name="Call me back").click()
    expect(visitor.get_by_text("is not a phone number")).to_be_visible()
    shot(visitor, "visitor-wrong")
    visitor.get_by_label("Phone", exact=False).first.fill("(214) 555-0123")
    visitor.get_by_role("button", name="Call me back").click()
    expect(visitor.get_by_text("Thank you. We call you in a moment.")).to_be_visible()
    shot(visitor, "visitor-done")
    visitor.context.close()

    (lead,) = lead_pages.page(floor.tenant, floor.organisation.id, Wanted())
    page.goto("/leads/exceptions")
    expect(page.get_by_text("No exceptions")).to_be_visible()
    hands.ring(floor, lead.id, [(ana.id, "no_answer"), (abe.id, "did_not_press")])
    hands.make_exception(floor, lead.id)
    hands.make_exception(floor, hands.lead(floor, campaign, LONG).lead_id, "no_one_eligible")
    expect(page.get_by_text("Nobody who was rung pressed 1.")).to_be_visible()
    expect(page.get_by_role("link", name="Lead Exception 2")).to_be_visible()
    assert page.evaluate(FITS), "no button is cut off"
    shot(page, "exceptions")
    page.goto("/leads/unassigned")
    assert page.evaluate(FITS)
    shot(page, "unassigned")
    page.goto("/leads/exceptions")
    page.get_by_label("Ring again for Bartholomew").press("Enter")
    expect(page.get_by_text("Agents are rung for the lead again.")).to_be_visible()
    expect(page.get_by_text("Bartholomew")).to_have_count(0)
    page.wait_for_load_state()  # before its script is there, the button leads to the lead's page
    page.get_by_label("Assign Bo").press("Enter")
    expect(page.get_by_role("dialog", name="Assign «Bo»")).to_be_visible()
    shot(page, "assigning")
    page.get_by_label("Agent").select_option(label="Ana")
    page.get_by_role("button", name="Assign", exact=True).last.click()
    expect(page.get_by_text("The lead is assigned")).to_be_visible()
    expect(page.get_by_text("No exceptions")).to_be_visible()
    page.goto(f"/leads/{lead.id}")
    expect(page.get_by_text("Nobody took it")).to_be_visible()
    expect(page.get_by_role("heading", name="Call Activity")).to_be_visible()
    shot(page, "lead")
    page.context.add_cookies([{"name": "theme", "value": "dark", "url": page.url}])
    page.set_viewport_size({"width": 1920, "height": 1000})
    page.reload()
    shot(page, "lead-dark")
    page.goto("/leads/")
    expect(page.get_by_text("Bartholomew")).to_be_visible()
    shot(page, "all-dark")


def test_an_agent_finds_a_new_lead_and_calls_it(
    open_as: OpenAs, floor: Floor, max_: User, ana: User, shot: Shot
) -> None:
    campaign = hands.campaign(floor)
    page = open_as(ana)
    page.goto("/my-leads/")
    expect(page.get_by_text("No leads yet")).to_be_visible()
    for name in ("Bo", LONG):
        lead_id = hands.lead(floor, campaign, name, product="Refinance").lead_id
        leads.assign(floor.tenant, max_.id, floor.organisation.id, lead_id, ana.id, now())
    expect(page.get_by_text("Bo Prospect")).to_be_visible()
    shot(page, "my-leads")
    page.get_by_role("button", name="Call Bo Prospect").press("Enter")
    page.wait_for_url("**/session/")
    expect(page.get_by_text("Connecting phone").first).to_be_visible()
    floor.connect_phones()
    (leg_id,) = floor.answer_desks()
    expect(page.get_by_text("Bo Prospect").first).to_be_visible()
    shot(page, "calling")
    floor.hang_up(leg_id, 17)
    page.goto("/my-leads/")
    expect(page.get_by_text("Busy")).to_be_visible()
    shot(page, "called")
    page.goto("/session/")
    expect(page.get_by_role("heading", name="Records")).to_be_visible()
    shot(page, "session-on-leads")


def test_an_admin_sees_which_address_takes_nothing(
    open_as: OpenAs, floor: Floor, ada: User, shot: Shot
) -> None:
    campaign = hands.campaign(floor)
    page = open_as(ada)
    page.goto("/company/webhooks/")
    shot(page, "no-webhooks")
    page.get_by_label("Address").fill("https://crm.example.com/hooks/ringpool?of=" + "long" * 20)
    page.get_by_role("button", name="Add address").click()
    expect(page.get_by_label("The new secret")).to_have_value(re.compile("whsec_.+"))
    shot(page, "webhook-made")
    hands.make_exception(floor, hands.lead(floor, campaign).lead_id)
    sent = webhooks.claim(floor.db)
    assert sent is not None
    with floor.db.transaction() as connection:
        connection.execute("UPDATE webhook_delivery SET until = now() - interval '1 day'")
    row = webhooks.Outgoing(**{**{f: getattr(sent, f) for f in sent.__slots__}, "until": now()})
    webhooks.settle(floor.db, row, refusal(503), now())
    page.goto("/company/webhooks/")
    expect(page.get_by_text("1 given up")).to_be_visible()
    shot(page, "webhook-given-up")
    page.get_by_role("link", name=re.compile("crm.example.com")).click()
    page.get_by_label(re.compile("Send message .* again")).click()
    expect(page.get_by_text("1 message is sent again.")).to_be_visible()
    shot(page, "webhook-again")
