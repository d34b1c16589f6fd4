"""The phone on the line, as a script sees it: ask, play, hang up.

Everything that can go wrong on the line is translated here, once: panoramisk gives a hang-up as a
dictionary with an ``error``, the end of the connection as a bare ValueError or an OSError.
"""

from __future__ import annotations

import asyncio
from typing import Any

from panoramisk.fast_agi import Request

from dialer.errors import RingpoolError

REPLY_WITHIN_S = 45.0
"""Longer than any prompt with its wait for keys: a reply that takes longer never comes."""

_DEAD_CHANNEL = 511


class HungUp(Exception):
    """The caller is gone: nothing more can be said."""


class AgiRefused(RingpoolError):
    """Asterisk does not know the command or its arguments: a defect of the script."""


class Phone:
    """One call to a script. Every method raises HungUp when the caller is gone."""

    def __init__(self, request: Request) -> None:
        self._request = request

    @property
    def script(self) -> str:
        """The script that was asked for."""
        return str(self._request.headers.get("agi_network_script", ""))

    def argument(self, place: int) -> str:
        """The dialplan's argument, counted from 1; empty if it gave none."""
        return str(self._request.headers.get(f"agi_arg_{place}", ""))

    async def answer(self) -> None:
        """Pick up."""
        await self._send("ANSWER")

    async def play(self, sound: str) -> None:
        """Play one of Asterisk's sounds to its end."""
        await self._send(f'STREAM FILE {sound} ""')

    async def say_digits(self, digits: str) -> None:
        """Say the digits one after another."""
        await self._send(f'SAY DIGITS {_digits(digits)} ""')

    async def ask(self, sound: str, *, max_digits: int, wait_s: float = 6.0) -> str:
        """Play a sound and return the digits keyed in up to #; empty if none came."""
        result = await self._send(f"GET DATA {sound} {int(wait_s * 1000)} {max_digits}")
        return _digits(result["result"][0])

    async def hang_up(self) -> None:
        """End the call."""
        await self._send("HANGUP")

    async def _send(self, command: str) -> dict[str, Any]:
        try:
            async with asyncio.timeout(REPLY_WITHIN_S):
                reply: dict[str, Any] = await self._request.send_command(command)
        except (ValueError, OSError) as error:  # TimeoutError is an OSError
            raise HungUp from error
        match reply.get("error"):
            case None:
                return reply
            case "AGIResultHangup" | "AGIAppError":
                raise HungUp
            case _ if reply.get("status_code") == _DEAD_CHANNEL:
                raise HungUp
            case what:
                raise AgiRefused(f"Asterisk did not take {command.split()[0]}: {what}.")


def _digits(text: str) -> str:
    """Only digits go into a command, whatever the other side sent."""
    return "".join(character for character in text if character in "0123456789*")
