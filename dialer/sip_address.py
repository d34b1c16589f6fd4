"""Where phones register: an address as phones see it, HOST or HOST:PORT."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address

USUAL_PORT = 5060

_TEXT = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?")


class Reach(Enum):
    """From where phones can find an address."""

    NETWORK = "network"
    THIS_MACHINE = "this machine"
    NOWHERE = "nowhere"
    """It is one to listen at, not one to call."""


@dataclass(frozen=True, slots=True)
class SipAddress:
    """A host (an IPv6 address without its brackets) and a port."""

    host: str
    port: int = USUAL_PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def reach(self) -> Reach:
        """A name is taken to lead somewhere, except the one that every machine gives itself."""
        if self.host.lower() == "localhost":
            return Reach.THIS_MACHINE
        try:
            address = ip_address(self.host)
        except ValueError:
            return Reach.NETWORK
        if address.is_unspecified:
            return Reach.NOWHERE
        return Reach.THIS_MACHINE if address.is_loopback else Reach.NETWORK


def sip_address(text: str) -> SipAddress:
    """Read ``HOST`` or ``HOST:PORT``; an IPv6 address stands in brackets. Raises ValueError."""
    found = _TEXT.fullmatch(text.strip())
    port = int(found["port"] or USUAL_PORT) if found else 0
    if found is None or not 0 < port <= 65535:
        raise ValueError(f"'{text}' is no address of a host and a port")
    return SipAddress(found["host"].strip("[]"), port)
