"""What the values of a registration are called in forms, tables and the audit log."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

PHONE_MODES = {"stay_connected": _l("Stay connected"), "ring_each_call": _l("Ring each call")}
PHONE_KINDS = {"sip": _l("SIP phone"), "browser": _l("Browser phone")}


def register(app: Flask) -> None:
    """Give the words to the app's templates."""
    app.add_template_filter(lambda value: str(PHONE_MODES.get(value, value)), "user_phone_mode")
    app.add_template_filter(lambda value: str(PHONE_KINDS.get(value, value)), "user_phone")
