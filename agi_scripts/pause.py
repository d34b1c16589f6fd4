"""Pause from the phone."""

from __future__ import annotations

import asyncio

from agi_scripts.identify import identify, say_and_hang_up, say_sorry
from agi_scripts.replies import Phone
from dialer.clock import now
from dialer.db import Database
from dialer.errors import NotFound, Refused
from dialer.store import sessions


async def pause(phone: Phone, db: Database) -> None:
    """Identify the caller and pause them, as the panel's Pause does."""
    await phone.answer()
    user_id = await identify(phone, db)
    try:
        await asyncio.to_thread(sessions.ask_pause, db, user_id, "", now())
    except (Refused, NotFound):
        await say_sorry(phone)
        raise
    await say_and_hang_up(phone, "de-activated")
