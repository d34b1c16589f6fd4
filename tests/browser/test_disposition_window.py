"""The Call Disposition window in a real browser: what is typed is never lost, and hands stay on the keys."""

from __future__ import annotations

import re
import wave
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crowded import LONG, crowd
from panel_floor import Floor
from playwright.sync_api import Locator, Page, Route, expect

from dialer import live
from dialer.store import audit, dispositions
from dialer.store.audit import Filters
from dialer.store.people import User

expect.set_options(timeout=15_000)

OpenAs = Callable[[User], Page]
Shot = Callable[[Page, str], Path]


@pytest.fixture
def list_id(floor: Floor, max_: User, ana: User) -> int:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    return list_id


def window(page: Page) -> Locator:
    return page.locator("#disposition-window")


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=name)


def saved(page: Page) -> None:
    expect(page.locator("#draft-says")).to_have_text("Saved")


def prospect(floor: Floor) -> dict[str, object]:
    with floor.db.transaction() as connection:
        row = connection.execute("SELECT * FROM prospect ORDER BY position LIMIT 1").fetchone()
    assert row is not None
    return dict(row)


def follow_ups(floor: Floor) -> list[dict[str, object]]:
    with floor.db.transaction() as connection:
        rows = connection.execute("SELECT due_at, note, done_at FROM follow_up ORDER BY id").fetchall()
    return [dict(row) for row in rows]


def fill_everything(page: Page) -> None:
    page.get_by_label("First Name").first.fill("Boris")
    page.get_by_label("Renewal").fill("April")
    page.get_by_label("Notes").fill("Wants the gold plan")
    page.get_by_text("Sale", exact=True).click()
    tab(page, "Referral").click()
    page.get_by_label("Relation to the prospect").fill("sister")
    tab(page, "Follow Up").click()
    page.get_by_label("Date", exact=True).fill("2027-03-31")
    page.locator("#follow-note").fill("About the quote")


def expect_everything(page: Page) -> None:
    expect(page.locator('[name="first_name"][form="disposition"]')).to_have_value("Boris")
    expect(page.get_by_label("Renewal")).to_have_value("April")
    expect(page.locator("#notes")).to_have_value("Wants the gold plan")
    expect(page.locator('input[name="result_id"]:checked')).to_have_count(1)
    expect(page.locator("#referral-relation")).to_have_value("sister")
    expect(page.locator("#follow-date")).to_have_value("2027-03-31")
    expect(page.locator("#follow-note")).to_have_value("About the quote")


def test_a_reload_in_the_middle_of_the_call_keeps_everything(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int
) -> None:
    page = open_as(ana)
    leg_id = floor.call(list_id)
    fill_everything(page)
    page.reload()
    expect_everything(page)
    expect(tab(page, "Follow Up")).to_have_attribute("aria-selected", "true")
    floor.hang_up(leg_id)
    expect(window(page)).to_contain_text("Talked")
    expect_everything(page)
    saved(page)


def test_another_browser_shows_what_was_typed_in_the_one_that_crashed(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int
) -> None:
    page = open_as(ana)
    floor.call(list_id)
    fill_everything(page)
    saved(page)
    page.context.close()
    expect_everything(open_as(ana))


def test_what_is_typed_without_a_connection_is_kept_and_saved_later(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int
) -> None:
    page = open_as(ana)
    leg_id = floor.call(list_id)
    expect(window(page)).to_be_visible()
    page.context.set_offline(True)
    page.get_by_label("Notes").fill("Typed in a tunnel")
    expect(page.locator("#draft-says")).to_have_text("Not saved yet: no connection")
    page.context.set_offline(False)
    saved(page)
    floor.hang_up(leg_id)
    page.reload()
    expect(page.get_by_label("Notes")).to_have_value("Typed in a tunnel")


def test_what_the_server_never_got_comes_back_from_the_browsers_own_storage(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int
) -> None:
    page = open_as(ana)
    floor.call(list_id)
    expect(window(page)).to_be_visible()

    def cut(route: Route) -> None:
        route.abort() if route.request.method == "POST" else route.continue_()

    page.route(re.compile(r"/draft$"), cut)
    page.get_by_label("Notes").fill("Never arrived")
    expect(page.locator("#draft-says")).to_have_text("Not saved yet: no connection")
    page.reload()
    expect(page.get_by_label("Notes")).to_have_value("Never arrived")
    page.unroute(re.compile(r"/draft$"))
    saved(page)
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))") == []


def test_two_tabs_are_one_session(open_as: OpenAs, floor: Floor, ana: User, list_id: int) -> None:
    one = open_as(ana)
    two = one.context.new_page()
    two.goto("/session/")
    leg_id = floor.call(list_id)
    for page in (one, two):
        expect(window(page)).to_be_visible()
    one.get_by_label("Notes").fill("From the first tab")
    expect(two.get_by_label("Notes")).to_have_value("From the first tab")
    two.get_by_label("Renewal").fill("April")
    expect(one.get_by_label("Renewal")).to_have_value("April")
    expect(one.get_by_label("Notes")).to_have_value("From the first tab")
    floor.hang_up(leg_id)
    two.get_by_text("Sale", exact=True).click()
    expect(two.locator("#save-and-go")).to_be_enabled()
    two.locator("#save-and-go").click()
    for page in (one, two):
        expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()
    bo = prospect(floor)
    assert (bo["notes"], bo["custom"]) == ("From the first tab", {"Plan": "Gold", "Renewal": "April"})


