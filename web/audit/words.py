"""What the audit log's actions, fields and values are called."""

from __future__ import annotations

from flask import Flask
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from dialer.roles import Role
from web.company.words import PROMPT_WORDS
from web.formats import number, role_name
from web.people.words import PHONE_KINDS, PHONE_MODES
from web.words import LOCALES

NOTHING = "–"

FAMILIES = {
    "user": _l("User"),
    "team": _l("Team"),
    "list": _l("List"),
    "campaign": _l("Campaign"),
    "distribution_group": _l("Distribution group"),
    "mapping": _l("Saved mapping"),
    "import": _l("Import"),
    "organisation": _l("Organisation"),
    "company": _l("Company Setup"),
    "custom_field": _l("Custom field"),
    "call_result": _l("Call result"),
    "pause_reason": _l("Pause reason"),
    "contact_role": _l("Role name"),
    "do_not_call": _l("Do Not Call"),
    "parking": _l("Parking lot"),
    "parking_lot": _l("Parking lot"),
    "token": _l("API token"),
    "recording": _l("Recording"),
    "calls": _l("Call Activity"),
    "prompt": _l("Prompt"),
    "lead": _l("Lead"),
    "lead_form": _l("Web form"),
    "webhook": _l("Webhook"),
}

VERBS = {
    "add": _l("added"),
    "create": _l("added"),
    "import": _l("imported"),
    "edit": _l("changed"),
    "save": _l("saved"),
    "order": _l("put in another order"),
    "assign": _l("assigned"),
    "reset": _l("reset"),
    "cancel": _l("cancelled"),
    "archive": _l("archived"),
    "restore": _l("brought back"),
    "release": _l("released"),
    "revoke": _l("revoked"),
    "remove": _l("removed"),
    "drop": _l("deleted"),
    "delete": _l("deleted"),
    "show": _l("looked at"),
    "listen": _l("listened to"),
    "download": _l("downloaded"),
    "export": _l("exported"),
    "upload": _l("uploaded"),
    "withdraw": _l("withdrawn"),
    "ring_again": _l("rung for again"),
}

