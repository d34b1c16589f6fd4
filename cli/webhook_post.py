"""One try to deliver a message: a POST that stays on the public network and goes nowhere else.

Whoever may enter an address must not make this machine talk to itself or to its neighbours: addresses of no
public place are refused, literal ones and those that a name leads to, and it is the address that was looked
at that is connected to. Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import socket
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

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
    try:
        status = asyncio.run(_post(sent, at, private))
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return _said(error)
    return refusal(status)


def _said(error: Exception) -> Sentence:
    if isinstance(error, NotPublic) or isinstance(getattr(error, "os_error", None), NotPublic):
        return PRIVATE
    match error:
        case TimeoutError():
            return NO_ANSWER
        case aiohttp.ClientSSLError():
            return NOT_TRUSTED
        case aiohttp.ClientConnectorDNSError():
            return NO_NAME
        case _:
            return NOT_REACHED


async def _post(sent: Outgoing, at: datetime, private: bool) -> int:
    body = sent.body.encode()
    if not private:
        _refuse_literal(urlsplit(sent.url).hostname or "")
    connector = aiohttp.TCPConnector(resolver=DefaultResolver() if private else PublicResolver())
    async with (
        aiohttp.ClientSession(
            connector=connector,
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


class PublicResolver(AbstractResolver):
    """Finds the addresses of a name, and only public ones."""

    def __init__(self) -> None:
        self._inner = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        public = [each for each in found if is_public(each["host"])]
        if found and not public:
            raise NotPublic
        return public

    async def close(self) -> None:
        await self._inner.close()


def _refuse_literal(host: str) -> None:
    """An address in figures is asked of no resolver; old spellings (0x7f.1) are read as the system would."""
    try:
        found: list[Any] = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except OSError:
        return  # a name
    if not all(is_public(each[4][0]) for each in found):
        raise NotPublic
