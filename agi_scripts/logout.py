"""*12: end the session, at once or after the call in hand."""

from __future__ import annotations

import asyncio

from agi_scripts.identify import identify, say_and_hang_up
from agi_scripts.replies import Phone
from dialer.clock import now
from dialer.db import Database
from dialer.store import phone_login, sessions


async def logout(phone: Phone, db: Database) -> None:
    """Identify the caller and end their session; one who has none hears the same."""
    await phone.answer()
    user_id = await identify(phone, db)
    if await asyncio.to_thread(phone_login.is_at_work, db, user_id):
        await asyncio.to_thread(sessions.end_session, db, user_id, now())
    await say_and_hang_up(phone, "agent-loggedoff")