def test_from_hand_over_to_save_and_go_by_keys_alone(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int
) -> None:
    page = open_as(ana)
    floor.call(list_id)
    expect(window(page)).to_be_focused()
    keys = page.keyboard
    keys.press("2")
    expect(page.get_by_role("radio", name="Appointment set")).to_be_checked()
    keys.press("F3")
    expect(page.locator("#referral-first_name")).to_be_focused()
    for word in ("Eva", "Ek", "214 555 7777"):
        keys.type(word)
        keys.press("Tab")
    keys.press("Enter")
    expect(page.locator("#referral-says")).to_contain_text("Eva Ek: saved at the end of the list")
    expect(page.locator("#referral-phone")).to_have_value("")
    keys.press("F4")
    expect(page.locator("#follow-date")).to_be_focused()
    keys.press("F2")
    expect(page.get_by_role("radio", name="Appointment set")).to_be_focused()
    keys.press("Tab")
    keys.type("Bring the brochure")
    keys.press("F9")
    with floor.db.transaction() as connection:
        asked = connection.execute("SELECT leg_id, hang_up_asked_at FROM attempt").fetchone()
    assert asked is not None
    floor.hang_up(asked["leg_id"])
    expect(window(page)).to_contain_text("Talked")
    keys.press("Control+Enter")
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()
    assert "Bring the brochure" in str(prospect(floor)["notes"])


