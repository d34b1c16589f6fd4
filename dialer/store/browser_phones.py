"""SIP accounts of browser phones: made for one page, and gone soon after it (DIAL-10)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer.db import Transactions, one
from dialer.errors import Refused
from dialer.sql import load

SQL = load("browser_phones")

LIFETIME = timedelta(minutes=10)
"""An account outlives the last word of its page by so much: a laptop may sleep for a while."""


CLOSED = timedelta(seconds=15)
"""And the leave of its page by so much: a page that is loaded anew finds the account still in place."""


class PhoneTakenOver(Refused):
    """Your phone is open in another window; close it there, or take it over here."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a page needs to register: the extension is user name and account."""

    extension: str
    secret: str
    until: datetime


def issue(db: Transactions, user_id: int) -> Account:
    """Make a new account for the page that asks; one made before stops working.

    Raises Refused for a user who has no extension, or whose phone is not the browser's.
    """
    with db.transaction() as connection:
        values = {"user_id": user_id, "secret": secrets.token_urlsafe(24), "lifetime": LIFETIME}
        row = one(connection, SQL.issue, values)
        if row is None:
            raise Refused("Your phone is not the browser's; ask your manager to set it so.")
        return Account(**row)


def keep(db: Transactions, user_id: int, secret: str) -> datetime:
    """Give the page's account more time; return until when. Raises PhoneTakenOver."""
    with db.transaction() as connection:
        row = one(connection, SQL.keep, {"user_id": user_id, "secret": secret, "lifetime": LIFETIME})
    if row is None:
        raise PhoneTakenOver("Your phone is open in another window; close it there, or take it over here.")
    until: datetime = row["until"]
    return until


def give_up(db: Transactions, user_id: int, secret: str) -> None:
    """The page closes: its account goes soon, unless the next page takes the phone over."""
    with db.transaction() as connection:
        connection.execute(SQL.give_up, {"user_id": user_id, "secret": secret, "lifetime": CLOSED})
