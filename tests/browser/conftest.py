"""The panel in a real Chromium, served by gunicorn as in production."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from panel_floor import PASSWORD
from panel_process import Panel, chromium_running, sign_in
from playwright.sync_api import Browser, Page

from dialer.db import Database
from dialer.store import jobs
from dialer.store.people import User

PATIENCE_MS = 15_000
SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"


# Once a file: while Playwright runs, its thread has an event loop, and no other test may start one.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_running() as browser:
        yield browser


@pytest.fixture
def panel(database_url: str, tmp_path: Path) -> Iterator[Panel]:
    panel = Panel(
        database_url,
        tmp_path,
        RINGPOOL_RECORDINGS=str(tmp_path),
        RINGPOOL_PROMPTS=str(tmp_path / "prompts"),
    )
    yield panel
    panel.kill()


@pytest.fixture
def import_all(db: Database, tmp_path: Path) -> Callable[[], None]:
    """What the importer service does, when the test says so."""

    def work() -> None:
        while jobs.work_once(db, tmp_path / "ringpool" / "uploads", "test"):
            pass

    return work


@pytest.fixture
def open_as(chromium: Browser, panel: Panel) -> Iterator[Callable[[User], Page]]:
    """A window of its own in which the user is signed in; errors in it fail the test."""
    contexts, troubles = [], []

    def window(user: User) -> Page:
        context = chromium.new_context(viewport={"width": 1366, "height": 768}, base_url=panel.url)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        sign_in(context, user.email, PASSWORD)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None
        )
        page.goto("/")
        return page

    yield window
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Page, str], Path]:
    """Keep a picture of the whole page under ``build/screenshots/TEST/NAME.png``; returns its path."""
    folder = SCREENSHOTS / re.sub(r"[^\w-]+", "_", request.node.name)
    shutil.rmtree(folder, ignore_errors=True)

    def keep(page: Page, name: str) -> Path:
        path = folder / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return keep
