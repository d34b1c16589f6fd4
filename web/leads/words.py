"""Places, rings and legs of leads in the reader's language, and the colours they wear."""

from __future__ import annotations

from flask import Flask
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from dialer.imports import CUSTOM, FIELDS
from dialer.store.lead_pages import Leg, Ring
from dialer.store.lead_places import LeadState

STATES: dict[LeadState, tuple[LazyString, str]] = {
    LeadState.WAITING: (_l("Waiting"), "azure"),
    LeadState.RINGING: (_l("Ringing"), "green"),
    LeadState.EXCEPTION: (_l("Exception"), "orange"),
    LeadState.TAKEN: (_l("Taken"), "blue"),
    LeadState.WITHDRAWN: (_l("Withdrawn"), "secondary"),
}

RING_OUTCOMES = {
    "nobody_took": _l("Nobody took it"),
    "withdrawn": _l("Called off"),  # the lead was withdrawn, or given to somebody by hand
    "lost": _l("Cut short by a fault"),
}

LEG_OUTCOMES = {
    "won": (_l("Pressed 1 first"), "bg-green-lt"),
    "too_late": (_l("Another was first"), "bg-yellow-lt"),
    "stopped": (_l("Stopped ringing: somebody took it"), "bg-secondary-lt"),
    "withdrawn": (_l("Called off"), "bg-secondary-lt"),
    "rejected": (_l("Rejected"), "bg-orange-lt"),
    "busy": (_l("Busy"), "bg-yellow-lt"),
    "no_answer": (_l("No answer"), "bg-secondary-lt"),
    "not_reachable": (_l("Phone not reachable"), "bg-red-lt"),
    "did_not_press": (_l("Picked up, did not press 1"), "bg-orange-lt"),
    "lost": (_l("Lost"), "bg-red-lt"),
}

LEG_STATES = {"ringing": _l("Ringing"), "listening": _l("Hears the message"), "won": _l("Pressed 1 first")}

_LABELS = {field.name: field.label for field in FIELDS}


def lead_state(state: str) -> str:
    """Where a lead is."""
    return str(STATES[LeadState(state)][0])


def lead_tone(state: str) -> str:
    """The colour of the place."""
    return STATES[LeadState(state)][1]


def ring_outcome(ring: Ring) -> str:
    """What came of a ring."""
    if ring.outcome is None:
        return str(gettext("Ringing"))
    if ring.outcome == "taken":
        return str(gettext("%(name)s took it", name=ring.winner_name))
    return str(RING_OUTCOMES.get(ring.outcome, ring.outcome))


def ring_leg_outcome(leg: Leg) -> tuple[str, str]:
    """What came of ringing one agent, and its colour."""
    if leg.outcome is None:
        return str(LEG_STATES.get(leg.state, leg.state)), "bg-green-lt"
    word, tone = LEG_OUTCOMES.get(leg.outcome, (leg.outcome, "bg-secondary-lt"))
    return str(word), tone


def field_label(name: str) -> str:
    """A field that a form asks for."""
    if name == "notes":
        return str(gettext("Message"))
    return name.removeprefix(CUSTOM) if name.startswith(CUSTOM) else str(gettext(_LABELS[name]))


def register(app: Flask) -> None:
    """Give the words to the app's templates."""
    for word in (lead_state, lead_tone, ring_outcome, ring_leg_outcome, field_label):
        app.add_template_filter(word, word.__name__)
    app.jinja_env.globals["LEAD_STATES"] = [(state.value, names[0]) for state, names in STATES.items()]
