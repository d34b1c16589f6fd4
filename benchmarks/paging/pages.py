"""The process that holds all pages but the real browser's: ``python -m benchmarks.paging.pages ORDER``.

The order is a JSON file; when every page is open, the file it names is made. At SIGTERM the pages are closed
and what they were shown is written.
"""

from __future__ import annotations

import asyncio
import gc
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import aiohttp
import orjson

from benchmarks.paging.page import Page, Seen

T = TypeVar("T")

SIGNING_IN_AT_ONCE = 4
OPENING_AT_ONCE = 4
_TOKEN = re.compile(r"name=\"csrf_token\"[^>]*value=\"([^\"]+)\"")


@dataclass(frozen=True, slots=True)
class Order:
    """Which pages to hold. Files are named by their path."""

    url: str
    list_id: int
    user_ids: list[int]
    emails: list[str]
    password: str
    watching: int
    """So many of the pages, the last ones, note what the grid shows."""
    cookies: str
    """Where sign-ins are kept for the next panel with the same key."""
    ready: str
    results: str


def seen(path: Path) -> list[Seen]:
    """What the pages wrote in the end."""
    return [Seen(**each) for each in orjson.loads(path.read_bytes())]


async def _hold(order: Order, cookies: dict[str, str], ready: Callable[[], None]) -> list[Seen]:
    """Open all pages, then stay until told to stop. New sign-ins are added to the cookies."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    browsers = [_browser(order, cookies.get(email)) for email in order.emails]
    pages = [
        Page(http, user_id, order.list_id, watches=place >= len(browsers) - order.watching)
        for place, (http, user_id) in enumerate(zip(browsers, order.user_ids, strict=True))
    ]
    try:
        signing, opening = asyncio.Semaphore(SIGNING_IN_AT_ONCE), asyncio.Semaphore(OPENING_AT_ONCE)

        async def begin(http: aiohttp.ClientSession, email: str, page: Page) -> None:
            if email not in cookies:
                async with signing:
                    cookies[email] = await _again(lambda: _sign_in(http, email, order.password))
            async with opening:
                await _again(page.open)

        begun = asyncio.gather(*map(begin, browsers, order.emails, pages))
        stopped = loop.create_task(stop.wait())
        await asyncio.wait([begun, stopped], return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            begun.cancel()
        await asyncio.gather(begun, return_exceptions=stop.is_set())
        ready()
        await stopped
    finally:
        await asyncio.gather(*(page.close() for page in pages))
        await asyncio.gather(*(http.close() for http in browsers))
    return [page.seen for page in pages]


def _browser(order: Order, cookie: str | None) -> aiohttp.ClientSession:
    # As many connections to one server as browsers make; cookies of a host without a name are kept, too.
    return aiohttp.ClientSession(
        order.url,
        connector=aiohttp.TCPConnector(limit_per_host=6, keepalive_timeout=300),
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        cookies={"ringpool": cookie} if cookie else None,
        timeout=aiohttp.ClientTimeout(total=30),
    )


async def _again(what: Callable[[], Awaitable[T]]) -> T:
    """A connection that was idle may be closed just when it is used again: browsers then take another."""
    for _ in range(3):
        try:
            return await what()
        except aiohttp.ClientConnectionError:
            continue
    return await what()


async def _sign_in(http: aiohttp.ClientSession, email: str, password: str) -> str:
    async with http.get("/sign-in") as answer:
        token = _TOKEN.search(await answer.text())
    assert token is not None
    given = {"csrf_token": token[1], "email": email, "password": password}
    async with http.post("/sign-in", data=given, allow_redirects=False) as answer:
        if answer.status != 302:
            raise RuntimeError(f"{email} could not sign in: {answer.status}")
    return next(cookie.value for cookie in http.cookie_jar if cookie.key == "ringpool")


def main() -> None:
    """Do what the order says."""
    order = Order(**orjson.loads(Path(sys.argv[1]).read_bytes()))
    kept = Path(order.cookies)
    cookies: dict[str, str] = orjson.loads(kept.read_bytes()) if kept.exists() else {}

    def ready() -> None:
        kept.write_bytes(orjson.dumps(cookies))
        gc.freeze()  # what the pages are made of is not looked through while it is measured
        Path(order.ready).touch()

    shown = asyncio.run(_hold(order, cookies, ready))
    Path(order.results).write_bytes(orjson.dumps([asdict(each) for each in shown]))


if __name__ == "__main__":
    main()