FIELDS = {
    "name": _l("Name"),
    "email": _l("E-mail"),
    "role": _l("Role"),
    "active": _l("Active"),
    "locale": _l("Language"),
    "password": _l("Password"),
    "pin": _l("PIN"),
    "extension": _l("SIP extension"),
    "sip_secret": _l("SIP secret"),
    "phone_mode": _l("Phone mode"),
    "phone_kind": _l("Phone"),
    "caller_id": _l("Caller ID that prospects see"),
    "teams": _l("Teams"),
    "team_ids": _l("Teams"),
    "users": _l("Users"),
    "user_ids": _l("Users"),
    "user_id": _l("User"),
    "members": _l("Members"),
    "skills": _l("Skills"),
    "states": _l("States"),
    "languages": _l("Languages"),
    "products": _l("Products"),
    "works_from": _l("Works from"),
    "works_until": _l("Works until"),
    "works_days": _l("Working days"),
    "takes_leads": _l("Rung for leads"),
    "country": _l("Country"),
    "time_zone": _l("Time zone"),
    "agent_leg_caller_id": _l("Caller ID on agents' phones"),
    "lead_pool_sessions": _l("Lead pool sessions"),
    "import_queue": _l("Import queue"),
    "kind": _l("Kind"),
    "batch_size": _l("Batch size"),
    "retain_h": _l("Retain Prospects for, hours"),
    "overnight_reset": _l("Allow Overnight Reset"),
    "reset_by_itself": _l("Reset by itself"),
    "calling_from": _l("Prospect time from"),
    "calling_until": _l("Prospect time until"),
    "max_attempts": _l("Attempts per prospect"),
    "ring_s": _l("Ring time, seconds"),
    "lines_per_agent": _l("Lines per agent"),
    "retry_busy": _l("Retry after busy"),
    "retry_no_answer": _l("Retry after no answer"),
    "retry_machine": _l("Retry after a machine"),
    "retry_failed": _l("Retry after a failure"),
    "retry_dropped": _l("Retry after a drop"),
    "script": _l("Script"),
    "phone_field": _l("Phone Field"),
    "sort_by": _l("Sort by"),
    "sort_descending": _l("Descending"),
    "archived": _l("Archived"),
    "archived_at": _l("Archived"),
    "mandatory_phones": _l("Mandatory phone columns"),
    "attempts_per_day": _l("Attempts at a number in 24 hours"),
    "wrap_up_s": _l("Wrap-up, seconds"),
    "night_at": _l("Overnight reset at"),
    "drop_message": _l("Message on abandoned calls"),
    "record_calls": _l("Record calls"),
    "keep_recordings_days": _l("Keep recordings for, days"),
    "announce_recording": _l("Who is told"),
    "announce_states": _l("Announced in these states"),
    "announce_locale": _l("Spoken in"),
    "recordings": _l("Recordings"),
    "phones": _l("Phone"),
    "outcomes": _l("Outcome"),
    "since": _l("Date from"),
    "talk_from_s": _l("Talk time from, seconds"),
    "talk_to_s": _l("Talk time to, seconds"),
    "own": _l("Own calls of"),
    "label": _l("Label"),
    "short_name": _l("Short name"),
    "effect": _l("Effect"),
    "retry_after": _l("Retry after"),
    "position": _l("Position"),
    "order": _l("Order"),
    "number": _l("Number"),
    "numbers": _l("Numbers"),
    "count": _l("Count"),
    "prospects": _l("Prospects"),
    "note": _l("Note"),
    "reason": _l("Reason"),
    "source": _l("Source"),
    "until": _l("Until"),
    "mapping": _l("Columns"),
    "scopes": _l("Scopes"),
    "expires_at": _l("Expires"),
    "file_name": _l("File"),
    "seconds": _l("Seconds"),
    "group": _l("Distribution group"),
    "most_rung": _l("Agents rung at once"),
    "press_s": _l("Time to press 1, seconds"),
    "lead_ring_s": _l("Lead's phone rings, seconds"),
    "campaign_id": _l("Campaign"),
    "url": _l("Address"),
    "events": _l("Events"),
    "secret": _l("Secret"),
    "fields": _l("Fields"),
    "origins": _l("Sites"),
    "consent": _l("Consent"),
}

_CHANGED = {"changed": _l("changed"), "removed": _l("taken away"), "shown": _l("shown")}

_VALUES = {
    "phone_mode": PHONE_MODES,
    "phone_kind": PHONE_KINDS,
    "locale": LOCALES,
    "password": _CHANGED,
    "pin": _CHANGED,
    "sip_secret": _CHANGED,
    "secret": _CHANGED,
}


def family_word(family: str) -> str:
    """A family of actions, such as Call result."""
    return str(FAMILIES.get(family, _plain(family)))


def verb_word(action: str) -> str:
    """What was done, of FAMILY.VERB."""
    verb = action.partition(".")[2]
    return str(VERBS.get(verb, verb.replace("_", " ")))


def field_word(name: str) -> str:
    """A field that changed."""
    return str(FIELDS.get(name, _plain(name)))


def prompt_word(name: str) -> str:
    """A prompt in a language, of PROMPT.LOCALE."""
    prompt, _, locale = name.partition(".")
    return f"{PROMPT_WORDS.get(prompt, prompt)}, {LOCALES.get(locale, locale)}"


def value_word(name: str, value: object) -> str:
    """A value of a field as people read it; nothing is a dash."""
    if name == "role" and value in set(Role):
        return role_name(Role(str(value)))
    if isinstance(value, str) and value in _VALUES.get(name, {}):
        return str(_VALUES[name][value])
    if value in (None, "", [], {}):
        return NOTHING
    match value:
        case bool():
            return str(gettext("Yes") if value else gettext("No"))
        case int() | float():
            return number(value)
        case list():
            return ", ".join(value_word(name, each) for each in value)
        case dict():
            return ", ".join(f"{key}: {value_word('', each)}" for key, each in value.items())
    return str(value)


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()


def register(app: Flask) -> None:
    """Give the words to the app's templates."""
    app.add_template_filter(family_word, "audit_family")
