"""What an agent does at their computer, and what is heard there."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from ..ears import Ears
from ..rig import Rig
from ..spectrum import loudness

PATIENCE_MS = 30_000
FAKE_MICROPHONE = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
)
BO = "230090"
"""Ends the number of a prospect who answers at once, hums BO_HZ and stays (asterisk_conf/sim)."""
BO_HZ = 1230

CONNECTIONS = """
    window.connections = [];
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...given) { super(...given); window.connections.push(this); }
    };
"""
HEARD = """async () => {
    const stats = [...(await window.connections.at(-1).getStats()).values()];
    const sound = stats.find((each) => each.type === "inbound-rtp");
    return sound ? sound.totalAudioEnergy : 0;
}"""
"""How much sound the browser was sent so far."""


def give_browser_phone(rig: Rig, name: str) -> None:
    """From now on the panel is the agent's phone; the one on the desk is put away until it is registered."""
    rig.world.phone(rig.extension(name)).go_away()
    rig.execute("UPDATE app_user SET phone_kind = 'browser' WHERE name = %(name)s", name=name)


def sign_in(page: Page, name: str, room: str = "session") -> None:
    """Sign in; the room is the one that the user's front page is."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(f"{name}@example.com")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/{room}/**")


def sit_down(context: BrowserContext, name: str, list_id: int) -> Page:
    """Sign in and load the list; the phone is ready then."""
    page = context.new_page()
    sign_in(page, name)
    page.goto(f"/session/?list={list_id}")
    phone_is(page, "ready")
    return page


def phone_is(page: Page, state: str) -> None:
    expect(page.locator("#phone")).to_have_attribute("data-state", state, timeout=PATIENCE_MS)


def talk(page: Page, rig: Rig) -> dict[str, Any]:
    """Ana starts her session and talks with Bo; returns the attempt."""
    page.get_by_role("button", name="Start Session").click()
    rig.until_agent("Ana", "ready")
    (bo,) = rig.add_prospects(BO)
    call = rig.until_call(bo, "talking")
    expect(page.locator("#disposition-window")).to_be_visible()
    return call


def sent_to(call: dict[str, Any], ears: Ears) -> float:
    """How loud it is what the prospect is sent."""
    return loudness(ears.listen_in(call["leg_id"], 1.2))
