"""Who is calling: by the phone's own extension, or one keyed in, and the PIN."""

from __future__ import annotations

import asyncio

from agi_scripts.replies import HungUp, Phone
from dialer.clock import now
from dialer.db import Database
from dialer.store import phone_login

TRIES = 3
MAX_EXTENSION, MAX_PIN = 10, 12


class NotIdentified(Exception):
    """Three tries were not enough, or the extension is locked; the caller has heard so."""


async def identify(phone: Phone, db: Database) -> int:
    """Ask for the PIN, and for the extension where the phone does not say its own; return the user's id.

    Raises NotIdentified and HungUp.
    """
    extension = phone.argument(1)
    if not extension.isdecimal():
        extension = await phone.ask("agent-user", max_digits=MAX_EXTENSION)
    prompt = "agent-pass"
    for _ in range(TRIES):
        pin = await phone.ask(prompt, max_digits=MAX_PIN)
        prompt = "auth-incorrect"
        if not pin:
            continue
        try:
            return await asyncio.to_thread(phone_login.user_by_pin, db, extension, pin, now())
        except phone_login.WrongPin:
            continue
        except phone_login.TooManyGuesses:
            break
    await say_sorry(phone)
    raise NotIdentified


async def say_sorry(phone: Phone) -> None:
    """Say that it did not work, and hang up."""
    await phone.play("im-sorry")
    await phone.play("please-try-call-later")
    await phone.hang_up()


async def say_and_hang_up(phone: Phone, sound: str) -> None:
    """Confirm what is already done: a caller who does not wait for it has it all the same."""
    try:
        await phone.play(sound)
        await phone.hang_up()
    except HungUp:
        pass
