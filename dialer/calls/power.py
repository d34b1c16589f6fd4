"""The power call: prospect first, then a ready agent (DIAL-4, LPS-3).

    dialing → answered → bridging → talking → wrap_up → ended

A ring-each-call agent's phone is rung in between (``ringing_agent``). An
answered prospect for whom nobody is ready within 2 s hears the message
(``dropping``) and counts as a drop (CMP-1, CMP-2). A prospect whose agent
vanishes goes back to ``answered`` and to the next agent (DIAL-10). Late
hang-ups and events that come twice are rules, not exceptions.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from dialer.calls import holding
from dialer.calls import power_alone as alone
from dialer.calls import power_together as together
from dialer.calls.call import (
    NORMAL_CLEARING,
    OUTCOME_BY_CAUSE,
    OVER,
    VANISHED,
    Call,
    CallState,
    Outcome,
    Rule,
    Step,
    step_by,
)
from dialer.calls.events import (
    Adopted,
    AgentFreed,
    AgentReserved,
    Event,
    HangUpAsked,
    HoldAsked,
    JoinFailed,
    LegAnswered,
    LegGone,
    LegJoined,
    MessageEnded,
    MessageStarted,
    NoAgentReady,
    OriginateRefused,
    ResultSaved,
    TimerDue,
    UnholdAsked,
)
from dialer.calls.power_alone import DROP_AFTER, MESSAGE_AT_MOST

__all__ = [
    "DROP_AFTER",
    "MESSAGE_AT_MOST",
    "NORMAL_CLEARING",
    "OUTCOME_BY_CAUSE",
    "OVER",
    "RULES",
    "VANISHED",
    "Call",
    "CallState",
    "Outcome",
    "Step",
    "launch",
    "step",
]

RING_GRACE = timedelta(seconds=5)
"""Asterisk ends an unanswered leg by itself; this much later we ask for it."""


def launch(leg_id: UUID, ring_s: int, record: bool, drop_message: str, at: datetime) -> Call:
    """A call about to be dialed."""
    return Call(
        CallState.DIALING,
        leg_id,
        ring_s,
        record,
        drop_message,
        launched_at=at,
        due_at=at + timedelta(seconds=ring_s) + RING_GRACE,
    )


def step(call: Call, event: Event) -> Step:
    """The call after an event; see ``call.step_by``."""
    return step_by(RULES, call, event)


_S = CallState
_LEG_NOISE: dict[type[Event], Rule] = {LegJoined: alone.ignore}
_AGENT_NOISE: dict[type[Event], Rule] = {NoAgentReady: alone.ignore, AgentFreed: alone.ignore}
_HOLD_NOISE: dict[type[Event], Rule] = {HoldAsked: alone.ignore, UnholdAsked: alone.ignore}
_LATE: dict[type[Event], Rule] = {
    **_LEG_NOISE,
    **_AGENT_NOISE,
    **_HOLD_NOISE,
    LegAnswered: alone.stray,
    LegGone: alone.ignore,
    JoinFailed: alone.ignore,
    OriginateRefused: alone.ignore,
    MessageEnded: alone.ignore,
    MessageStarted: alone.ignore,
    TimerDue: alone.ignore,
    HangUpAsked: alone.ignore,
    Adopted: alone.ignore,
}

_TABLE: dict[CallState, dict[type[Event], Rule]] = {
    _S.DIALING: {
        **_LEG_NOISE,
        **_AGENT_NOISE,
        **_HOLD_NOISE,
        LegAnswered: alone.answered,
        LegGone: alone.not_answered,
        OriginateRefused: alone.refused,
        MessageEnded: alone.ignore,
        MessageStarted: alone.message_started,
        TimerDue: alone.rang_out,
        HangUpAsked: alone.hang_up,
        Adopted: alone.ignore,
    },
    _S.ANSWERED: {
        **_LEG_NOISE,
        **_HOLD_NOISE,
        LegAnswered: alone.answered_again,
        LegGone: alone.hung_up_waiting,
        JoinFailed: alone.ignore,
        OriginateRefused: alone.ignore,
        AgentReserved: together.hand_over,
        NoAgentReady: alone.ignore,
        AgentFreed: alone.ask_again,
        MessageEnded: alone.ignore,
        MessageStarted: alone.message_started,
        TimerDue: alone.drop,
        HangUpAsked: alone.ignore,
        Adopted: alone.ask_again,
    },
    _S.RINGING_AGENT: {
        **_LEG_NOISE,
        **_AGENT_NOISE,
        **_HOLD_NOISE,
        LegAnswered: together.agent_picked_up,
        LegGone: together.gone_while_agent_rings,
        JoinFailed: alone.ignore,
        OriginateRefused: together.agent_refused,
        MessageEnded: alone.ignore,
        MessageStarted: together.message_started_while_agent_rings,
        TimerDue: together.drop_while_agent_rings,
        HangUpAsked: alone.ignore,
        Adopted: alone.ignore,
    },
    _S.BRIDGING: {
        **_AGENT_NOISE,
        **_HOLD_NOISE,
        LegAnswered: alone.answered_again,
        LegJoined: together.joined,
        LegGone: together.gone_while_bridging,
        JoinFailed: together.join_failed,
        OriginateRefused: alone.ignore,
        MessageEnded: alone.ignore,
        MessageStarted: together.message_started_without_agent,
        TimerDue: together.not_joined,
        HangUpAsked: alone.hang_up,
        Adopted: together.join_again,
    },
    _S.TALKING: {
        **_LEG_NOISE,
        **_AGENT_NOISE,
        LegAnswered: alone.answered_again,
        LegGone: together.gone_while_talking,
        JoinFailed: together.agent_not_joined,
        OriginateRefused: alone.ignore,
        MessageEnded: alone.ignore,
        MessageStarted: together.message_started_without_agent,
        TimerDue: alone.ignore,
        HangUpAsked: alone.hang_up,
        HoldAsked: holding.hold,
        UnholdAsked: holding.unhold,
        Adopted: alone.ignore,
    },
    _S.DROPPING: {
        **_LATE,
        LegAnswered: alone.answered_again,
        LegGone: alone.dropped,
        MessageEnded: alone.hang_up_dropped,
        TimerDue: alone.hang_up_dropped,
        Adopted: alone.message_again,
    },
    _S.WRAP_UP: {**_LATE, ResultSaved: alone.saved},
    _S.ENDED: {**_LATE, ResultSaved: alone.ignore},
}

RULES: dict[tuple[CallState, type[Event]], Rule] = {
    (state, kind): rule for state, rules in _TABLE.items() for kind, rule in rules.items()
}
