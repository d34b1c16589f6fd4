"""The panel's own phone: heard and silent, lost and back, in one window at a time (DIAL-10)."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from panel_process import Panel
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ..ears import hears, listening
from ..rig import Rig, until
from ..wire import Wire
from .seat import BO_HZ, HEARD, phone_is, sent_to, sign_in, talk


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


def test_leaving_the_page_in_a_talk_asks_first(page: Page, rig: Rig) -> None:
    call = talk(page, rig)
    rig.start_sessions("Abe")
    page.locator("#notes").fill("Wants two")  # browsers ask only where somebody did something
    page.once("dialog", lambda question: question.dismiss())
    page.evaluate("location.reload()")
    expect(page.locator("#hang-up")).to_be_visible()
    assert rig.until_call(call["number"], "talking")["user_id"] == rig.users["Ana"], "she stayed"
    page.once("dialog", lambda question: question.accept())
    page.evaluate("location.reload()")
    until(lambda: (rig.attempt(call["number"]) or {})["user_id"] == rig.users["Abe"], "Abe has the prospect")
    phone_is(page, "ready")


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
    sign_in(page, "ana")
    phone_is(page, "blocked")
    expect(page.get_by_text("The microphone is blocked")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert rig.count("browser_phone") == 0, "without a microphone nothing registers"
    context.close()
