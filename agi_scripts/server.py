"""The FastAGI server: which script a call gets, and what no caller can do to the others.

panoramisk's own handler reads headers for ever from a peer that closes without sending them, and
so freezes the loop; this one gives headers a time and a size, a call a time, and the calls at once
a number.
"""

from __future__ import annotations

import asyncio
import signal
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import structlog
from panoramisk.fast_agi import Application, Request

from agi_scripts.identify import NotIdentified
from agi_scripts.login import login
from agi_scripts.logout import logout
from agi_scripts.pause import pause
from agi_scripts.ready import ready
from agi_scripts.replies import HungUp, Phone
from dialer.db import Database
from dialer.errors import RingpoolError

Script = Callable[[Phone, Database], Awaitable[None]]

SCRIPTS: dict[str, Script] = {"login": login, "logout": logout, "pause": pause, "ready": ready}

HEADERS_WITHIN_S = 5.0
MAX_HEADERS = 16 * 1024
CALL_WITHIN_S = 180.0
MAX_CALLS = 100

log = structlog.get_logger()


class GuardedApplication(Application):  # type: ignore[misc]  # panoramisk has no types
    """panoramisk's router with a handler that no peer can hold up. Make it inside the running loop."""

    def __init__(self, db: Database, scripts: dict[str, Script] = SCRIPTS) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self._calls = 0
        for name, script in scripts.items():
            self.add_route(name, _as_endpoint(script, db))

    async def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, whatever comes over it."""
        self._calls += 1
        try:
            if self._calls > MAX_CALLS:
                log.warning("agi call refused, too many at once", calls=self._calls)
                return
            headers = await _read_headers(reader)
            endpoint = self._route.get(headers.get("agi_network_script"))
            if endpoint is None:
                log.warning("agi call without a script of ours", script=headers.get("agi_network_script"))
                return
            request = Request(self, headers, reader, writer, self.default_encoding)
            async with asyncio.timeout(CALL_WITHIN_S):
                await endpoint(request)
        except (EOFError, ValueError, OSError) as error:  # closed, too long, not UTF-8, too slow
            log.info("agi connection given up", why=type(error).__name__)
        finally:
            self._calls -= 1
            writer.close()


async def serve(db: Database, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT. Raises OSError's sentence as RingpoolError when the port is taken."""
    application = GuardedApplication(db)
    try:
        server = await asyncio.start_server(application.handler, host, port, limit=MAX_HEADERS)
    except OSError as error:
        raise RingpoolError(
            f"The keypad scripts cannot be served at {host}:{port} ({error.strerror}); "
            "free the port, or set RINGPOOL_AGI_PORT and let Asterisk's dialplan call it."
        ) from error
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with server:
        log.info("agi served", host=host, port=port)
        await ended.wait()


def _as_endpoint(script: Script, db: Database) -> Callable[[Request], Awaitable[None]]:
    async def endpoint(request: Request) -> None:
        phone = Phone(request)
        try:
            await script(phone, db)
        except HungUp:
            log.info("agi caller hung up", script=phone.script)
        except NotIdentified:
            log.info("agi caller not identified", script=phone.script)
        except RingpoolError as error:
            log.info("agi script refused", script=phone.script, why=str(error))
        except Exception:
            log.exception("agi script failed", script=phone.script)

    return endpoint


async def _read_headers(reader: asyncio.StreamReader) -> OrderedDict[str, str]:
    """Raises EOFError, ValueError (too long, not UTF-8) and TimeoutError."""
    try:
        async with asyncio.timeout(HEADERS_WITHIN_S):
            block = await reader.readuntil(b"\n\n")
    except asyncio.LimitOverrunError as error:
        raise ValueError("the headers are too long") from error
    lines = block.decode().split("\n")
    return OrderedDict(line.split(": ", 1) for line in lines if ": " in line)
