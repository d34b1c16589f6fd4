"""What the values of a registration are called in forms, tables and the audit log."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

PHONE_MODES = {"stay_connected": _l("Stay connected"), "ring_each_call": _l("Ring each call")}
PHONE_MODES_SAY = {
    "stay_connected": _l(
        "Your phone is called once, when you start a session. Keep that call open: between prospects you hear "
        "music, and each prospect comes to you in the same call."
    ),
    "ring_each_call": _l(
        "Your phone is rung for each prospect who answered, and must answer by itself. Hanging up ends the "
        "call with the prospect."
    ),
}
PHONE_KINDS = {"sip": _l("SIP phone"), "browser": _l("Browser phone")}


def register(app: Flask) -> None:
    """Give the words to the app's templates."""
    app.add_template_filter(lambda value: str(PHONE_MODES.get(value, value)), "user_phone_mode")
    app.add_template_filter(lambda value: str(PHONE_MODES_SAY[value]), "user_phone_mode_says")
    app.add_template_filter(lambda value: str(PHONE_KINDS.get(value, value)), "user_phone")