def test_tabs_go_by_arrow_keys(open_as: OpenAs, floor: Floor, ana: User, list_id: int) -> None:
    page = open_as(ana)
    floor.call(list_id)
    tab(page, "Call Result").focus()
    page.keyboard.press("ArrowRight")
    expect(tab(page, "Referral")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Referral")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("tabpanel", name="Follow Up")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(tab(page, "Call Result")).to_have_attribute("tabindex", "0")
    expect(tab(page, "Follow Up")).to_have_attribute("tabindex", "-1")
    expect(page.locator("#panel-follow-up")).to_be_hidden()


def test_enter_in_a_field_saves_nothing(open_as: OpenAs, floor: Floor, ana: User, list_id: int) -> None:
    page = open_as(ana)
    floor.hang_up(floor.call(list_id))
    page.get_by_text("Sale", exact=True).click()
    page.get_by_label("Renewal").fill("April")
    page.get_by_label("Renewal").press("Enter")
    saved(page)
    expect(window(page)).to_be_visible()
    assert dispositions.open_call(floor.tenant, ana.id) is not None


def test_a_follow_up_result_is_tomorrow_unless_something_else_is_chosen(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int
) -> None:
    page = open_as(ana)
    floor.hang_up(floor.call(list_id))
    page.get_by_text("Interested, call later").click()
    expect(page.locator(".follow-hint")).to_contain_text("for the prospect")
    expect(page.locator(".follow-hint")).to_contain_text("Follow Ups (Not due)")
    page.get_by_text("Sale", exact=True).click()
    expect(page.locator(".follow-hint")).to_be_hidden()
    expect(page.locator("#follow-date")).to_have_value("")
    page.get_by_text("Interested, call later").click()
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Date", exact=True).fill("2027-03-31")
    page.locator("#follow-time").fill("09:30")
    expect(page.locator("#follow-says")).to_contain_text("31 Mar, 09:30 for the prospect")
    page.locator("#save-and-go").click()
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()
    (promise,) = follow_ups(floor)
    assert promise["due_at"] == datetime(2027, 3, 31, 14, 30, tzinfo=UTC)


def test_a_day_that_has_passed_lands_in_past_due(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int
) -> None:
    page = open_as(ana)
    floor.call(list_id)
    tab(page, "Follow Up").click()
    page.get_by_label("Date", exact=True).fill((datetime.now(UTC) - timedelta(days=3)).date().isoformat())
    expect(page.locator("#follow-says")).to_contain_text("Follow Ups (Past due)")


def test_an_ending_result_with_a_follow_up_is_refused_and_nothing_is_lost(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int
) -> None:
    page = open_as(ana)
    floor.hang_up(floor.call(list_id))
    fill_everything(page)
    page.locator("#save-and-go").click()
    expect(page.get_by_role("alert")).to_contain_text("clear the follow-up or choose another result")
    expect_everything(page)
    page.get_by_role("button", name="Clear").click()
    page.locator("#save-and-go").click()
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()
    assert prospect(floor)["first_name"] == "Boris"
    assert follow_ups(floor) == []


def save_with_a_wrong_email(page: Page) -> Locator:
    """Save & Go with an e-mail address that is none; the field."""
    email = page.locator('[data-field="email"]')
    email.fill("nobody")
    page.get_by_text("Sale", exact=True).click()
    page.locator("#save-and-go").click()
    return email


def test_a_field_that_cannot_be_so_is_pointed_at(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int
) -> None:
    page = open_as(ana)
    floor.hang_up(floor.call(list_id))
    email = save_with_a_wrong_email(page)
    expect(page.get_by_role("alert")).to_contain_text("E-mail: This is no e-mail address")
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_value("nobody")


def test_what_was_refused_is_said_until_the_agent_acts_and_whatever_changes_meanwhile(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int
) -> None:
    page = open_as(ana)
    floor.hang_up(floor.call(list_id))
    email = save_with_a_wrong_email(page)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("E-mail: This is no e-mail address")
    for _ in range(2):
        read_at = page.locator("#stage").get_attribute("data-read-at") or ""
        with floor.db.transaction() as connection:
            live.tell_panel(connection, floor.organisation.id, f"user:{ana.id}")
        expect(page.locator("#stage")).not_to_have_attribute("data-read-at", read_at)
        expect(alert).to_contain_text("E-mail: This is no e-mail address")
    email.fill("bo@example.com")
    page.locator("#save-and-go").click()
    expect(page.locator("#disposition-window")).to_have_count(0)
    expect(alert).to_have_count(0)


def test_a_script_is_filled_in_and_nothing_in_it_is_read_as_html(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int
) -> None:
    evil = "<img src=x onerror=\"document.title='evil'\">"
    with floor.db.transaction() as connection:
        script = "Hi {first_name} <b>bold</b>, your {Plan} & {shoe size}. I am {agent_name}."
        connection.execute("UPDATE list SET script = %s", (script,))
        connection.execute("UPDATE prospect SET first_name = %s", (evil,))
    page = open_as(ana)
    floor.call(list_id)
    text = page.locator(".script-text")
    expect(text).to_have_text(f"Hi {evil} <b>bold</b>, your Gold & {{shoe size}}. I am Ana.")
    expect(page.locator(".script-text img, .script-text b")).to_have_count(0)
    expect(page.locator(".script-text .unknown")).to_have_text("{shoe size}")
    page.get_by_label("Plan").fill("<i>Silver</i>")
    expect(text).to_contain_text("your <i>Silver</i> &")
    page.get_by_label("Plan").fill("")
    expect(text).to_contain_text("your {Plan} &")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_has_its_place_however_much_there_is(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int, shot: Shot, scheme: str
) -> None:
    crowd(floor, list_id)
    page = open_as(ana)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 1366, "height": 768})
    floor.hang_up(floor.call(list_id))
    expect(window(page)).to_contain_text(LONG[:20])
    for name in ("Referral", "Follow Up", "Call Result"):
        tab(page, name).click()
        shot(page, name)
        for spot in ("#save-and-go", "#close-window", "#window-title", ".window-tablist"):
            expect(page.locator(spot)).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the page itself stays"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#notes")).to_be_in_viewport(ratio=1)
    page.locator(".results label").last.scroll_into_view_if_needed()
    page.locator(".results label").last.click()
    expect(page.locator(".results input").last).to_be_checked()
    page.set_viewport_size({"width": 1920, "height": 1080})
    expect(page.locator("#save-and-go")).to_be_in_viewport(ratio=1)
    shot(page, "1920")


def test_an_earlier_call_is_heard_in_the_window(
    open_as: OpenAs, floor: Floor, ana: User, list_id: int, tmp_path: Path
) -> None:
    floor.hang_up(floor.call(list_id))
    first = dispositions.open_call(floor.tenant, ana.id)
    assert first is not None
    retry = next(one for one in dispositions.call_results(floor.tenant) if one.effect == "retry")
    dispositions.save_result(floor.tenant, ana.id, first.attempt_id, retry.id, "Hm", datetime.now(UTC))
    with floor.db.transaction() as connection:
        connection.execute("UPDATE prospect SET status = 'done' WHERE status <> 'resting'")
        connection.execute("DELETE FROM lease")
        connection.execute("UPDATE prospect SET status = 'pool', not_before = NULL WHERE status = 'resting'")
        recording = connection.execute("SELECT id FROM recording").fetchone()
    assert recording is not None
    with wave.open(str(tmp_path / f"{recording['id']}.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16_000))
    page = open_as(ana)
    floor.call(list_id)
    expect(page.locator(".past-call")).to_contain_text("Call back later")
    page.get_by_role("button", name="Play the recording").click()
    player = page.locator("dialog.player")
    expect(player.locator("audio")).to_have_js_property("duration", 1)
    page.keyboard.press("Escape")
    expect(player).to_have_count(0)
    expect(page.get_by_role("button", name="Play the recording")).to_be_focused()
    (heard,) = audit.page(floor.tenant, floor.organisation.id, Filters(family="recording"))
    assert heard.user_id == ana.id
