"""An agent's day with nothing but a browser: calls, hold, results, pauses, two side by side (LPS-2 to 9)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from ..ears import hears, listening
from ..rig import Rig, until
from ..spectrum import loudness, tone_levels
from .seat import BO, BO_HZ, HEARD, give_browser_phone, sent_to, sit_down, talk


def hang_up_and_save(page: Page) -> None:
    page.locator("#hang-up").click()
    expect(page.locator("#disposition-window")).to_have_attribute("data-phase", "over")
    page.get_by_text("Not interested", exact=True).click()
    page.locator("#save-and-go").click()


def recording_of(rig: Rig, attempt_id: int) -> Path:
    kept = until(
        lambda: rig.row(
            "SELECT id FROM recording WHERE attempt_id = %(id)s AND ended_at IS NOT NULL", id=attempt_id
        ),
        "the recording is ended",
    )
    assert kept is not None
    file = rig.node.settings.recordings / f"{kept['id']}.wav"
    until(file.exists, "the recording is there")
    return file


def test_from_sign_in_through_hold_and_result_to_the_next_call(page: Page, rig: Rig) -> None:
    call = talk(page, rig)
    with listening(rig.node.settings) as ears:
        hears(ears, rig.leg_of("Ana"), BO_HZ)
        before = page.evaluate(HEARD)
        until(lambda: page.evaluate(HEARD) > before, "her browser plays it")
        until(lambda: sent_to(call, ears) > 20, "Bo is sent the sound of her microphone")
        page.locator("#hold").click()
        rig.until_agent("Ana", "on_hold")
        until(lambda: loudness(ears.listen_in(rig.leg_of("Ana"), 0.8)) < 1, "she hears nothing of him")
        page.locator("#unhold").click()
        rig.until_agent("Ana", "on_call")
        hears(ears, rig.leg_of("Ana"), BO_HZ)
    page.locator("#hang-up").click()
    rig.until_agent("Ana", "wrap_up")
    assert tone_levels(recording_of(rig, call["id"]), BO_HZ)[BO_HZ] > 0.1, "his voice is in the recording"
    (second,) = rig.add_prospects(BO)
    page.get_by_text("Not interested", exact=True).click()
    expect(page.locator("#save-and-go")).to_be_enabled()
    assert rig.attempt(second) is None, "nobody is called before the result is saved"
    page.locator("#save-and-go").click()
    rig.until_call(second, "talking")
    expect(page.locator("#disposition-window")).to_have_attribute("data-phase", "live")


def test_pause_with_a_reason_and_resume_dialing(page: Page, rig: Rig) -> None:
    page.get_by_role("button", name="Start Session").click()
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()
    page.locator("#pause-menu summary").click()
    page.locator("#pause-menu button").first.click()
    expect(page.get_by_text('Click "Resume Dialing" button to continue Dialing.')).to_be_visible()
    (bo,) = rig.add_prospects(BO)
    assert rig.agent("Ana") == "paused"
    page.get_by_role("button", name="Resume Dialing").click()
    rig.until_call(bo, "talking")
    expect(page.locator("#disposition-window")).to_be_visible()


def test_two_side_by_side_get_calls_in_turn(
    page: Page, new_context: Callable[[], BrowserContext], rig: Rig
) -> None:
    give_browser_phone(rig, "Abe")
    pages = {rig.users["Ana"]: page, rig.users["Abe"]: sit_down(new_context(), "abe", rig.list_id)}
    for name, window in zip(("Ana", "Abe"), pages.values(), strict=True):
        window.get_by_role("button", name="Start Session").click()
        rig.until_agent(name, "ready")
    took: list[int] = []
    for _ in range(2):
        (bo,) = rig.add_prospects(BO)
        took.append(rig.until_call(bo, "talking")["user_id"])
        expect(pages[took[-1]].locator("#disposition-window")).to_be_visible()
    assert set(took) == set(pages), "each has one"
    for user_id in took:
        hang_up_and_save(pages[user_id])
        expect(pages[user_id].get_by_text("Waiting for Next Transfer")).to_be_visible()
    (bo,) = rig.add_prospects(BO)
    assert rig.until_call(bo, "talking")["user_id"] == took[0], "whose last call was longest ago"
