"""What usual phones call the things they must be told, in their own words."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class PhoneWords:
    """A phone's names for server, user and secret, and where it learns to answer by itself."""

    name: str
    server: str
    user: str
    secret: str
    answers: str
    note: LazyString | None = None


PHONES = (
    PhoneWords(
        "Linphone",
        "Domain",
        "Username",
        "Password",
        "Settings → Calls → Automatically answer incoming calls",
    ),
    PhoneWords(
        "Zoiper",
        "Domain, Hostname",
        "Username",
        "Password",
        "Settings → Calls → Auto answer",
        _l("Not in every edition."),
    ),
    PhoneWords(
        "MicroSIP",
        "SIP server, Domain",
        "Username, Login",
        "Password",
        "Settings → Auto answer → SIP header",
        _l("Then only Ringpool's calls are answered."),
    ),
    PhoneWords(
        "Yealink",
        "Server Host",
        "Register Name, User Name",
        "Password",
        "Features → Intercom → Intercom Allow",
        _l("Or Account → Basic → Auto Answer, for every call."),
    ),
    PhoneWords(
        "Grandstream",
        "SIP Server",
        "SIP User ID, Authenticate ID",
        "Authenticate Password",
        "Account → Call Settings → Allow Auto Answer by Call-Info",
        _l("Or Auto Answer, for every call."),
    ),
)
