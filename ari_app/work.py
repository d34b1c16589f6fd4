"""Store calls from the asyncio side, and patience while the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import psycopg
import structlog

from dialer.errors import DatabaseUnavailable

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger("ringpool.work")

THREADS = 8
RETRY_FIRST_S, RETRY_LONGEST_S = 0.05, 1.0

PASSING = (DatabaseUnavailable, psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable)
"""What a later try of the same transaction will not meet again."""


class Work:
    """Runs store functions on a few threads; a database that is away is waited for, never skipped."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        self._loop = asyncio.get_running_loop()

    async def once(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a store function; what it raises is the caller's to handle."""
        return await self._loop.run_in_executor(self._threads, lambda: function(*args, **kwargs))

    async def until_done(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a store function again and again until the database has taken it.

        For events that must not be lost: a transaction that failed changed nothing,
        so it can be repeated.
        """
        wait_s = RETRY_FIRST_S
        while True:
            try:
                return await self.once(function, *args, **kwargs)
            except PASSING as error:
                log.warning("the database did not take an event yet", error=str(error), wait_s=wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, RETRY_LONGEST_S)

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
