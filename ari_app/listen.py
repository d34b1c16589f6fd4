"""LISTEN: being woken when the panel wrote something."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg
import structlog

from dialer import live

log = structlog.get_logger("ringpool.listen")

AGAIN_S = 1.0


async def listen(url: str, wake: Callable[[], None]) -> None:
    """Call ``wake`` at each notification for the dialer, and whenever the connection was made anew."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                url, autocommit=True, application_name="ringpool dialer listens", connect_timeout=5
            ) as connection:
                await connection.execute(f"LISTEN {live.DIALER}")
                wake()
                async for _ in connection.notifies():
                    wake()
        except psycopg.Error as error:
            log.warning("listening stopped", error=str(error).strip())
        await asyncio.sleep(AGAIN_S)
