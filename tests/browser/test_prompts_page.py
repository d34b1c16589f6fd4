"""Prompts in a real browser: heard, replaced by keyboard and put back, with pictures kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from panel_floor import Floor
from playwright.sync_api import Page, expect
from recordings import as_file, hum

from cli.stack.prompt_files import build_prompts
from dialer.prompts import Prompt
from dialer.store.people import Role, User

Open = Callable[[User], Page]
Shot = Callable[[Page, str], Path]

LONG = (
    "Our greeting for new leads, as recorded by Ada Lovelace-Featherstonehaugh in the large meeting room.mp3"
)


@pytest.fixture
def ada(floor: Floor) -> User:
    return floor.hire("Ada Lovelace-Featherstonehaugh", Role.ADMIN)


def test_a_prompt_is_played_replaced_and_put_back(
    ada: User, open_as: Open, shot: Shot, tmp_path: Path
) -> None:
    build_prompts(tmp_path / "prompts")
    (tmp_path / LONG).write_bytes(as_file(hum(2), kind="MP3", width="MPEG_LAYER_III"))
    (tmp_path / "notes.wav").write_text("Remember to record the greeting.")
    page = open_as(ada)
    page.goto("/company/prompts")
    shot(page, "built")
    player = page.get_by_label("New lead, English", exact=True)
    player.evaluate("player => player.load()")
    player.evaluate("player => { player.preload = 'metadata'; player.load(); }")
    expect(player).to_have_js_property("error", None)
    expect(player).to_have_js_property("readyState", 4)

    mine = page.locator("#press_1-en")
    mine.get_by_text("Use a recording of your own").focus()
    page.keyboard.press("Enter")
    mine.get_by_label("Recording for New lead, English").set_input_files(tmp_path / "notes.wav")
    mine.get_by_role("button", name="Upload").press("Enter")
    expect(
        page.locator("#press_1-en").get_by_text("The file is no recording that can be read")
    ).to_be_visible()
    expect(page.get_by_label("Recording for New lead, English")).to_be_focused()
    shot(page, "refused")

    mine.get_by_label("Recording for New lead, English").set_input_files(tmp_path / LONG)
    mine.get_by_role("button", name="Upload").press("Enter")
    expect(mine.get_by_text("Your own", exact=True)).to_be_visible()
    expect(mine).to_contain_text(LONG)
    for width, height in ((1366, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
            shot(page, f"own-{width}-{theme}")
    mine.get_by_text("Replace", exact=True).click()
    mine.get_by_role("button", name="Back to Ringpool's own").click()
    expect(page.get_by_text("Ringpool's own prompt is heard again.")).to_be_visible()
    expect(page.locator("#press_1-en").get_by_text("Your own", exact=True)).to_have_count(0)


def test_a_manager_listens_and_changes_nothing_in_swedish(
    floor: Floor, max_: User, open_as: Open, shot: Shot, tmp_path: Path
) -> None:
    build_prompts(tmp_path / "prompts")
    with floor.db.transaction() as connection:
        connection.execute("UPDATE app_user SET locale = 'sv' WHERE id = %s", (max_.id,))
    page = open_as(max_)
    page.goto("/company/prompts")
    expect(page.get_by_role("heading", level=1)).to_have_text("Röstmeddelanden")
    expect(page.locator("audio")).to_have_count(2 * len(Prompt))
    expect(page.locator("input[type=file]")).to_have_count(0)
    shot(page, "swedish")
