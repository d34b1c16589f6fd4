"""The set-up pages in a real browser: users, teams, organisations, the audit log, one's own account."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from panel_floor import PASSWORD, Floor, now
from playwright.sync_api import Browser, Page, expect

from dialer.registrations import Registration
from dialer.roles import Role
from dialer.store import lists, people, teams, users
from dialer.store.lists import ListEdit
from dialer.store.people import User

OpenAs = Callable[[User], Page]
Shot = Callable[[Page, str], Path]

LONG = "Ana-Maria Wolfeschlegelsteinhausenbergerdorff of Nether Wallop"


@pytest.fixture
def dana(floor: Floor) -> User:
    return floor.hire("Dana", Role.SUPER_ADMIN)


def crowd(floor: Floor, by: User, many: int = 200) -> list[int]:
    """Many users at once, some with very long names; nobody of them can sign in."""
    with floor.db.transaction() as connection:
        rows = connection.execute(
            "INSERT INTO app_user (organisation_id, name, email, password_hash, role, active) "
            "SELECT %(org)s, CASE WHEN n %% 20 = 7 THEN %(long)s || ' ' || n ELSE 'Person ' || n END, "
            "CASE WHEN n %% 20 = 7 THEN repeat('long.', 12) || n ELSE 'person' || n END || '@acme.test', "
            "'nobody', 'agent', n %% 17 <> 3 FROM generate_series(1, %(many)s) n RETURNING id",
            {"org": floor.organisation.id, "long": LONG, "many": many},
        ).fetchall()
    ids = [row["id"] for row in rows]
    team = teams.create_team(floor.tenant, floor.organisation.id, f"The team of {LONG}", by=by.id)
    teams.change_members(floor.tenant, team.id, now(), join=ids[:60], by=by.id)
    for name in ("West", "East", "Night", *(f"Team {n}" for n in range(10))):
        teams.create_team(floor.tenant, floor.organisation.id, name, by=by.id)
    return ids


def test_manager_registers_an_agent_who_signs_in(
    open_as: OpenAs, floor: Floor, max_: User, shot: Shot
) -> None:
    crowd(floor, max_, 20)
    page = open_as(max_)
    page.get_by_role("link", name="Set-up").click()
    page.get_by_role("navigation", name="Set-up").get_by_role("link", name="Users").click()
    page.get_by_role("link", name="Add user").click()
    page.get_by_label("Name", exact=True).fill("Ana-Li Ek")
    page.get_by_label("E-mail").fill("anali@acme.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("SIP extension").fill("1007")
    ticks = page.locator("[data-ticks]").filter(has_text="West")
    ticks.get_by_role("searchbox").fill("west")
    expect(ticks.locator(".form-check:visible")).to_have_count(1)
    ticks.get_by_label("West").check()
    expect(ticks.get_by_text("1 of 14 chosen")).to_be_visible()
    for name, level in (("Solar", "3"), ("Spanish", "9")):
        page.get_by_role("button", name="Add skill").click()
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.press("Control+A")
        page.keyboard.type(level)
    page.get_by_role("button", name="Remove skill").first.click()
    states = page.get_by_label("States")
    states.press_sequentially("TX,CA")
    states.press("Enter")
    states.press_sequentially("tx")
    states.press("Enter")
    expect(page.locator("[data-tags]").first.locator(".tag")).to_have_text(["TX", "CA"])
    page.get_by_label("Works from").fill("09:00")
    page.get_by_label("Works until").fill("17:30")
    page.get_by_text("Sun", exact=True).click()
    shot(page, "filled-in")
    page.get_by_role("button", name="Register user").click()
    secret = page.get_by_role("textbox", name="SIP secret").input_value()
    assert len(secret) >= 20
    shot(page, "secret")
    (row,), _ = users.page(floor.tenant, floor.organisation.id, search="Ana-Li")
    given = users.registered(floor.tenant, row.id).registration
    assert given.skills == {"Spanish": 9}
    assert (given.states, given.works_days) == (("TX", "CA"), (1, 2, 3, 4, 5, 6))
    agent = open_as(people.user(floor.tenant, row.id))
    expect(agent.get_by_role("link", name="My Session", exact=True)).to_be_visible()
    expect(agent.get_by_role("link", name="Set-up")).to_have_count(0)


def test_wrong_values_are_marked_and_what_was_typed_stays(open_as: OpenAs, max_: User, shot: Shot) -> None:
    page = open_as(max_)
    page.goto("/people/new")
    page.get_by_label("E-mail").fill("nowhere")
    page.get_by_label("SIP extension").fill("12ab")
    page.get_by_label("States").fill("TX")
    page.get_by_role("button", name="Register user").click()
    expect(page.get_by_text("Give the user a name.")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("nowhere")
    expect(page.locator(".tag")).to_have_text(["TX"])
    shot(page, "errors")


def test_users_are_found_while_one_types_and_the_way_back_works(
    open_as: OpenAs, floor: Floor, max_: User, shot: Shot
) -> None:
    crowd(floor, max_)
    page = open_as(max_)
    page.goto("/people/")
    expect(page.locator("#people tbody tr")).to_have_count(100)
    shot(page, "two-hundred-users")
    page.get_by_role("searchbox", name="Search").press_sequentially("person 19")
    expect(page.locator("#people tbody tr")).to_have_count(10)
    assert "search=person" in page.url
    page.get_by_label("Active").select_option("all")
    expect(page.locator("#people tbody tr")).to_have_count(11)
    page.get_by_role("link", name="Person 194").click()
    expect(page.get_by_label("E-mail")).to_have_value("person194@acme.test")
    page.go_back()
    expect(page.locator("#people tbody tr")).to_have_count(11)
    expect(page.get_by_role("heading", name="Users")).to_be_visible()
    page.goto("/people/?page=2")
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()


def test_agent_who_is_deactivated_sees_the_sign_in_at_once(
    open_as: OpenAs, floor: Floor, max_: User, ana: User
) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    agent, page = open_as(ana), open_as(max_)
    agent.goto("/session/")
    page.goto(f"/people/{ana.id}")
    page.get_by_label("Active").uncheck()
    page.get_by_role("button", name="Save user").click()
    expect(page.get_by_text("The user has been saved.")).to_be_visible()
    agent.wait_for_url(re.compile("/sign-in"))


def test_list_of_a_team_appears_and_vanishes_at_the_agent_at_once(
    open_as: OpenAs, floor: Floor, max_: User, ana: User, shot: Shot
) -> None:
    team = teams.create_team(floor.tenant, floor.organisation.id, "West", by=max_.id)
    list_id = floor.add_list(max_, name="Spring leads")
    lists.edit(floor.tenant, max_.id, list_id, 1, ListEdit(team_ids=[team.id]), now())
    agent, page = open_as(ana), open_as(max_)
    agent.goto("/session/")
    expect(agent.get_by_text("Spring leads")).to_have_count(0)
    page.goto(f"/people/teams/{team.id}")
    page.get_by_label("Ana").check()
    page.get_by_role("button", name="Save team").click()
    expect(agent.get_by_text("Spring leads")).to_be_visible()
    page.get_by_role("link", name="Delete: West").click()
    expect(page.get_by_text("1 user loses it")).to_be_visible()
    shot(page, "delete-team")
    page.get_by_role("button", name="Delete team").click()
    expect(page.get_by_text("The team West has been deleted.")).to_be_visible()
    expect(agent.get_by_text("Spring leads")).to_have_count(0)


def test_second_manager_is_told_that_the_first_has_saved(
    open_as: OpenAs, max_: User, ada: User, ana: User, shot: Shot
) -> None:
    first, second = open_as(max_), open_as(ada)
    for page in (first, second):
        page.goto(f"/people/{ana.id}")
    first.get_by_label("Name", exact=True).fill("Ana One")
    first.get_by_role("button", name="Save user").click()
    expect(first.get_by_text("The user has been saved.")).to_be_visible()
    second.get_by_label("Name", exact=True).fill("Ana Two")
    second.get_by_role("button", name="Save user").click()
    expect(second.get_by_text("Max changed this user meanwhile")).to_be_visible()
    expect(second.get_by_label("Name", exact=True)).to_have_value("Ana Two")
    shot(second, "conflict")
    second.get_by_role("link", name="Look at the user as they are now").click()
    expect(second.get_by_label("Name", exact=True)).to_have_value("Ana One")


def test_audit_log_tells_what_was_changed_and_opens_long_values(
    open_as: OpenAs, floor: Floor, max_: User, ana: User, shot: Shot
) -> None:
    crowd(floor, max_, 60)
    list_id = floor.add_list(max_, ana, name="Spring leads")
    lists.edit(floor.tenant, max_.id, list_id, 1, ListEdit(script="Hello, " * 100, batch_size=50), now())
    page = open_as(max_)
    page.goto("/audit/")
    shot(page, "audit")
    page.get_by_label("What", exact=True).select_option("list")
    page.get_by_role("button", name="Show").click()
    change = page.locator("tr", has_text="changed").first
    expect(change).to_contain_text("Spring leads")
    page.locator("summary", has_text="Hello, ").first.click()
    expect(page.get_by_text("Hello, " * 90).first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert download.value.suggested_filename == "audit.csv"


def test_super_admin_makes_an_organisation_and_switches_its_features(
    open_as: OpenAs, floor: Floor, dana: User, shot: Shot
) -> None:
    page = open_as(dana)
    page.goto("/organisations/")
    page.get_by_role("link", name="Add organisation").click()
    page.get_by_label("Name", exact=True).first.fill("Nordic Homes")
    page.get_by_label("Country").select_option("SE")
    page.get_by_label("Time zone").fill("Europe/Stockholm")
    page.get_by_label("Name", exact=True).last.fill("Nils")
    page.get_by_label("E-mail").fill("nils@nordic.test")
    page.get_by_label("Password").fill(PASSWORD)
    shot(page, "new")
    page.get_by_role("button", name="Add organisation").click()
    expect(page.get_by_text("Nordic Homes has been added")).to_be_visible()
    shot(page, "organisations")
    page.get_by_role("link", name="Nordic Homes").click()
    page.get_by_label("Import queue").uncheck()
    page.get_by_role("button", name="Save Org Details").click()
    row = page.get_by_role("row", name=re.compile("Nordic Homes"))
    expect(row).to_contain_text("Lead pool sessions")
    expect(row).not_to_contain_text("Import queue")


def test_everybody_changes_their_own_password_and_stays_signed_in(
    open_as: OpenAs, ana: User, shot: Shot
) -> None:
    page = open_as(ana)
    page.locator("summary", has_text="Ana").click()
    page.get_by_role("link", name="My account").click()
    page.get_by_label("Old password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("another horse")
    page.get_by_label("New password once more").fill("another horse")
    shot(page, "account")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password has been changed.")).to_be_visible()
    expect(page.get_by_role("heading", name="My account")).to_be_visible()


def test_pages_fit_every_width_with_many_users_and_long_names(
    open_as: OpenAs, floor: Floor, dana: User
) -> None:
    ids = crowd(floor, dana)
    team = teams.overview(floor.tenant, floor.organisation.id)[-1]
    given = Registration(
        name=LONG * 3,
        email="long@acme.test",
        extension="1009",
        skills={"x" * 60: 10},
        states=("y" * 60, *(f"State {n}" for n in range(40))),
    )
    users.register(floor.tenant, floor.organisation.id, given, now(), password=PASSWORD, by=dana.id)
    page = open_as(dana)
    too_wide = []
    for width in (420, 1366, 1920):
        page.set_viewport_size({"width": width, "height": 768})
        for path in (
            "/people/",
            "/people/new",
            f"/people/{ids[6]}",
            f"/people/{ids[-1] + 1}",
            "/people/teams/",
            f"/people/teams/{team.id}",
            f"/people/teams/{team.id}/delete",
            "/audit/",
            "/organisations/",
            f"/organisations/{floor.organisation.id}",
            "/account/",
        ):
            page.goto(path)
            over = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if over > 0:
                too_wide.append(f"{path} at {width}: {over}")
    assert too_wide == []


def test_set_up_is_walked_by_keyboard_with_a_visible_focus(open_as: OpenAs, dana: User) -> None:
    page = open_as(dana)
    page.goto("/people/")
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        seen: dict[str, Any] = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return {text: e.textContent.trim() || e.id, left: e === document.body,"
            "         shown: s.outlineStyle !== 'none' || s.boxShadow !== 'none'} })()"
        )
        if seen["left"]:
            break  # behind the last one
        reached.append(seen["text"])
        assert seen["shown"], reached[-1]
    for name in ("Set-up", "Users", "Teams", "Audit log", "Organisations", "Add user", "search"):
        assert name in reached


def test_user_form_works_without_scripts(chromium: Browser, panel: Any, floor: Floor, max_: User) -> None:
    context = chromium.new_context(java_script_enabled=False, base_url=panel.url)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(max_.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/people/new")
    page.get_by_label("Name", exact=True).fill("Ana")
    page.get_by_label("E-mail").fill("ana@acme.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Skill", exact=True).fill("Solar")
    page.get_by_label("States").fill("TX, CA")
    page.get_by_role("button", name="Register user").click()
    expect(page.get_by_text("Ana has been registered.")).to_be_visible()
    context.close()
    (row,), _ = users.page(floor.tenant, floor.organisation.id, search="ana@")
    given = users.registered(floor.tenant, row.id).registration
    assert (given.skills, given.states) == ({"Solar": 5}, ("TX", "CA"))
