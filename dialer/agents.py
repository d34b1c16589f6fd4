"""The agent's states, as a table.

``step(agent, event)`` gives the agent after the event. Time comes in with the
event. An agent is always free, busy with one attempt, or away; what was asked
for while busy (``wanted``) is done as soon as the agent is free again.

A phone that is lost is called again by itself only where a standing leg is missing (stay connected). A
ring-each-call agent whose phone vanished with a prospect on it has no such leg to wait for: the prospect
goes to somebody else, and the agent is paused, with the reason, until they say that the phone works again.
Ready would hand the next prospect to a phone that is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dialer.agent import (
    CLOSED_WITHOUT_RESULT,
    PHONE_DID_NOT_ANSWER,
    PHONE_VANISHED,
    WITHOUT_RESULT,
    WRAP_UP_OVER,
    Agent,
    AgentState,
    PhoneMode,
    Wanted,
)
from dialer.agent_events import (
    AgentEvent,
    Bridged,
    CallEnded,
    Held,
    LogOutAsked,
    NoLongerNeeded,
    PauseAsked,
    PhoneCalled,
    PhoneGone,
    PhoneUnanswered,
    PhoneUp,
    Released,
    Reserved,
    ResultSaved,
    Resumed,
    Rung,
    SessionStarted,
    Unheld,
    WindowClosed,
    WrapUpExtended,
    WrapUpOver,
)
from dialer.errors import IllegalTransition
from dialer.phone_retries import phone_retry_delay, stayed_up

__all__ = [
    "CLOSED_WITHOUT_RESULT",
    "PHONE_DID_NOT_ANSWER",
    "PHONE_VANISHED",
    "RULES",
    "WITHOUT_RESULT",
    "WRAP_UP_OVER",
    "Agent",
    "AgentEvent",
    "AgentState",
    "Bridged",
    "CallEnded",
    "Held",
    "LogOutAsked",
    "NoLongerNeeded",
    "PauseAsked",
    "PhoneCalled",
    "PhoneGone",
    "PhoneMode",
    "PhoneUnanswered",
    "PhoneUp",
    "Released",
    "Reserved",
    "ResultSaved",
    "Resumed",
    "Rung",
    "SessionStarted",
    "Unheld",
    "Wanted",
    "WindowClosed",
    "WrapUpExtended",
    "WrapUpOver",
    "step",
]


def step(agent: Agent, event: AgentEvent) -> Agent:
    """Return the agent after the event.

    Raises IllegalTransition for an event that no rule of the state knows.
    """
    try:
        rule = RULES[agent.state, type(event)]
    except KeyError:
        raise IllegalTransition(agent, event) from None
    after = rule(agent, event)
    return after if after.state is agent.state else replace(after, since=event.at)


def _settle(agent: Agent, at: datetime) -> Agent:
    """A free agent: what was wanted, else ready if the phone allows it."""
    agent = replace(agent, attempt_id=None, ring_id=None, wrap_up_until=None)
    if agent.wanted is Wanted.LOG_OUT:
        return _log_out(agent)
    if agent.wanted is Wanted.PAUSE:
        return replace(agent, state=AgentState.PAUSED, wanted=None)
    if agent.phone_mode is PhoneMode.STAY_CONNECTED and not agent.phone_up:
        lost = agent.leg_id is None and agent.phone_tries > 0
        return replace(agent, state=AgentState.PHONE_LOST if lost else AgentState.CONNECTING)
    return replace(agent, state=AgentState.READY, pause_reason="")


def _log_out(agent: Agent) -> Agent:
    # The leg stays on record until Asterisk says that it is gone: the dialer hangs it up.
    return replace(
        agent,
        state=AgentState.LOGGED_OUT,
        wanted=None,
        pause_reason="",
        session_id=None,
        list_id=None,
        attempt_id=None,
        ring_id=None,
        phone_retry_at=None,
        phone_tries=0,
    )


def _same(agent: Agent, event: Any) -> Agent:
    return agent


def _start(agent: Agent, event: SessionStarted) -> Agent:
    agent = replace(
        agent, session_id=event.session_id, list_id=event.list_id, node=event.node, wanted=None, phone_tries=0
    )
    return _settle(agent, event.at)


def _called(agent: Agent, event: PhoneCalled) -> Agent:
    return replace(
        agent,
        leg_id=event.leg_id,
        bridge_id=event.bridge_id,
        phone_up=False,
        phone_up_at=None,
        phone_retry_at=None,
        phone_tries=agent.phone_tries + 1,
    )


def _phone_up(agent: Agent, event: PhoneUp) -> Agent:
    # The tries stay counted until it has stayed: a phone that picks up and drops at once is no better
    # than one that does not pick up.
    agent = replace(agent, phone_up=True, phone_up_at=agent.phone_up_at or event.at)
    waiting = agent.state in (AgentState.CONNECTING, AgentState.PHONE_LOST)
    return _settle(agent, event.at) if waiting else agent


def _without_phone(agent: Agent, event: AgentEvent) -> Agent:
    tries = 0 if agent.phone_up and stayed_up(agent.phone_up_at, event.at) else agent.phone_tries
    agent = replace(agent, phone_up=False, phone_up_at=None, leg_id=None, bridge_id=None)
    if agent.state is AgentState.LOGGED_OUT or agent.phone_mode is PhoneMode.RING_EACH_CALL:
        return agent
    return replace(agent, phone_retry_at=event.at + phone_retry_delay(tries), phone_tries=max(tries, 1))


def _phone_lost(agent: Agent, event: PhoneGone) -> Agent:
    busy = agent.attempt_id is not None
    agent = replace(_without_phone(agent, event), attempt_id=None, ring_id=None)
    if agent.phone_mode is PhoneMode.RING_EACH_CALL:
        # Without a call it was the leg of an earlier session, which nobody waits for.
        return _away(agent, event.at, PHONE_VANISHED) if busy else agent
    if agent.wanted is not None:
        return _settle(agent, event.at)
    return replace(agent, state=AgentState.PHONE_LOST)


def _unanswered(agent: Agent, event: PhoneUnanswered) -> Agent:
    return _away(agent, event.at, PHONE_DID_NOT_ANSWER)


def _reserve(agent: Agent, event: Reserved) -> Agent:
    return replace(
        agent,
        state=AgentState.RESERVED,
        attempt_id=event.attempt_id,
        ring_id=None,
        last_hand_over_at=event.at,
    )


def _ring(agent: Agent, event: Rung) -> Agent:
    return replace(agent, state=AgentState.RESERVED, ring_id=event.ring_id)


def _take_lead(agent: Agent, event: Reserved) -> Agent:
    """Who is rung has taken the lead; who has a call gets no second one."""
    if agent.ring_id is None:
        raise IllegalTransition(agent, event)
    return _reserve(agent, event)


def _bridged(agent: Agent, event: Bridged) -> Agent:
    return replace(agent, state=AgentState.ON_CALL, last_hand_over_at=event.at)


def _free(agent: Agent, event: AgentEvent) -> Agent:
    return _settle(agent, event.at)


def _wrap_up(agent: Agent, event: CallEnded) -> Agent:
    until = event.at + timedelta(seconds=agent.wrap_up_s) if agent.wrap_up_s else None
    return replace(agent, state=AgentState.WRAP_UP, wrap_up_until=until)


def _extend(agent: Agent, event: WrapUpExtended) -> Agent:
    # From the deadline on, whenever it was asked for: what is left is never lost.
    return replace(agent, wrap_up_until=agent.wrap_up_until and agent.wrap_up_until + event.by)


def _wrap_up_over(agent: Agent, event: WrapUpOver) -> Agent:
    return _away(agent, event.at, WRAP_UP_OVER) if agent.wrap_up_until == event.at else agent


def _close(agent: Agent, event: WindowClosed) -> Agent:
    return _away(agent, event.at, CLOSED_WITHOUT_RESULT)


def _away(agent: Agent, at: datetime, reason: str) -> Agent:
    """Out of the queue for a reason of ours, unless the agent asked for something already."""
    if agent.wanted is None:
        agent = replace(agent, wanted=Wanted.PAUSE, pause_reason=reason)
    return _settle(agent, at)


def _pause(agent: Agent, event: PauseAsked) -> Agent:
    agent = replace(agent, wanted=Wanted.PAUSE, pause_reason=event.reason)
    return agent if event.needed else _settle(agent, event.at)


def _want_pause(agent: Agent, event: PauseAsked) -> Agent:
    return replace(agent, wanted=Wanted.PAUSE, pause_reason=event.reason)


def _another_reason(agent: Agent, event: PauseAsked) -> Agent:
    return replace(agent, pause_reason=event.reason)


def _want_log_out(agent: Agent, event: LogOutAsked) -> Agent:
    return replace(agent, wanted=Wanted.LOG_OUT)


def _log_out_when_free(agent: Agent, event: LogOutAsked) -> Agent:
    needed = event.needed and agent.state is AgentState.READY  # nobody else could take a call
    return replace(agent, wanted=Wanted.LOG_OUT) if needed else _log_out(agent)


def _resume(agent: Agent, event: AgentEvent) -> Agent:
    # A phone that was given up is called at once: the person is there again.
    return _settle(replace(agent, wanted=None, pause_reason="", phone_retry_at=None, phone_tries=0), event.at)


def _late_result(agent: Agent, event: ResultSaved) -> Agent:
    """Saving late ends the pause that its being owed began, not one that the agent asked for."""
    return _resume(agent, event) if agent.pause_reason in WITHOUT_RESULT else agent


def _unwant(agent: Agent, event: Resumed) -> Agent:
    return replace(agent, wanted=None, pause_reason="")


def _moved(state: AgentState) -> Callable[[Agent, Any], Agent]:
    def rule(agent: Agent, event: Any) -> Agent:
        return replace(agent, state=state)

    return rule


_S = AgentState
_BUSY = (_S.RESERVED, _S.ON_CALL, _S.ON_HOLD, _S.WRAP_UP)
_Rule = Callable[[Agent, Any], Agent]

RULES: dict[tuple[AgentState, type[AgentEvent]], _Rule] = {
    (_S.LOGGED_OUT, SessionStarted): _start,
    (_S.READY, Reserved): _reserve,
    (_S.READY, Rung): _ring,
    (_S.RESERVED, Reserved): _take_lead,
    (_S.RESERVED, Bridged): _bridged,
    (_S.RESERVED, Released): _free,
    (_S.RESERVED, PhoneUnanswered): _unanswered,
    (_S.ON_CALL, Released): _free,
    (_S.ON_HOLD, Released): _free,
    (_S.ON_CALL, CallEnded): _wrap_up,
    (_S.ON_HOLD, CallEnded): _wrap_up,
    (_S.ON_CALL, Held): _moved(_S.ON_HOLD),
    (_S.ON_HOLD, Unheld): _moved(_S.ON_CALL),
    (_S.WRAP_UP, ResultSaved): _free,
    (_S.PAUSED, ResultSaved): _late_result,
    (_S.WRAP_UP, WindowClosed): _close,
    (_S.WRAP_UP, WrapUpExtended): _extend,
    (_S.WRAP_UP, WrapUpOver): _wrap_up_over,
    (_S.PAUSED, WindowClosed): _same,
    (_S.READY, NoLongerNeeded): _free,
    # Pause and log-out, in any state
    (_S.READY, PauseAsked): _pause,
    (_S.CONNECTING, PauseAsked): _pause,
    (_S.PHONE_LOST, PauseAsked): _pause,
    (_S.PAUSED, PauseAsked): _another_reason,
    **{(state, PauseAsked): _want_pause for state in _BUSY},
    (_S.READY, LogOutAsked): _log_out_when_free,
    (_S.CONNECTING, LogOutAsked): _log_out_when_free,
    (_S.PHONE_LOST, LogOutAsked): _log_out_when_free,
    (_S.PAUSED, LogOutAsked): _log_out_when_free,
    (_S.LOGGED_OUT, LogOutAsked): _same,
    **{(state, LogOutAsked): _want_log_out for state in _BUSY},
    (_S.PAUSED, Resumed): _resume,
    (_S.PHONE_LOST, Resumed): _resume,
    (_S.CONNECTING, Resumed): _unwant,
    (_S.READY, Resumed): _unwant,
    **{(state, Resumed): _unwant for state in _BUSY},
    # The phone
    **{(state, PhoneCalled): _called for state in _S},
    **{(state, PhoneUp): _phone_up for state in _S},
    (_S.LOGGED_OUT, PhoneGone): _without_phone,
    (_S.PAUSED, PhoneGone): _without_phone,
    (_S.WRAP_UP, PhoneGone): _without_phone,
    (_S.PHONE_LOST, PhoneGone): _without_phone,
    (_S.CONNECTING, PhoneGone): _phone_lost,
    (_S.READY, PhoneGone): _phone_lost,
    (_S.RESERVED, PhoneGone): _phone_lost,
    (_S.ON_CALL, PhoneGone): _phone_lost,
    (_S.ON_HOLD, PhoneGone): _phone_lost,
}
