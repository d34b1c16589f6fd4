"""An agent's time on a list or on their follow-ups: start, pause, resume, end (LPS-2, 5, 9, 12)."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

from dialer import live
from dialer.agents import Agent, AgentState, LogOutAsked, PauseAsked, Resumed, SessionStarted
from dialer.db import Connection, Transactions
from dialer.errors import NotFound, Refused, sentence
from dialer.sql import load
from dialer.store import agents, leaving, sharing

SQL = load("sessions")
LEASES = load("leases")
RINGS = load("rings")

NOT_YOURS = sentence("This list is not assigned to you; ask your manager for it.")
NOT_ANY_MORE = sentence("This list is not assigned to you any more; your session ends with the call in hand.")


NORMAL_LIST = sentence("This is a normal call list; it cannot be dialed in a lead pool session.")


class SessionKind(Enum):
    """What a session dials: a share of a lead pool list, a normal list alone, one's follow-ups or one's leads."""

    POOL = "pool"
    ALONE = "alone"
    FOLLOW_UPS_NOT_DUE = "follow_ups_not_due"
    FOLLOW_UPS_PAST_DUE = "follow_ups_past_due"
    LEADS = "leads"
    """Leads that are the user's own: opened by a press of 1, and to call one again."""

    @property
    def of_follow_ups(self) -> bool:
        return self in (SessionKind.FOLLOW_UPS_NOT_DUE, SessionKind.FOLLOW_UPS_PAST_DUE)

    @property
    def of_own(self) -> bool:
        """Without a list: over what is the user's own."""
        return self.of_follow_ups or self is SessionKind.LEADS


_OF_LIST = {"lead_pool": SessionKind.POOL, "normal": SessionKind.ALONE}


def start_session(
    db: Transactions, user_id: int, list_id: int, now: datetime, kind: SessionKind | None = None
) -> Agent:
    """Put the user to work on a list that is theirs to dial, with an equal share of it.

    What kind of session that is the list says; who names one must be right. Raises NotFound for
    a list that is not theirs, Refused for a normal list that somebody dials, when a session is
    open, the user has no phone, or no dialer is running.
    """
    with db.transaction() as connection:
        organisation_id = agents.organisation_of(connection, user_id)
        of_list = {"organisation_id": organisation_id, "list_id": list_id}
        settings = connection.execute(LEASES.lock_list, of_list).fetchone()
        # Asked while the list is ours: whoever takes the right away meanwhile ends the session too.
        row = connection.execute(SQL.may_dial, {**of_list, "user_id": user_id}).fetchone()
        if settings is None or row is None:
            raise NotFound(NOT_YOURS)
        of_kind = _OF_LIST[row["kind"]]
        if kind is not None and kind is not of_kind:
            raise Refused(NORMAL_LIST if of_kind is SessionKind.ALONE else NOT_YOURS)
        if of_kind is SessionKind.ALONE and row["alone"] is not None:
            _refuse_second(connection, organisation_id, user_id, row["alone"])
        agent = _sit_down(connection, organisation_id, user_id, list_id, of_kind, row, now)
        if of_kind is SessionKind.ALONE:
            connection.execute(SQL.take_over, {**of_list, "user_id": user_id})
        if settings["sort_by"] == "random":
            connection.execute(LEASES.shuffle, {**of_list, "user_id": user_id})
        sharing.equalise(connection, organisation_id, list_id, now)
        live.wake_dialer(connection)
        return agent


def start_follow_ups(db: Transactions, user_id: int, kind: SessionKind, now: datetime) -> Agent:
    """Put the user to work on what they promised, or on their leads, over all lists (LPS-8).

    Raises Refused when a session is open, the user has no phone, or no dialer is running.
    """
    with db.transaction() as connection:
        return start_own(connection, user_id, kind, now)


def start_own(connection: Connection, user_id: int, kind: SessionKind, now: datetime) -> Agent:
    """``start_follow_ups`` in a transaction of the caller's."""
    assert kind.of_own, "a list is started by its id"
    organisation_id = agents.organisation_of(connection, user_id)
    row = connection.execute(
        SQL.may_work, {"organisation_id": organisation_id, "user_id": user_id}
    ).fetchone()
    assert row is not None
    agent = _sit_down(connection, organisation_id, user_id, None, kind, row, now)
    live.wake_dialer(connection)
    return agent


def _refuse_second(connection: Connection, organisation_id: int, user_id: int, name: str) -> None:
    """Say who dials the list; to that agent, that they have a session."""
    agent = agents.look(connection, organisation_id, user_id)
    if agent is None or agent.state is AgentState.LOGGED_OUT:
        raise Refused(
            "%(name)s is dialing this list; a normal call list is dialed by one agent alone.", name=name
        )


