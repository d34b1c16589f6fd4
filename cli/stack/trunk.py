"""The carrier's address as a person writes it: `sip:[USER[:PASSWORD]@]HOST[:PORT][;transport=tcp][;register]`."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from dialer.errors import RingpoolError

_WRITTEN = re.compile(
    r"sip:(?:([^:@;\s]+)(?::([^@;\s]*))?@)?"  # user and password
    r"(\[[0-9a-fA-F:]+\]|[\w.-]+)(?::(\d{1,5}))?"  # host and port
    r"((?:;[\w=-]+)*)"
)


class TrunkNotUnderstood(RingpoolError):
    """A trunk is written `sip:HOST:PORT`, with `USER:PASSWORD@` before the host where it wants them."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """A carrier; without a user name it knows us by our address. `registers`: it wants a REGISTER too."""

    host: str
    port: int = 5060
    transport: str = "udp"
    username: str = ""
    password: str = ""
    registers: bool = False

    @classmethod
    def from_uri(cls, uri: str) -> Self:
        """Read the address. Raises TrunkNotUnderstood."""
        match = _WRITTEN.fullmatch(uri.strip())
        options = set(match[5].lower().split(";")) - {""} if match else set()
        known = {"transport=udp", "transport=tcp", "register"}
        if match is None or not options <= known or not 0 < int(match[4] or 5060) < 65536:
            # The address may hold a password: it is not repeated.
            raise TrunkNotUnderstood(
                "The trunk is not understood: write it as sip:HOST:PORT or sip:USER:PASSWORD@HOST:PORT, "
                "and add ;transport=tcp or ;register where the carrier wants them."
            )
        return cls(
            host=match[3],
            port=int(match[4] or 5060),
            transport="tcp" if "transport=tcp" in options else "udp",
            username=unquote(match[1] or ""),
            password=unquote(match[2] or ""),
            registers="register" in options,
        )

    @property
    def host_and_port(self) -> str:
        """For SIP addresses."""
        return f"{self.host}:{self.port}"

    @property
    def contact(self) -> str:
        """Where calls are sent."""
        return f"sip:{self.host_and_port}" + (";transport=tcp" if self.transport == "tcp" else "")
