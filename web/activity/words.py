"""What became of a leg, in the reader's language, and the colour it wears."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from dialer.call_activity import Sort
from web.formats import clock
from web.words import CALL_STATES, OUTCOMES

KINDS = {"prospect": _l("Prospect's"), "agent": _l("Agent's")}

RUNG = {
    "won": (_l("Took the lead"), "bg-green-lt"),
    "too_late": (_l("Another was first"), "bg-yellow-lt"),
    "stopped": (_l("Taken by another"), "bg-secondary-lt"),
    "withdrawn": (_l("Withdrawn meanwhile"), "bg-secondary-lt"),
    "not_reachable": (_l("Phone not reachable"), "bg-red-lt"),
    "did_not_press": (_l("Did not press 1"), "bg-orange-lt"),
}
"""Outcomes that only an agent's leg has, when agents are rung for a lead."""

STATES = {
    **CALL_STATES,
    "ringing": _l("Ringing"),
    "listening": _l("Asked to press 1"),
    "won": RUNG["won"][0],
    "lost": RUNG["stopped"][0],
    "telling": _l("Agent is told"),
}

COLUMNS = {
    Sort.AT: _l("Date"),
    Sort.KIND: _l("Leg"),
    Sort.BY: _l("By"),
    Sort.PHONE: _l("Phone"),
    Sort.RANG: _l("Ring time"),
    Sort.TALK: _l("Talk time"),
    Sort.OUTCOME: _l("Outcome"),
    Sort.CAUSE: _l("Cause"),
}

# ITU-T Q.850, in the words of people who call.
CAUSES: dict[int, LazyString] = {
    1: _l("unallocated number"),
    3: _l("no route"),
    16: _l("normal end"),
    17: _l("busy"),
    18: _l("no response"),
    19: _l("no answer"),
    20: _l("subscriber absent"),
    21: _l("rejected"),
    22: _l("number changed"),
    26: _l("answered elsewhere"),
    27: _l("out of order"),
    28: _l("number incomplete"),
    34: _l("no line free"),
    38: _l("network out of order"),
    41: _l("temporary failure"),
    42: _l("exchange congested"),
    44: _l("line not available"),
    102: _l("timer ran out"),
    127: _l("interworking"),
}


def outcome_word(outcome: str) -> str:
    """What became of a leg."""
    found = RUNG.get(outcome) or OUTCOMES.get(outcome)
    return str(found[0]) if found else outcome


def outcome_tone(outcome: str) -> str:
    """The badge's colour."""
    found = RUNG.get(outcome) or OUTCOMES.get(outcome)
    return found[1] if found else "bg-secondary-lt"


def cause_word(cause: int) -> str:
    """What a Q.850 cause means; empty where nobody knows."""
    return str(CAUSES.get(cause, ""))


def register(app: Flask) -> None:
    """Give the words to the app's templates."""
    app.add_template_filter(outcome_word, "activity_outcome")
    app.add_template_filter(outcome_tone, "activity_tone")
    app.add_template_filter(cause_word, "cause_word")
    app.add_template_filter(lambda seconds: clock(timedelta(seconds=seconds)), "seconds_clock")
    app.add_template_filter(lambda user_id, names: names.get(user_id, "–"), "caller_name")
    app.add_template_filter(lambda kind: str(KINDS.get(kind, kind)), "activity_kind")
    app.add_template_filter(lambda state: str(STATES.get(state, state)), "activity_state")
