"""A manager makes a campaign by keyboard and sees who would ring; an agent sees a lead that rings (RING-1, 3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from panel_floor import Floor
from playwright.sync_api import Page, expect
from ringing import add_campaign, post_lead, press_1, ring_for

from dialer.store import campaigns, distribution_groups, teams
from dialer.store.people import User

OpenAs = Callable[[User], Page]
Shot = Callable[[Page, str], Path]

LONG = "Wolfeschlegelsteinhausenbergerdorff of Nether Wallop and the Isles"


def tab_to(page: Page, name: str) -> None:
    """Walk with the Tab key to what is called so."""
    seen = []
    for _ in range(80):
        page.keyboard.press("Tab")
        text = page.evaluate(
            "(() => { const e = document.activeElement || document.body;"
            " return (e.ariaLabel || e.labels?.[0]?.textContent || e.textContent || '').trim() })()"
        )
        if text == name:
            return
        seen.append(text)
    raise AssertionError(f"no way to {name} by Tab, only to {seen}")


def test_manager_makes_group_and_campaign_by_keyboard_and_sees_who_would_ring(
    open_as: OpenAs, floor: Floor, max_: User, ana: User, abe: User, shot: Shot
) -> None:
    teams.create_team(floor.tenant, floor.organisation.id, "West", by=max_.id)
    floor.hire(LONG, extension="1003")
    page = open_as(max_)
    page.goto("/campaigns/")
    expect(page.get_by_text("First a distribution group")).to_be_visible()
    shot(page, "empty")
    tab_to(page, "Add group")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Texas and California")
    tab_to(page, "States")
    page.keyboard.type("TX,CA")
    page.keyboard.press("Enter")
    tab_to(page, "Products")
    page.keyboard.type("Loan")
    shot(page, "group")
    tab_to(page, "Add group")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The distribution group has been added.")).to_be_visible()
    shot(page, "groups")
    (group,) = distribution_groups.overview(floor.tenant, floor.organisation.id)
    assert (group.settings.states, group.settings.products) == (("TX", "CA"), ("Loan",))
    page.get_by_role("navigation", name="Set-up").get_by_role("link", name="Campaigns").press("Enter")
    tab_to(page, "Add campaign")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Website")
    shot(page, "campaign")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The campaign has been added.")).to_be_visible()
    expect(page.get_by_text("Nobody would ring")).to_be_visible()
    shot(page, "preview-nobody")
    open_as(ana)
    expect(page.locator(f"#rung-{ana.id}")).to_be_visible()
    open_as(abe)
    expect(page.locator(f"#rung-{abe.id}")).to_be_visible()
    with floor.db.transaction() as connection:
        connection.execute("UPDATE app_user SET states = '{CA}' WHERE id = %s", (abe.id,))
    page.get_by_label("Lead's state").fill("TX")
    expect(page.locator(f"#other-{abe.id}")).to_contain_text("Takes no leads from this state.")
    expect(page.get_by_label("Lead's state")).to_be_focused()
    expect(page).to_have_url(re.compile("state=TX"))
    shot(page, "preview")
    page.emulate_media(color_scheme="dark")
    shot(page, "preview-dark")
    assert [one.settings.name for one in campaigns.overview(floor.tenant, floor.organisation.id)] == [
        "Website"
    ]


def test_agent_switches_leads_off_by_keyboard_and_the_manager_reads_why(
    open_as: OpenAs, floor: Floor, ana: User, max_: User, shot: Shot
) -> None:
    campaign_id = add_campaign(floor)
    hers, other, his = open_as(ana), open_as(ana), open_as(max_)
    hers.goto("/my-leads/")
    other.goto("/session/")
    his.goto(f"/campaigns/{campaign_id}/preview")
    expect(his.locator(f"#rung-{ana.id}")).to_be_visible()
    tab_to(hers, "Leads on")
    hers.keyboard.press("Enter")
    off = hers.get_by_role("button", name="Leads off")
    expect(off).to_be_focused()
    expect(other.get_by_role("button", name="Leads off")).to_be_visible()
    expect(his.locator(f"#other-{ana.id}")).to_contain_text("Has switched leads off.")
    shot(hers, "off")
    hers.keyboard.press("Enter")
    expect(hers.get_by_role("button", name="Leads on")).to_be_focused()
    expect(his.locator(f"#rung-{ana.id}")).to_be_visible()


def test_agent_sees_a_lead_that_rings_on_any_page_and_goes_on_typing(
    open_as: OpenAs, floor: Floor, ana: User, abe: User, shot: Shot
) -> None:
    hers, his = open_as(ana), open_as(abe)
    hers.goto("/account/")
    his.goto("/session/")
    typed = hers.get_by_label("Old password")
    typed.press_sequentially("half a ")
    lead_id = post_lead(floor, add_campaign(floor, "Website of the Pacific Northwest, third quarter"), LONG)
    begun = ring_for(floor, lead_id)
    expect(hers.locator("#ringing")).to_contain_text("New lead: press 1 on your phone to take it")
    expect(hers.locator("#ringing").get_by_title(f"Bo {LONG}")).to_be_visible()
    expect(typed).to_be_focused()
    hers.keyboard.type("password")
    expect(typed).to_have_value("half a password")
    shot(hers, "rings")
    hers.emulate_media(color_scheme="dark")
    shot(hers, "rings-dark")
    shot(his, "rings-in-my-session")
    for page in (hers, his):
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0
    press_1(floor, begun, ana)
    expect(hers.locator("#ringing")).to_contain_text("You have it")
    expect(his.locator("#ringing")).to_contain_text("This lead has been taken")
    shot(hers, "mine")
    shot(his, "taken")
    expect(his.locator("#ringing .ringing-box")).to_have_count(0, timeout=40_000)
