"""Agents whose phone is the panel's own, in a real Chromium with its fake microphone, on the real Asterisk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from panel_process import Panel, chromium_running
from playwright.sync_api import Browser, BrowserContext, Page

from cli.stack.world import OutsideWorld

from ..conftest import Node
from ..rig import Rig, call_center
from ..wire import Wire
from .seat import CONNECTIONS, FAKE_MICROPHONE, PATIENCE_MS, give_browser_phone, sit_down


# Once a file: while Playwright runs, its thread has an event loop, and no other test may start one.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_running(FAKE_MICROPHONE) as browser:
        yield browser


@pytest.fixture
def silence_s() -> int:
    """Patient: on a machine that is busy with tests a browser sends nothing for seconds at times."""
    return 30


@pytest.fixture
def rig(database_url: str, node: Node, world: OutsideWorld, tmp_path: Path, silence_s: int) -> Iterator[Rig]:
    with call_center(database_url, node, world, tmp_path) as rig:
        rig.settings["RINGPOOL_BROWSER_SILENCE_S"] = str(silence_s)
        give_browser_phone(rig, "Ana")
        rig.start_dialer()
        yield rig


@pytest.fixture
def wire(rig: Rig) -> Iterator[Wire]:
    """What the phones say goes over it; their sound does not."""
    with Wire(rig.node.settings.http_port) as wire:
        yield wire


@pytest.fixture
def panel(rig: Rig, wire: Wire, tmp_path: Path) -> Iterator[Panel]:
    panel = Panel(rig.url, tmp_path, RINGPOOL_PHONE_URL=f"ws://127.0.0.1:{wire.port}/ws")
    yield panel
    panel.kill()


@pytest.fixture
def new_context(chromium: Browser, panel: Panel) -> Iterator[Callable[[], BrowserContext]]:
    """A computer of its own for each that is asked for."""
    contexts: list[BrowserContext] = []

    def make() -> BrowserContext:
        context = chromium.new_context(base_url=panel.url, viewport={"width": 1366, "height": 768})
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(CONNECTIONS)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def context(new_context: Callable[[], BrowserContext]) -> BrowserContext:
    """Ana's."""
    return new_context()


@pytest.fixture
def page(context: BrowserContext, rig: Rig) -> Page:
    """Ana's window, signed in, with the list loaded and her phone ready."""
    return sit_down(context, "ana", rig.list_id)
