"""*11: start a session on the list dialed last, or on the only one assigned."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from agi_scripts.identify import identify, say_and_hang_up, say_sorry
from agi_scripts.replies import HungUp, Phone
from dialer.clock import now
from dialer.db import Database
from dialer.errors import NotFound, Refused
from dialer.store import phone_login, sessions


async def login(phone: Phone, db: Database) -> None:
    """Identify the caller and start their session.

    The confirmation is played first and the line is free right after the start: a phone that stays
    connected is called at once then, and would be busy.
    """
    await phone.answer()
    user_id = await identify(phone, db)
    if await asyncio.to_thread(phone_login.is_at_work, db, user_id):
        await say_and_hang_up(phone, "agent-loginok")
        return
    try:
        list_id = await asyncio.to_thread(phone_login.list_to_dial, db, user_id)
    except Refused:
        await say_sorry(phone)
        raise
    # Who hangs up meanwhile knows that the PIN was right: they are logged in all the same.
    with suppress(HungUp):
        await phone.play("agent-loginok")
    try:
        await asyncio.to_thread(sessions.start_session, db, user_id, list_id, now())
    except (Refused, NotFound):
        await say_sorry(phone)
        raise
    await phone.hang_up()
