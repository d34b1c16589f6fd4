"""Call Activity in a browser: filters by talk time, date, phone and agent; the recording's popup (RING-5, 6)."""

from __future__ import annotations

import math
import re
import struct
import wave
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from panel_floor import Floor, now
from playwright.sync_api import Page, expect

from dialer.store import audit, recording_pauses
from dialer.store.audit import Filters
from dialer.store.people import User
from web.activity.asked import MOST_CHOSEN

OpenAs = Callable[[User], Page]
Shot = Callable[[Page, str], Path]

LONG_NAME = "Abe Featherstonehaugh-Cholmondeley of Wolverhampton"


@pytest.fixture
def abe(floor: Floor) -> User:
    return floor.hire(LONG_NAME, extension="1002")


@pytest.fixture
def calls(floor: Floor, max_: User, ana: User, abe: User, tmp_path: Path) -> None:
    """Sixty calls, one an hour, of ten numbers; all of Ana's that were answered are recorded, the newest in sound."""
    list_id = floor.add_list(max_, ana, abe, prospects=60)
    with floor.db.transaction() as connection:
        connection.execute(
            """
            INSERT INTO attempt (organisation_id, prospect_id, list_id, node, number, ring_s, record, drop_message,
                state, leg_id, user_id, outcome, cause, launched_at, answered_at, bridged_at, ended_at, result_id)
            SELECT %(o)s, p.id, %(l)s, 'main', '+1214555010' || n %% 10, 25, true, '',
                'ended', gen_random_uuid(), CASE WHEN n %% 4 < 3 THEN (ARRAY[%(ana)s, %(abe)s])[1 + n %% 2] END,
                CASE WHEN n %% 4 < 3 THEN 'connected' ELSE 'no_answer' END, 16 + 3 * (n %% 4 / 3), t.at,
                t.at + interval '9 s', CASE WHEN n %% 4 < 3 THEN t.at + interval '9 s' END,
                t.at + interval '9 s' + n * interval '20 s',
                (SELECT id FROM call_result WHERE position = 1 + n %% 5 AND n %% 4 < 3 LIMIT 1)
            FROM generate_series(0, 59) n
            JOIN prospect p ON p.position = n + 1,
            LATERAL (SELECT %(now)s - n * interval '1 h' AS at) t
            """,
            {"o": floor.organisation.id, "l": list_id, "ana": ana.id, "abe": abe.id, "now": now()},
        )
        made = connection.execute(
            "INSERT INTO recording (organisation_id, id, attempt_id, user_id, node, started_at, ended_at) "
            "SELECT organisation_id, gen_random_uuid(), id, user_id, 'main', bridged_at, ended_at FROM attempt "
            "WHERE user_id IS NOT NULL AND bridged_at IS NOT NULL RETURNING id, organisation_id, started_at"
        ).fetchall()
        for each in made[:1]:
            connection.execute(
                "INSERT INTO recording_pause (organisation_id, recording_id, started_at, ended_at) "
                "SELECT %(organisation_id)s, %(id)s, t.at + interval '8 s', t.at + interval '48 s' "
                "FROM (SELECT %(started_at)s::timestamptz AS at) t",
                each,
            )
    for each in made:
        hum(tmp_path / f"{each['id']}.wav")


def hum(path: Path, seconds: int = 20) -> None:
    """Somebody talks in waves."""
    samples = (
        int(18_000 * abs(math.sin(n / 5200)) * abs(math.sin(n / 41_000)) * math.sin(n / 6))
        for n in range(8000 * seconds)
    )
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(struct.pack(f"<{8000 * seconds}h", *samples))


def count(page: Page) -> Any:
    return expect(page.locator("#count"))


