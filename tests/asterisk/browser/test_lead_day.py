"""A lead's day, seen in the panel: posted, rung for, taken, talked to, listened to and found again (RING-2 to 6)."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from panel_process import Panel
from playwright.sync_api import BrowserContext, Page, expect

from cli.stack.world import OutsideWorld
from dialer.clock import now
from dialer.store import tokens
from dialer.store.tokens import Scope

from ..conftest import Node
from ..leads import Lead, Leads, nothing_is_left
from ..rig import Rig, call_center, until
from .seat import sign_in

NUMBER = "+12125550002"
"""Answers at once, hums, and hangs up after two seconds (asterisk_conf/sim)."""
SHOWN = "+1 212-555-0002"


@pytest.fixture
def rig(database_url: str, node: Node, world: OutsideWorld, tmp_path: Path) -> Iterator[Rig]:
    with call_center(database_url, node, world, tmp_path) as rig:
        rig.start_dialer()
        yield rig


@pytest.fixture
def panel(rig: Rig, tmp_path: Path) -> Iterator[Panel]:
    panel = Panel(rig.url, tmp_path, RINGPOOL_RECORDINGS=str(rig.node.settings.recordings))
    yield panel
    panel.kill()


def post(rig: Rig, panel: Panel, campaign_id: int) -> Lead:
    """What the company's web site does."""
    _, secret = tokens.create(
        rig.db.for_organisation(rig.organisation_id),
        rig.users["Max"],
        name="Our site",
        scopes=[Scope.LEADS_WRITE],
        user_id=rig.users["Max"],
        expires_at=None,
        now=now(),
    )
    body = {"campaign_id": campaign_id, "phone": NUMBER, "first_name": "Bo", "last_name": "Prospect"}
    request = urllib.request.Request(f"{panel.url}/api/v1/leads", json.dumps(body).encode(), method="POST")
    request.add_header("Authorization", f"Bearer {secret}")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=20) as answer:
        said = json.load(answer)
    assert answer.status == 201
    assert said["application_id"] is None
    return Lead(rig, said["id"], NUMBER)


def counts(page: Page, legs: int) -> None:
    expect(page.locator("#count")).to_contain_text(re.compile(rf"\b{legs} legs?\b"))


def test_a_posted_lead_is_taken_talked_to_played_and_found_again(
    new_context: Callable[[], BrowserContext], rig: Rig, panel: Panel
) -> None:
    rig.execute("UPDATE app_user SET role = 'admin' WHERE name = 'Max'")
    leads = Leads(rig)
    leads.sign_in("Ana", "Abe")
    windows = {name: new_context().new_page() for name in ("ana", "abe", "max")}
    for name, page in windows.items():
        sign_in(page, name, "lists" if name == "max" else "session")
    ana, abe, max_ = windows["ana"], windows["abe"], windows["max"]

    bo = post(rig, panel, leads.campaign_id)
    for page in (ana, abe):
        expect(page.locator("#ringing")).to_contain_text("Bo Prospect")
        expect(page.locator("#ringing")).not_to_contain_text("555")
    for name in ("Ana", "Abe"):
        bo.until_leg(name, "listening")
    rig.world.phone("1001").press("1")
    expect(ana.locator("#disposition-window")).to_contain_text("Bo")
    expect(abe.locator("#ringing")).to_contain_text("taken")
    expect(ana.locator("#disposition-window")).to_have_attribute("data-phase", "over")
    ana.get_by_text("Not interested", exact=True).click()
    ana.locator("#save-and-go").click()
    rig.until_agent("Ana", "logged_out")
    nothing_is_left(rig)

    call = rig.attempt(NUMBER)
    assert call is not None
    recording = rig.row("SELECT id FROM recording WHERE attempt_id = %(id)s", id=call["id"])
    assert recording is not None
    until((rig.node.settings.recordings / f"{recording['id']}.wav").exists, "the recording is there")
    max_.goto(f"/leads/{bo.id}")
    expect(max_.locator("main")).to_contain_text("Ana")
    max_.get_by_role("button", name="Play the recording").first.click()
    sound = max_.get_by_role("dialog").locator("audio")
    expect(sound).to_have_js_property("error", None)
    until(lambda: sound.evaluate("(each) => each.currentTime") > 0.5, "it is heard")
    max_.keyboard.press("Escape")

    max_.goto("/activity/")
    counts(max_, 3)
    max_.get_by_label("Talk time from, seconds").fill("1")
    max_.get_by_role("button", name="Show", exact=True).click()
    counts(max_, 1)
    max_.goto("/activity/")
    tomorrow = now() + timedelta(days=1)
    max_.get_by_label("Date from").fill(tomorrow.strftime("%Y-%m-%dT%H:%M"))
    max_.get_by_role("button", name="Show", exact=True).click()
    expect(max_.get_by_text("Nothing fits these filters")).to_be_visible()
    max_.goto("/activity/")
    max_.locator("#phone-menu").click()
    max_.get_by_label("Search digits").press_sequentially("0002")
    max_.get_by_label(SHOWN).check()
    max_.get_by_role("button", name="Show", exact=True).click()
    counts(max_, 1)
    max_.goto("/activity/")
    max_.locator("#by-menu").click()
    max_.get_by_label("Abe", exact=True).check()
    max_.get_by_role("button", name="Show", exact=True).click()
    counts(max_, 1)
    expect(max_.locator("tbody tr")).to_contain_text("Another was first")
