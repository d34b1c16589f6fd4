"""One real browser among the pages: when the Call Disposition window is on its screen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from playwright.sync_api import Page, sync_playwright

from dialer.errors import RingpoolError

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

# The second frame after the window is in the page begins when the first has been drawn.
OBSERVER = """
window.ringpoolSeen = [];
document.addEventListener("DOMContentLoaded", () => {
    let shown = null;
    const look = () => {
        const stage = document.getElementById("stage");
        const attempt = (document.getElementById("disposition-window") && stage.dataset.attempt) || null;
        if (attempt !== null && attempt !== shown) {
            requestAnimationFrame(() => requestAnimationFrame(() => {
                window.ringpoolSeen.push([performance.timeOrigin + performance.now(), Number(attempt)]);
            }));
        }
        shown = attempt;
    };
    new MutationObserver(look).observe(document.documentElement, {subtree: true, childList: true, attributes: true});
    look();
});
"""


class NoBrowser(RingpoolError):
    """Chromium is not installed; install the package `chromium`, or measure with --without-browser."""


class Screen:
    """A browser whose page is one agent's."""

    def __init__(self, page: Page, pid: int) -> None:
        self._page = page
        self.pid = pid
        """The leader of the browser's processes."""

    def sign_in(self, url: str, email: str, password: str, list_id: int) -> None:
        """Sign in to the panel at the address and stay on My Session."""
        self._page.context.clear_cookies()
        self._page.goto(f"{url}/sign-in")
        self._page.fill("input[name=email]", email)
        self._page.fill("input[name=password]", password)
        self._page.click("main button.btn-primary")
        self._page.goto(f"{url}/session/?list={list_id}")
        self._page.wait_for_selector("#stage")

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._page.wait_for_timeout(1000 * seconds)

    def leave(self) -> list[tuple[float, int]]:
        """When which call's window was on the screen (seconds since 1970); then an empty page."""
        seen = self._page.evaluate("window.ringpoolSeen")
        self._page.goto("about:blank")
        return [(at / 1000, int(attempt)) for at, attempt in seen]


@contextmanager
def screen() -> Iterator[Screen]:
    """A Chromium without a window. Raises NoBrowser."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise NoBrowser(NoBrowser.__doc__)
    before = {child.pid for child in psutil.Process().children()}
    with sync_playwright() as playwright:
        (driver,) = (child.pid for child in psutil.Process().children() if child.pid not in before)
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        try:
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.add_init_script(OBSERVER)
            yield Screen(page, driver)
        finally:
            browser.close()
