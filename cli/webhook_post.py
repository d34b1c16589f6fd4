"""One try to deliver a message: a POST that stays on the public network and goes nowhere else.

Whoever may enter an address must not make this machine talk to itself or to its neighbours. What an address
leads to is looked at where it is connected to: however it is written, and whatever its name means just then.
Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import socket
from datetime import datetime

import aiohttp

from dialer.errors import Sentence
from dialer.store.webhooks import Outgoing
from dialer.webhooks import (
    NO_ANSWER,
    NO_NAME,
    NOT_REACHED,
    NOT_TRUSTED,
    PRIVATE,
    WITHIN_S,
    headers,
    is_public,
    refusal,
)


class NotPublic(OSError):
    """The address leads into a private network."""


def post(sent: Outgoing, at: datetime, *, private: bool) -> Sentence | None:
    """Send a message once; None where it was taken, else what went wrong. ``private``: private networks too."""
    door = Door(private)
    try:
        status = asyncio.run(_post(sent, at, door))
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return PRIVATE if door.stayed_shut else _said(error)
    return refusal(status)


class Door:
    """Opens a socket for an address that may be connected to."""

    def __init__(self, private: bool) -> None:
        self._private = private
        self._refused = self._opened = False

    @property
    def stayed_shut(self) -> bool:
        """There were addresses, and not one that may be connected to."""
        return self._refused and not self._opened

    def open(self, address: aiohttp.AddrInfoType) -> socket.socket:
        """A socket for one of the addresses of a name. Raises NotPublic."""
        family, kind, protocol, _, where = address
        if not (self._private or is_public(str(where[0]))):
            self._refused = True
            raise NotPublic
        self._opened = True
        return socket.socket(family, kind, protocol)


def _said(error: Exception) -> Sentence:
    match error:
        case TimeoutError():
            return NO_ANSWER
        case aiohttp.ClientSSLError():
            return NOT_TRUSTED
        case aiohttp.ClientConnectorDNSError():
            return NO_NAME
        case _:
            return NOT_REACHED


async def _post(sent: Outgoing, at: datetime, door: Door) -> int:
    body = sent.body.encode()
    async with (
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=door.open),
            timeout=aiohttp.ClientTimeout(total=WITHIN_S, connect=10),
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session,
        session.post(
            sent.url,
            data=body,
            headers=headers(sent.secret, f"msg_{sent.key.hex}", body, at),
            allow_redirects=False,
        ) as answer,
    ):
        return answer.status
