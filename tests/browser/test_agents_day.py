"""An agent's day at the panel: what opens by itself, what is kept, what the keys do."""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg
from panel_floor import Floor, now
from playwright.sync_api import Page, Route, expect
from psycopg.conninfo import conninfo_to_dict

from dialer.agents import AgentState
from dialer.db import Database
from dialer.store import agents, dispositions, list_info
from dialer.store.people import User

expect.set_options(timeout=15_000)

OpenAs = Callable[[User], Page]


def in_wrap_up(open_as: OpenAs, floor: Floor, max_: User, ana: User) -> Page:
    """Ana's page, where Bo has hung up and waits for his result."""
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    page = open_as(ana)
    floor.hang_up(floor.call(list_id))
    return page


def window(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_role("dialog", name="Bo Prospect")


def test_from_my_lists_to_a_saved_call(open_as: OpenAs, floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    page = open_as(ana)
    page.get_by_role("link", name="Load into My Session: Spring leads").click()
    expect(page.get_by_text('Click "Start Session" button to begin your Dialing Session')).to_be_visible()
    page.get_by_role("button", name="Start Session").click()
    expect(page.locator("#message")).to_contain_text("Connecting phone")
    floor.connect_phones()
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()
    leg_id = floor.call(list_id)
    expect(window(page)).to_be_visible()
    expect(page).to_have_title(re.compile("● Bo Prospect 1"))
    expect(page.get_by_role("button", name="Save & Go")).to_be_disabled()
    floor.hang_up(leg_id)
    expect(window(page)).to_contain_text("Talked")
    page.get_by_text("Sale", exact=True).click()
    page.get_by_role("button", name="Save & Go").click()
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()
    [call] = list_info.info(floor.tenant, max_.id, list_id).recent
    assert (call.result, call.by) == ("Sale", "Ana")


def test_typing_survives_what_happens_around_it(
    open_as: OpenAs, floor: Floor, max_: User, ana: User, abe: User
) -> None:
    list_id = floor.add_list(max_, ana, abe)
    floor.sit_down(ana, list_id)
    page = open_as(ana)
    leg_id = floor.call(list_id)
    notes = page.get_by_label("Notes")
    notes.fill("Wants the gold")
    notes.press("End")
    floor.sit_down(abe, list_id)
    expect(page.locator(f"#talker-{abe.id}")).to_be_visible()
    floor.hang_up(leg_id)
    expect(window(page)).to_contain_text("Talked")
    expect(notes).to_be_focused()
    page.keyboard.type(" plan")
    expect(notes).to_have_value("Wants the gold plan")
    page.reload()
    expect(notes).to_have_value("Wants the gold plan")


def test_keys_choose_a_result_and_save(open_as: OpenAs, floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    page = open_as(ana)
    leg_id = floor.call(list_id)
    expect(window(page)).to_be_focused()
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="Appointment set")).to_be_checked()
    page.get_by_label("Notes").fill("At 9 or 10")
    expect(page.get_by_role("radio", name="Appointment set")).to_be_checked()
    floor.hang_up(leg_id)
    expect(window(page)).to_contain_text("Talked")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()
    [call] = list_info.info(floor.tenant, max_.id, list_id).recent
    assert call.result == "Appointment set"


def test_next_call_starts_with_an_empty_draft(open_as: OpenAs, floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    page = open_as(ana)
    floor.hang_up(floor.call(list_id))
    page.get_by_label("Notes").fill("About the first")
    page.get_by_text("Sale", exact=True).click()
    page.get_by_role("button", name="Save & Go").click()
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()
    floor.call(list_id)
    expect(page.get_by_role("dialog", name="Bo Prospect 2")).to_be_visible()
    expect(page.get_by_label("Notes")).to_have_value("Asked for a brochure.")
    expect(page.locator('input[name="result_id"]:checked')).to_have_count(0)


def test_pause_with_a_reason_and_resume(open_as: OpenAs, floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    page = open_as(ana)
    page.locator("summary", has_text="Pause").click()
    page.get_by_role("button", name="Lunch").click()
    expect(page.get_by_text('Click "Resume Dialing" button to continue Dialing.')).to_be_visible()
    expect(page.locator(f"#talker-{ana.id}")).to_contain_text("Lunch")
    page.get_by_role("button", name="Resume Dialing").click()
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()


def test_close_keeps_the_agent_out_until_a_result_is_saved(
    open_as: OpenAs, floor: Floor, max_: User, ana: User
) -> None:
    page = in_wrap_up(open_as, floor, max_, ana)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text('Click "Resume Dialing" button')).to_be_visible()
    assert agents.agent_of(floor.tenant, ana.id).state is AgentState.PAUSED
    page.get_by_role("link", name="Give the last call its result").click()
    expect(window(page)).to_be_focused()
    page.keyboard.press("9")
    expect(page.get_by_role("radio", name="Not interested")).to_be_checked()
    page.get_by_role("button", name="Save & Go").click()
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()


def test_an_answer_that_comes_when_its_form_is_gone_takes_the_place_of_what_is_shown(
    open_as: OpenAs, floor: Floor, max_: User, ana: User
) -> None:
    page = in_wrap_up(open_as, floor, max_, ana)
    held: list[Route] = []
    page.route("**/close", lambda route: held.append(route))
    page.get_by_role("button", name="Close").click()
    for _ in range(500):
        if held:
            break
        page.wait_for_timeout(20)
    call = dispositions.open_call(floor.tenant, ana.id)
    assert call is not None
    dispositions.close_window(floor.tenant, ana.id, call.attempt_id, now())
    expect(page.locator('#stage[data-state="paused"]')).to_be_visible()
    expect(page.get_by_role("button", name="Close")).to_have_count(0)
    # Right after the answer, before a change has the page fetched anew. One that was overtaken changes nothing.
    page.evaluate("""() => document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
        const count = () => { document.body.dataset.stages = document.querySelectorAll("#stage").length; };
        if (detail.requestConfig.verb === "post") queueMicrotask(count);
    })""")
    held[0].continue_()
    expect(page.locator("body")).to_have_attribute("data-stages", "1")


def test_lost_phone_shows_at_once(open_as: OpenAs, floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    page = open_as(ana)
    floor.lose_phone(ana)
    expect(page.locator("#message")).to_contain_text("Phone lost")
    page.get_by_role("button", name="Call my phone now").click()
    expect(page.locator("#message")).to_contain_text("Connecting phone")
    floor.connect_phones()
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()


def test_own_row_is_green_and_others_come_and_go(
    open_as: OpenAs, floor: Floor, max_: User, ana: User, abe: User
) -> None:
    list_id = floor.add_list(max_, ana, abe)
    floor.sit_down(ana, list_id)
    page = open_as(ana)
    own = page.locator(f"#talker-{ana.id} td").first
    expect(own).to_have_css("background-color", "rgb(211, 249, 216)")
    floor.sit_down(abe, list_id)
    expect(page.locator(f"#talker-{abe.id}")).to_contain_text("Waiting")


def test_times_run_on_the_servers_clock(open_as: OpenAs, floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    page = open_as(ana)
    page.add_init_script("const real = Date.now; Date.now = () => real() - 3600_000;")
    page.reload()
    expect(page.locator(".state-time")).to_have_text(re.compile(r"^0:(0[1-9]|[1-5]\d)$"))


def test_newly_assigned_list_appears_by_itself(open_as: OpenAs, floor: Floor, max_: User, ana: User) -> None:
    page = open_as(ana)
    expect(page.get_by_text("No lists yet")).to_be_visible()
    floor.add_list(max_, ana)
    expect(page.get_by_text("Spring leads")).to_be_visible()


def test_lost_database_is_a_quiet_banner_and_passes_by_itself(
    open_as: OpenAs, floor: Floor, max_: User, ana: User, server_url: str, database_url: str
) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    page = open_as(ana)
    expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()
    banner = page.get_by_text("Connection lost, trying again")
    expect(banner).to_be_hidden()
    name = conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        expect(banner).to_be_visible()
        expect(page.get_by_text("Waiting for Next Transfer")).to_be_visible()
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    expect(banner).to_be_hidden()
    floor.db = Database(database_url)
    floor.tenant = floor.db.for_organisation(
        floor.organisation.id
    )  # this test's own connections were cut, too
    floor.call(list_id)
    expect(window(page)).to_be_visible()
    floor.db.close()


def test_the_figures_run_and_are_the_same_in_another_tab(
    open_as: OpenAs, floor: Floor, max_: User, ana: User
) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    page = open_as(ana)
    figures = page.get_by_label("Figures of your session")
    expect(figures).to_contain_text("Session Dials0")
    leg_id = floor.call(list_id)
    expect(figures).to_contain_text("Session Dials1")
    expect(figures).to_contain_text("Connects1")
    talked = figures.locator("div", has_text="Connect Time").locator("dd")
    expect(talked).not_to_have_text("0:00")
    began = talked.locator(".running").get_attribute("data-since")
    other = page.context.new_page()
    other.goto("/session/")
    again = other.get_by_label("Figures of your session").locator("div", has_text="Connect Time")
    expect(again.locator(".running")).to_have_attribute("data-since", str(began))
    floor.hang_up(leg_id)
    expect(talked.locator(".running")).to_have_count(0)
    expect(figures.locator("div", has_text="Wrap Time").locator(".running")).to_be_visible()


def test_the_phones_secret_is_shown_when_asked_for_and_hidden_again(
    open_as: OpenAs, floor: Floor, ana: User
) -> None:
    page = open_as(ana)
    page.locator("summary.who").click()
    page.get_by_role("link", name="My phone").click()
    expect(page.get_by_role("heading", name="My phone")).to_be_visible()
    page.get_by_role("button", name="Show the secret").click()
    expect(page.get_by_label("SIP secret")).not_to_have_value("")
    page.get_by_role("link", name="Hide").click()
    expect(page.get_by_label("SIP secret")).to_have_count(0)
