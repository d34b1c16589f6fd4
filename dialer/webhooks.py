"""Telling other programs: what is sent, how it is signed, when it is tried again. Pure.

Signatures are those of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 over
``id.timestamp.body``, so that its libraries check them, a repeat is known by its id, and an old message that
somebody kept is known by its time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from dialer.errors import BadValue, Sentence, sentence

PREFIX = "whsec_"
"""Tells people, and searches for leaked secrets, what it is."""

TRIED_FOR = timedelta(days=1)
"""A message that nobody took for so long is given up."""

_DELAYS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)
"""How long after each failure the next try is made; the last one repeats."""


WITHIN_S = 20
"""A try that has no answer by then has failed."""

NO_ANSWER = sentence("It did not answer within %(seconds)s seconds.", seconds=WITHIN_S)
NOT_TRUSTED = sentence("Its certificate cannot be trusted.")
NO_NAME = sentence("Its name cannot be found.")
NOT_REACHED = sentence("It cannot be reached.")
PRIVATE = sentence(
    "It leads into a private network; RINGPOOL_WEBHOOKS_PRIVATE=1 of the importer allows that."
)


class Event(StrEnum):
    """What is told; the values are the SQL text."""

    LEAD_TAKEN = "lead.taken"
    LEAD_EXCEPTION = "lead.exception"


def next_try(tries: int, at: datetime, until: datetime) -> datetime | None:
    """When to try again after so many failures, the last one at ``at``; None: it is given up."""
    due = at + _DELAYS[min(tries, len(_DELAYS)) - 1]
    return due if due <= until else None


def refusal(status: int) -> Sentence | None:
    """What an HTTP status says of a try; None: it was taken."""
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return sentence("It answered %(status)s; redirects are not followed.", status=str(status))
    return sentence("It answered %(status)s.", status=str(status))


def headers(secret: str, message_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """What goes with a body: who it is, when it was sent, and the proof of both."""
    timestamp = str(int(at.timestamp()))
    return {
        "Content-Type": "application/json",
        "User-Agent": "Ringpool-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """``v1,`` and the base64 of the HMAC with the secret's bytes."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def checked_url(url: str) -> str:
    """The address as it is kept. Raises BadValue for one that nothing can be sent to."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadValue(
            "url", "This address cannot be read; give one like https://example.com/ringpool."
        ) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise BadValue("url", "Give an address that begins with https:// or http://.")
    if parts.username is not None or parts.password is not None:
        raise BadValue("url", "Leave user and password out of the address; what is sent is signed.")
    if len(url) > 500 or not url.isascii() or not url.isprintable() or " " in url:
        raise BadValue("url", "Use at most 500 plain characters, without blanks.")
    return url.partition("#")[0]


def is_public(address: str) -> bool:
    """Whether an IP address is out in the world: not of this machine, of its network, or of no place."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or _behind_nat64(found)
        if inner is None and found not in _UNICAST:
            return False
        found = inner or found
    return found.is_global and not found.is_multicast


_UNICAST = IPv6Network("2000::/3")
"""All that is given out of IPv6's addresses (IANA, IPv6 Address Space); the rest means this place or none."""


def _behind_nat64(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside one of 64:ff9b::/96."""
    return IPv4Address(int(address) & 0xFFFFFFFF) if int(address) >> 32 == 0x64FF9B << 64 else None
