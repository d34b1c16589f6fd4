"""States and outcomes in the reader's language, and the colours they wear."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from dialer.agents import AgentState, Wanted
from dialer.store.list_info import RecentCall

LOCALES = {"en": "English", "sv": "Svenska"}
"""The panel's languages, each in its own words."""

AGENT_STATES = {
    AgentState.LOGGED_OUT: _l("Not dialing"),
    AgentState.CONNECTING: _l("Connecting phone"),
    AgentState.READY: _l("Waiting"),
    AgentState.RESERVED: _l("Call coming"),
    AgentState.ON_CALL: _l("On Call"),
    AgentState.ON_HOLD: _l("On Hold"),
    AgentState.WRAP_UP: _l("Wrap-up"),
    AgentState.PAUSED: _l("Paused"),
    AgentState.PHONE_LOST: _l("Phone lost"),
}

AGENT_TONES = {
    AgentState.LOGGED_OUT: "secondary",
    AgentState.CONNECTING: "azure",
    AgentState.READY: "blue",
    AgentState.RESERVED: "green",
    AgentState.ON_CALL: "green",
    AgentState.ON_HOLD: "yellow",
    AgentState.WRAP_UP: "purple",
    AgentState.PAUSED: "orange",
    AgentState.PHONE_LOST: "red",
}

WANTED = {Wanted.PAUSE: _l("pauses after this"), Wanted.LOG_OUT: _l("ends after this")}

OUTCOMES = {
    "connected": (_l("Connected"), "bg-green-lt"),
    "hung_up": (_l("Hung up early"), "bg-orange-lt"),
    "dropped": (_l("Dropped"), "bg-red-lt"),
    "busy": (_l("Busy"), "bg-yellow-lt"),
    "no_answer": (_l("No answer"), "bg-secondary-lt"),
    "machine": (_l("Machine"), "bg-secondary-lt"),
    "rejected": (_l("Rejected"), "bg-orange-lt"),
    "invalid": (_l("Invalid number"), "bg-red-lt"),
    "congested": (_l("Network busy"), "bg-orange-lt"),
    "failed": (_l("Failed"), "bg-red-lt"),
    "lost": (_l("Lost"), "bg-red-lt"),
    "cancelled": (_l("Cancelled"), "bg-secondary-lt"),
    "not_called": (_l("Not called"), "bg-secondary-lt"),
}

CALL_STATES = {
    "dialing": _l("Ringing"),
    "answered": _l("Answered"),
    "ringing_agent": _l("Ringing the agent"),
    "bridging": _l("Connecting"),
    "talking": _l("Talking"),
    "dropping": _l("Message playing"),
    "wrap_up": _l("Wrap-up"),
    "ended": _l("Ended"),
}

IMPORT_STATES = {
    "queued": _l("Queued"),
    "running": _l("Running"),
    "done": _l("Done"),
    "failed": _l("Failed"),
    "cancelled": _l("Cancelled"),
}

# Texts that rows of the database hold in English, here for the catalogues only.
STORED = (
    _l("Sale"),
    _l("Appointment set"),
    _l("Interested, call later"),
    _l("Call back later"),
    _l("Decision maker not in"),
    _l("Left voicemail"),
    _l("No answer on transfer"),
    _l("Bad connection"),
    _l("Not interested"),
    _l("Does not qualify"),
    _l("Wrong number"),
    _l("Do not call again"),
    _l("Break"),
    _l("Lunch"),
    _l("Meeting"),
    _l("Training"),
    _l("Paperwork"),
    _l("Other"),
    _l("Phone did not answer"),
    _l("Phone lost during a call"),
    _l("Call result not saved"),
    _l("Wrap-up time is over"),
    _l("Something went wrong on our side."),
)


def call_word(call: RecentCall) -> str:
    """What came of a call, or where it is now."""
    if call.outcome in OUTCOMES and call.state in ("wrap_up", "ended"):
        return str(OUTCOMES[call.outcome][0])
    return str(CALL_STATES.get(call.state, call.state))


def call_tone(call: RecentCall) -> str:
    """The badge's colour for ``call_word``."""
    if call.outcome in OUTCOMES and call.state in ("wrap_up", "ended"):
        return OUTCOMES[call.outcome][1]
    return "bg-green-lt" if call.state == "talking" else "bg-azure-lt"


def register(app: Flask) -> None:
    """Give the words to the app's templates."""
    app.add_template_filter(call_word)
    app.add_template_filter(call_tone)
    app.add_template_filter(
        lambda outcome: str(OUTCOMES[outcome][0]) if outcome in OUTCOMES else outcome, "outcome"
    )
    app.add_template_filter(lambda state: str(IMPORT_STATES.get(state, state)), "import_state")
    app.add_template_filter(lambda state: str(AGENT_STATES[state]), "agent_state")
    app.add_template_filter(lambda state: AGENT_TONES[state], "agent_tone")
    app.add_template_filter(lambda wanted: str(WANTED[wanted]), "wanted")
