"""What a transaction did to a call: for whoever sends its commands after the commit."""

from __future__ import annotations

from dataclasses import dataclass

from dialer.calls.call import Call
from dialer.calls.commands import Command


@dataclass(frozen=True, slots=True)
class Handled:
    """What an event did: the call before and after, the commands to send, its identity for logs."""

    organisation_id: int
    attempt_id: int
    before: Call
    call: Call
    commands: list[Command]
