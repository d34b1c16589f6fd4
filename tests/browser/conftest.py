"""The panel in a real Chromium, served by gunicorn as in production."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from panel_floor import PASSWORD, Floor
from playwright.sync_api import Browser, Page, sync_playwright

from cli.stack.tether import tethered
from dialer.db import Database
from dialer.store.people import Role, User
from web.build_static import VENDOR
from web.texts import compile_catalogues

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 15_000
SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"


def cannot(reason: str) -> None:
    """Skip on a developer's machine; in CI a browser that is missing is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


# Once a file: while Playwright runs, its thread has an event loop, and no other test may start one.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        cannot("Chromium is not installed; install the package 'chromium'.")
    if not (VENDOR / "tabler.min.css").exists():
        cannot("The panel's files are not built; run 'npm ci' and 'python -m web.build_static'.")
    compile_catalogues()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


class Panel:
    """A gunicorn of this test's own."""

    def __init__(self, database_url: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = (folder / "panel.log").open("w+")
        self.process = subprocess.Popen(
            tethered([sys.executable, "-m", "gunicorn", "-c", "python:web.gunicorn_conf", "web.wsgi:app"]),
            env={
                **os.environ,
                "DATABASE_URL": database_url,
                "RINGPOOL_SECRET_KEY": "only for this test",
                "RINGPOOL_PANEL_PORT": str(port),
                "WEB_CONCURRENCY": "1",
                "XDG_CACHE_HOME": str(folder),
            },
            stderr=self._log,
        )
        self._wait()

    def _wait(self) -> None:
        until = monotonic() + 30
        while monotonic() < until and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                sleep(0.05)  # a poll of a condition that nobody announces
        raise AssertionError(f"the panel did not start: {self.log()}")

    def log(self) -> str:
        self._log.flush()
        self._log.seek(0)
        return self._log.read()

    def stop(self) -> float:
        """Ask it to stop as a supervisor does; returns how many seconds it took."""
        began = monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        return monotonic() - began


@pytest.fixture
def panel(database_url: str, tmp_path: Path) -> Iterator[Panel]:
    panel = Panel(database_url, tmp_path)
    yield panel
    panel.stop()


@pytest.fixture
def floor(db: Database) -> Floor:
    return Floor(db)


@pytest.fixture
def max_(floor: Floor) -> User:
    return floor.hire("Max", Role.MANAGER)


@pytest.fixture
def ana(floor: Floor) -> User:
    return floor.hire("Ana", extension="1001")


@pytest.fixture
def abe(floor: Floor) -> User:
    return floor.hire("Abe", extension="1002")


@pytest.fixture
def open_as(chromium: Browser, panel: Panel) -> Iterator[Callable[[User], Page]]:
    """A window of its own in which the user has signed in; errors in it fail the test."""
    contexts, troubles = [], []

    def window(user: User) -> Page:
        context = chromium.new_context(viewport={"width": 1366, "height": 768}, base_url=panel.url)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None
        )
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill(user.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
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