@pytest.mark.usefixtures("calls")
def test_a_manager_filters_by_talk_time_date_phone_and_agent(open_as: OpenAs, max_: User, shot: Shot) -> None:
    page = open_as(max_)
    page.get_by_role("link", name="Call Activity").click()
    count(page).to_contain_text("60 legs")
    shot(page, "all")

    page.get_by_label("Talk time from, seconds").fill("1000")
    page.get_by_role("button", name="Show", exact=True).click()
    count(page).to_contain_text("7 legs")
    page.get_by_role("link", name="Talk time").click()
    expect(page.locator("tbody tr").first).to_contain_text("19:20")
    page.get_by_role("link", name="Talk time").click()
    expect(page.locator("tbody tr").first).to_contain_text("16:40")
    page.get_by_role("link", name="Show all").click()
    count(page).to_contain_text("60 legs")

    since = datetime.now(ZoneInfo(max_.time_zone)) - timedelta(hours=5, minutes=30)
    page.get_by_label("Date from").fill(since.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Show", exact=True).click()
    count(page).to_contain_text("6 legs")
    page.get_by_role("link", name="Show all").click()

    page.locator("#phone-menu").click()
    page.get_by_label("Search digits").press_sequentially("0103")
    page.get_by_label("+1 214-555-0103").check()
    page.get_by_label("Search digits").fill("0107")
    page.get_by_label("+1 214-555-0107").check()
    shot(page, "phones")
    page.get_by_role("button", name="Show", exact=True).click()
    count(page).to_contain_text("12 legs")
    expect(page.locator("#phone-menu")).to_contain_text("2 chosen")
    assert "phone_search" not in page.url

    page.locator("#by-menu").click()
    page.get_by_label("Search names").fill("abe")
    expect(page.get_by_label("Ana", exact=True)).to_be_hidden()
    page.get_by_label(LONG_NAME).check()
    shot(page, "agents")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#by-menu")).to_contain_text(LONG_NAME)
    count(page).to_contain_text("6 legs")
    shot(page, "two_filters")
    page.goto("/activity/?talk_from=99999")
    expect(page.get_by_text("Nothing fits these filters")).to_be_visible()
    shot(page, "nothing")


@pytest.mark.usefixtures("calls")
def test_as_many_numbers_and_agents_may_be_chosen_as_are_looked_for(open_as: OpenAs, max_: User) -> None:
    asked = [("phone", f"+1214555{number:04}") for number in range(MOST_CHOSEN)]
    asked += [("by", str(100_000 + number)) for number in range(MOST_CHOSEN)]
    page = open_as(max_)
    answer = page.goto(f"/activity/?{urlencode(asked)}")
    assert answer is not None
    assert answer.status == 200
    expect(page.locator("#phone-menu")).to_contain_text(f"{MOST_CHOSEN} chosen")


@pytest.mark.usefixtures("calls")
def test_the_popup_plays_seeks_and_changes_its_speed(
    open_as: OpenAs, floor: Floor, max_: User, shot: Shot
) -> None:
    page = open_as(max_)
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto("/activity/")
    shot(page, "wide")
    page.get_by_role("button", name="Play the recording").first.click()
    player = page.get_by_role("dialog")
    sound = player.locator("audio")
    expect(sound).to_have_js_property("paused", False)
    expect(sound).to_have_js_property("duration", 20)
    place = player.get_by_role("slider", name="Place in the recording")
    box = place.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    page.wait_for_function("document.querySelector('dialog audio').currentTime >= 15")
    player.get_by_role("button", name="Pause", exact=True).click()
    expect(sound).to_have_js_property("paused", True)
    place.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(sound).to_have_js_property("currentTime", 5)
    expect(place).to_have_attribute("aria-valuetext", "0:05 / 0:20")
    player.get_by_role("button", name=re.compile("0:08: paused for 0:40")).click()
    expect(sound).to_have_js_property("currentTime", 8)
    player.get_by_label("Speed", exact=True).select_option("1.5")
    expect(sound).to_have_js_property("playbackRate", 1.5)
    shot(page, "popup")
    with page.expect_download() as copy:
        player.get_by_role("link", name="Download").click()
    assert copy.value.path().read_bytes()[:4] == b"RIFF"
    page.keyboard.press("Escape")
    expect(player).to_have_count(0)
    actions = [
        each.action for each in audit.page(floor.tenant, floor.organisation.id, Filters(family="recording"))
    ]
    assert actions == ["recording.download", "recording.listen"]
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Play the recording").first.click()
    expect(sound).to_have_js_property("paused", False)
    shot(page, "popup_dark")


@pytest.mark.usefixtures("calls")
def test_a_recording_that_was_deleted_meanwhile_is_said(open_as: OpenAs, floor: Floor, max_: User) -> None:
    page = open_as(max_)
    page.goto("/activity/")
    with floor.db.transaction() as connection:
        connection.execute("UPDATE recording SET deleted_at = now()")
    play = page.get_by_role("button", name="Play the recording").first
    play.click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("This recording was deleted")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(play).to_be_focused()


@pytest.mark.usefixtures("calls")
def test_a_player_whose_address_is_too_old_gets_another(open_as: OpenAs, ana: User) -> None:
    page = open_as(ana)
    page.goto("/activity/")
    expect(page.locator("#by-menu")).to_have_count(0)
    page.get_by_role("button", name="Play the recording").first.click()
    sound = page.locator("dialog audio")
    expect(sound).to_have_js_property("duration", 20)
    expect(page.get_by_role("link", name="Download")).to_have_count(0)
    sound.evaluate("sound => { sound.src = '/recordings/sound/too-old.wav'; sound.play().catch(() => {}); }")
    expect(sound).to_have_attribute("src", re.compile(r"/recordings/sound/.{40,}\.wav"))
    expect(sound).to_have_js_property("duration", 20)


@pytest.mark.usefixtures("calls")
def test_the_agent_pauses_the_recording_by_a_key(
    open_as: OpenAs, floor: Floor, ana: User, max_: User, shot: Shot
) -> None:
    list_id = floor.add_list(max_, ana, name="Today")
    page = open_as(ana)
    page.goto(f"/session/?list={list_id}")
    floor.sit_down(ana, list_id)
    floor.call(list_id)
    expect(page.locator("#recording-state")).to_have_text("Recording")
    shot(page, "recording")
    page.keyboard.press("Alt+p")
    expect(page.locator("#recording-state")).to_contain_text("Recording is being paused")
    for wish in recording_pauses.take(floor.db, "main"):
        recording_pauses.done(floor.db, wish, now())
    expect(page.locator("#recording-state")).to_contain_text("Recording paused")
    expect(page.get_by_role("button", name="Resume recording")).to_be_visible()
    shot(page, "paused")
