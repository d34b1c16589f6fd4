"""The panel as gunicorn serves it, and the Chromium that looks at it, for tests in a real browser."""

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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from cli.stack.tether import tethered
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


def cannot(reason: str) -> None:
    """Skip on a developer's machine; in CI a browser that is missing is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def chromium_running(more: Sequence[str] = ()) -> Iterator[Browser]:
    """A Chromium without a window, with ``more`` flags."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        cannot("Chromium is not installed; install the package 'chromium'.")
    if not (VENDOR / "tabler.min.css").exists():
        cannot("The panel's files are not built; run 'npm ci' and 'python -m web.build_static'.")
    compile_catalogues()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=[*FLAGS, *more], ignore_default_args=["--mute-audio"]
        )
        yield browser
        browser.close()


def sign_in(context: BrowserContext, email: str, password: str) -> None:
    """What the sign-in form does, without showing it."""
    form = context.request.get("/sign-in").text()
    token = re.search(r'name="csrf_token" type="hidden" value="([^"]+)"', form)
    assert token is not None, form
    typed = {"email": email, "password": password, "csrf_token": token[1]}
    answer = context.request.post("/sign-in", form=typed, max_redirects=0)
    assert answer.status == 302, answer.text()


class Panel:
    """A gunicorn of this test's own, in ``folder``. Templates that an earlier one compiled lie beside that."""

    def __init__(self, database_url: str, folder: Path, **settings: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        compiled = folder.parent / "compiled_templates"
        compiled.mkdir(exist_ok=True)
        self._log = (folder / "panel.log").open("w+")
        self.process = subprocess.Popen(
            tethered([sys.executable, "-m", "gunicorn", "-c", "python:web.gunicorn_conf", "panel_wsgi:app"]),
            env={
                **os.environ,
                "DATABASE_URL": database_url,
                "RINGPOOL_SECRET_KEY": "only for this test",
                "RINGPOOL_PANEL_PORT": str(port),
                "WEB_CONCURRENCY": "1",
                "XDG_CACHE_HOME": str(folder),
                "PYTHONPATH": str(Path(__file__).parent),
                "COMPILED_TEMPLATES": str(compiled),
                **settings,
            },
            stderr=self._log,
            start_new_session=True,
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

    def kill(self) -> None:
        """End it at once, when nobody looks any more."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)
