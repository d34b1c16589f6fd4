"""What a user's own desk or soft phone logs in with."""

from __future__ import annotations

from dataclasses import dataclass, field

from dialer.db import Transactions, one
from dialer.errors import NotFound, Refused, sentence
from dialer.sql import load
from dialer.store import audit

SQL = load("users")

NO_EXTENSION = sentence("You have no phone extension yet; ask your manager to give you one.")
IN_THE_BROWSER = sentence("Your phone is the browser, which needs no secret; open My Session.")


@dataclass(frozen=True, slots=True)
class SipLogin:
    """User name and secret of a SIP account."""

    extension: str
    secret: str = field(repr=False)


def show_secret(db: Transactions, user_id: int) -> SipLogin:
    """The user's own login, and a line in the audit log that it was shown.

    Raises NotFound, Refused for somebody without a desk or soft phone.
    """
    with db.transaction() as connection:
        row = one(connection, SQL.sip_login, {"user_id": user_id})
        if row is None:
            raise NotFound("There is no such active user.")
        if row["extension"] is None:
            raise Refused(NO_EXTENSION)
        if row["phone_kind"] == "browser":
            raise Refused(IN_THE_BROWSER)
        audit.keep(
            connection, row["organisation_id"], user_id, "user.show", f"user:{user_id}", None,
            {"sip_secret": "shown"},
        )  # fmt: skip
        return SipLogin(row["extension"], row["sip_secret"])