def _sit_down(
    connection: Connection,
    organisation_id: int,
    user_id: int,
    list_id: int | None,
    kind: SessionKind,
    row: dict[str, Any],
    now: datetime,
) -> Agent:
    if row["extension"] is None:
        raise Refused("You have no phone extension yet; ask your manager to give you one.")
    if row["node"] is None:
        raise Refused("No dialer is running; ask your telephony admin to start it.")
    of_user = {"organisation_id": organisation_id, "user_id": user_id}
    connection.execute(agents.SQL.make_agent, {**of_user, "at": now})
    agent = agents.lock(connection, organisation_id, user_id)
    if agent.state is not AgentState.LOGGED_OUT:
        raise Refused("You have a session already; end it before you start another.")
    rung = connection.execute(RINGS.is_rung, of_user).fetchone()
    if rung is not None and rung["rung"]:
        raise Refused("Your phone rings for a lead just now; take it or let it ring out, then start.")
    opened = connection.execute(
        SQL.open_session,
        {**of_user, "list_id": list_id, "kind": kind.value, "node": row["node"], "at": now},
    ).fetchone()
    assert opened is not None
    return agents.move(connection, agent, SessionStarted(now, opened["id"], list_id, row["node"]))


def ask_pause(db: Transactions, user_id: int, reason: str, now: datetime) -> Agent:
    """Pause the agent: at once, after the call, or when calls already ringing have somebody else (DIAL-7).

    Raises Refused without a session, or on a list that is not the user's to dial any more.
    """
    with db.transaction() as connection:
        organisation_id = agents.organisation_of(connection, user_id)
        list_id = _hold_list(connection, organisation_id, user_id)
        agent = _at_work(connection, organisation_id, user_id)
        _require_right(connection, organisation_id, user_id, list_id)
        needed = leaving.is_needed(connection, agent)
        agent = agents.move(connection, agent, PauseAsked(now, reason.strip()[:100], needed))
        connection.execute(SQL.want_no_call, {"organisation_id": organisation_id, "user_id": user_id})
        live.wake_dialer(connection)
        return agent


def resume(db: Transactions, user_id: int, now: datetime) -> Agent:
    """Resume Dialing. A call result that was never saved is given up: its call ends without one.

    Raises Refused without a session, or on a list that is not the user's to dial any more.
    """
    with db.transaction() as connection:
        organisation_id = agents.organisation_of(connection, user_id)
        list_id = _hold_list(connection, organisation_id, user_id)
        leaving.leave_closed_call(connection, organisation_id, user_id, now)
        agent = _at_work(connection, organisation_id, user_id)
        _require_right(connection, organisation_id, user_id, list_id)
        agent = agents.move(connection, agent, Resumed(now))
        live.wake_dialer(connection)
        return agent


def end_session(db: Transactions, user_id: int, now: datetime) -> Agent:
    """End the session: at once, or when the call in hand has its result."""
    with db.transaction() as connection:
        organisation_id = agents.organisation_of(connection, user_id)
        list_id = _hold_list(connection, organisation_id, user_id)
        leaving.leave_closed_call(connection, organisation_id, user_id, now)
        agent = _at_work(connection, organisation_id, user_id)
        agent = agents.move(connection, agent, LogOutAsked(now, leaving.is_needed(connection, agent)))
        if agent.state is AgentState.LOGGED_OUT and list_id is not None:
            sharing.equalise(connection, organisation_id, list_id, now)
        live.wake_dialer(connection)
        return agent


def _hold_list(connection: Connection, organisation_id: int, user_id: int) -> int | None:
    """Keep calls from being launched on the user's list until it is known whether one needs them.

    Lists are locked before attempts, and those before agents.
    """
    agent = agents.look(connection, organisation_id, user_id)
    if agent is None or agent.list_id is None:
        return None
    of_list = {"organisation_id": organisation_id, "list_id": agent.list_id}
    connection.execute(LEASES.lock_list, of_list)
    return agent.list_id


def _at_work(connection: Connection, organisation_id: int, user_id: int) -> Agent:
    agent = agents.lock(connection, organisation_id, user_id)
    if agent.state is AgentState.LOGGED_OUT:
        raise Refused("You have no open session; start one first.")
    return agent


def _require_right(connection: Connection, organisation_id: int, user_id: int, list_id: int | None) -> None:
    """Who lost the list while on a call stays until it is over, and must not stay any longer."""
    if list_id is None:
        return  # follow-ups are one's own
    wanted = {"organisation_id": organisation_id, "list_id": list_id, "user_id": user_id}
    if connection.execute(SQL.may_dial, wanted).fetchone() is None:
        raise Refused(NOT_ANY_MORE)
