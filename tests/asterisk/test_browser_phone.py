"""The panel's own phone in a real Chromium, with its fake microphone, on the real Asterisk (DIAL-10)."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from panel_process import Panel, chromium_running
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cli.stack.world import OutsideWorld

from .conftest import Node
from .ears import Ears, hears, listening
from .rig import Rig, call_center, until
from .spectrum import loudness
from .wire import Wire

PATIENCE_MS = 30_000
FAKE_MICROPHONE = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
)
BO_HZ = 1230
"""What the prospect hums whose number ends in 23 0090 (asterisk_conf/sim)."""

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


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_running(FAKE_MICROPHONE) as browser:
        yield browser


@pytest.fixture
def silence_s() -> int:
    """Patient: on a machine that is busy with tests a browser sends nothing for seconds at times."""
    return 30


@pytest.fixture
def rig(database_url: str, node: Node, world: OutsideWorld, tmp_path: Path, silence_s: int) -> Iterator[Rig]:
    with call_center(database_url, node, world, tmp_path) as rig:
        rig.settings["RINGPOOL_BROWSER_SILENCE_S"] = str(silence_s)
        rig.execute("UPDATE app_user SET phone_kind = 'browser' WHERE name = 'Ana'")
        rig.start_dialer()
        yield rig


@pytest.fixture
def wire(rig: Rig) -> Iterator[Wire]:
    """What the phone says goes over it; its sound does not."""
    with Wire(rig.node.settings.http_port) as wire:
        yield wire


@pytest.fixture
def panel(rig: Rig, wire: Wire, tmp_path: Path) -> Iterator[Panel]:
    panel = Panel(rig.url, tmp_path, RINGPOOL_PHONE_URL=f"ws://127.0.0.1:{wire.port}/ws")
    yield panel
    panel.stop()


@pytest.fixture
def context(chromium: Browser, panel: Panel) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=panel.url, viewport={"width": 1366, "height": 768})
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(CONNECTIONS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, rig: Rig) -> Page:
    """Ana's window, signed in, with the list loaded and her phone ready."""
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("ana@example.com")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/session/**")
    page.goto(f"/session/?list={rig.list_id}")
    phone_is(page, "ready")
    return page


def phone_is(page: Page, state: str) -> None:
    expect(page.locator("#phone")).to_have_attribute("data-state", state, timeout=PATIENCE_MS)


def talk(page: Page, rig: Rig) -> dict[str, Any]:
    """Ana starts her session and talks with Bo; returns the attempt."""
    page.get_by_role("button", name="Start Session").click()
    rig.until_agent("Ana", "ready")
    (bo,) = rig.add_prospects("230090")
    call = rig.until_call(bo, "talking")
    expect(page.locator("#disposition-window")).to_be_visible()
    return call


def test_agent_and_prospect_hear_each_other_and_mute_really_silences(page: Page, rig: Rig) -> None:
    call = talk(page, rig)
    with listening(rig.node.settings) as ears:
        hears(ears, rig.leg_of("Ana"), BO_HZ)
        before = page.evaluate(HEARD)
        until(lambda: page.evaluate(HEARD) > before, "her browser plays it")
        until(lambda: sent_to(call, ears) > 20, "Bo is sent the sound of her microphone")
        page.get_by_role("button", name="Mute").click()
        expect(page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
        until(lambda: sent_to(call, ears) < 5, "muted, Bo is sent silence")
        page.get_by_role("button", name="Mute").click()
        until(lambda: sent_to(call, ears) > 20, "and her voice again")


def test_keys_pressed_in_the_panel_arrive_as_digits(page: Page, rig: Rig) -> None:
    call = talk(page, rig)
    with listening(rig.node.settings) as ears:
        page.get_by_text("Keypad", exact=True).click()
        page.locator("#phone").get_by_role("button", name="5", exact=True).click()
        until(lambda: ears.digits_from(rig.leg_of("Ana")) == ["5"], "Asterisk heard the key")
    assert call["user_id"] == rig.users["Ana"]


@pytest.mark.parametrize("silence_s", [4])
def test_a_browser_that_vanishes_is_a_lost_phone_and_its_prospect_goes_to_the_next(
    page: Page, context: BrowserContext, rig: Rig
) -> None:
    call = talk(page, rig)
    rig.start_sessions("Abe")
    context.set_offline(True)  # the page cannot say goodbye
    context.close()
    rig.until_agent("Ana", "phone_lost", "wrap_up")
    until(
        lambda: (rig.attempt(call["number"]) or {})["user_id"] == rig.users["Abe"],
        "Abe has the prospect",
    )


@contextmanager
def asleep() -> Iterator[None]:
    """The laptop with the browser sleeps: its programs stand still, and nothing is said on the network."""
    stopped = [one for one in psutil.Process().children(recursive=True) if one.name().startswith("chrom")]
    assert stopped
    try:
        for one in stopped:
            one.send_signal(signal.SIGSTOP)
        yield
    finally:
        for one in stopped:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("silence_s", [4])
def test_a_laptop_that_sleeps_is_a_lost_phone_and_a_ready_one_when_it_wakes(page: Page, rig: Rig) -> None:
    call = talk(page, rig)
    rig.start_sessions("Abe")
    with asleep():
        until(
            lambda: (rig.attempt(call["number"]) or {})["user_id"] == rig.users["Abe"],
            "Abe has the prospect",
        )
        assert rig.agent("Ana") == "phone_lost"
    phone_is(page, "ready")
    rig.until_agent("Ana", "ready")
    assert rig.until_call(call["number"], "talking")["leg_id"] == call["leg_id"]


def test_a_talk_outlives_a_cut_of_the_phones_connection(page: Page, rig: Rig, wire: Wire) -> None:
    call = talk(page, rig)
    wire.cut()
    phone_is(page, "network")
    expect(page.get_by_text("Phone has no network")).to_be_visible()
    with listening(rig.node.settings) as ears:
        hears(ears, rig.leg_of("Ana"), BO_HZ)
    wire.mend()
    phone_is(page, "ready")
    still = rig.until_call(call["number"], "talking")
    assert (still["leg_id"], still["user_id"]) == (call["leg_id"], rig.users["Ana"])


def test_a_page_that_is_loaded_anew_has_its_phone_back(page: Page, rig: Rig) -> None:
    page.get_by_role("button", name="Start Session").click()
    rig.until_agent("Ana", "ready")
    page.reload()
    rig.until_agent("Ana", "phone_lost")
    phone_is(page, "ready")
    rig.until_agent("Ana", "ready")


def test_two_windows_have_one_phone(page: Page, context: BrowserContext) -> None:
    second = context.new_page()
    second.goto("/session/")
    phone_is(second, "elsewhere")
    second.get_by_role("button", name="Use it here").click()
    phone_is(second, "ready")
    phone_is(page, "elsewhere")
    second.close()


def test_the_secret_is_in_no_page_and_lives_as_long_as_the_page(page: Page, rig: Rig) -> None:
    found = rig.row("SELECT secret FROM browser_phone")
    assert found is not None
    assert found["secret"] not in page.content()
    page.goto("/session/")
    phone_is(page, "ready")
    renewed = rig.row("SELECT secret FROM browser_phone")
    assert renewed is not None
    assert renewed["secret"] != found["secret"]
    page.goto("about:blank")
    until(
        lambda: rig.count("browser_phone WHERE until < now() + interval '16 seconds'"),
        "the account is about to end",
    )


def test_a_microphone_that_is_refused_is_said_so(chromium: Browser, panel: Panel, rig: Rig) -> None:
    context = chromium.new_context(base_url=panel.url)
    context.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };"
    )
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("ana@example.com")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()
    phone_is(page, "blocked")
    expect(page.get_by_text("The microphone is blocked")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert rig.count("browser_phone") == 0, "without a microphone nothing registers"
    context.close()


def sent_to(call: dict[str, Any], ears: Ears) -> float:
    """How loud it is what the prospect is sent."""
    return loudness(ears.listen_in(call["leg_id"], 1.2))
