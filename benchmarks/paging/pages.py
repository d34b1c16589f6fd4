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
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from benchmarks.paging.page import Page, Seen

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
    stopped = loop.create_task(stop.wait())
    signing = [each for each in order.emails if each not in cookies]
    if not await _unless(stopped, (_sign_in(order, email, cookies) for email in signing), SIGNING_IN_AT_ONCE):
        return []
    browsers = [_browser(order, cookies[email]) for email in order.emails]
    pages = [
        Page(http, user_id, order.list_id, watches=place >= len(browsers) - order.watching)
        for place, (http, user_id) in enumerate(zip(browsers, order.user_ids, strict=True))
    ]
    try:
        if await _unless(stopped, (page.open() for page in pages), OPENING_AT_ONCE):
            ready()
            await stopped
    finally:
        await asyncio.gather(*(page.close() for page in pages))
        await asyncio.gather(*(http.close() for http in browsers))
    return [page.seen for page in pages]


async def _unless(
    stopped: asyncio.Task[Any], all_of: Iterable[Coroutine[Any, Any, None]], at_once: int
) -> bool:
    """Do all, so many at once; False if it was stopped before."""
    free = asyncio.Semaphore(at_once)

    async def in_turn(one: Coroutine[Any, Any, None]) -> None:
        async with free:
            await one

    done = asyncio.gather(*map(in_turn, all_of))
    await asyncio.wait([done, stopped], return_when=asyncio.FIRST_COMPLETED)
    if not done.done():
        done.cancel()
        return False
    await done
    return True


def _browser(order: Order, cookie: str) -> aiohttp.ClientSession:
    # As many connections to one server as browsers make; cookies of a host without a name are kept, too.
    return aiohttp.ClientSession(
        order.url,
        connector=aiohttp.TCPConnector(limit_per_host=6, keepalive_timeout=300),
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        cookies={"ringpool": cookie},
        timeout=aiohttp.ClientTimeout(total=30),
    )


async def _sign_in(order: Order, email: str, cookies: dict[str, str]) -> None:
    # Every request on a connection of its own: one that was kept may be closed while it is used again.
    async with aiohttp.ClientSession(
        order.url,
        connector=aiohttp.TCPConnector(force_close=True),
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        timeout=aiohttp.ClientTimeout(total=60),
    ) as http:
        async with http.get("/sign-in") as answer:
            token = _TOKEN.search(await answer.text())
        assert token is not None
        given = {"csrf_token": token[1], "email": email, "password": order.password}
        async with http.post("/sign-in", data=given, allow_redirects=False) as answer:
            if answer.status != 302:
                raise RuntimeError(f"{email} could not sign in: {answer.status}")
        cookies[email] = next(cookie.value for cookie in http.cookie_jar if cookie.key == "ringpool")


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
