"""What a phone can read from a QR code instead of being typed into.

The text is the account itself, as XML: the ``AccountConfig`` that Grandstream's phones for mobiles (Wave, GS
Wave) read by *Scan QR code* on their account page. Linphone, Zoiper and Acrobits read from a code only where
to fetch a configuration: an address that would have to hold the secret or stand open without one, so there is
none here.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

import segno
from markupsafe import Markup

from dialer.sip_address import SipAddress
from dialer.store.phone_setup import SipLogin


def account_config(server: SipAddress, login: SipLogin) -> str:
    """The account for Grandstream Wave. ASCII alone: phones differ in how they take other letters."""
    fields = {
        "RegisterServer": str(server),
        "UserID": login.extension,
        "AuthID": login.extension,
        "AuthPass": login.secret,
        "AccountName": "Ringpool",
        "DisplayName": login.extension,
    }
    account = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<AccountConfig version="1"><Account>{account}</Account></AccountConfig>'
    )


def qr_code(text: str) -> Markup:
    """The text as a QR code, drawn in the page itself: no other request may ever ask for it."""
    code = segno.make(text, error="m", micro=False)
    return Markup(
        code.svg_inline(omitsize=True, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    )
