"""An agent who dials alone: what they ask for, and what they may call (LPS-12, LPS-8, LPS-1).

The panel writes what is wanted on the agent's desk, the dialer answers it (store/solo_calls.py).
A follow-up is past due from the day it is due on, by the date where the prospect lives: that is
the day that was promised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dialer import live
from dialer.agents import AgentState
from dialer.db import Connection, Transactions, clock
from dialer.dialing_rules import SENTENCES, Rule, why_not
from dialer.errors import Refused, sentence
from dialer.sql import load
from dialer.store import agents
from dialer.store.launching import facts_of
from dialer.store.sessions import SessionKind

SQL = load("solo")

SHOWN = 50
"""Records on one page; the next ones follow as these are called."""

NOT_YOURS = "not_yours"
NONE_LEFT = "none_left"

REFUSALS = {
    **{rule.value: SENTENCES[rule] for rule in Rule},
    NOT_YOURS: sentence("This record is not yours to call, or somebody else calls it just now."),
    NONE_LEFT: sentence(
        "No record can be called just now; they are dialed, rest, or it is outside calling hours."
    ),
}
"""Why a call that was asked for was not made, as the sentence that the agent reads."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The last call that was asked for and not made. ``prospect_id`` is None for «the next one»."""

    sentence: str
    prospect_id: int | None
    name: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Ended:
    """How the last call ended that nobody talked on."""

    outcome: str
    ended_at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A session in which the agent dials alone."""

    kind: SessionKind
    one_after_another: bool
    wanted: bool
    """A call is asked for and not made yet."""
    wanted_prospect_id: int | None
    refusal: Refusal | None
    last: Ended | None


@dataclass(frozen=True, slots=True)
class Record:
    """Somebody whom the agent may call."""

    prospect_id: int
    first_name: str
    last_name: str
    account_name: str
    list_name: str
    number: str | None
    time_zone: str
    attempts: int
    last_outcome: str | None
    last_result: str | None
    due_at: datetime | None
    note: str
    skipped: bool
    in_the_way: str | None
    """The rule that forbids the call just now, as a sentence."""


@dataclass(frozen=True, slots=True)
class FollowUpCounts:
    past_due: int
    not_due: int
    leads: int
    """Leads of their own that are not done with."""


def desk_of(db: Transactions, user_id: int) -> Desk | None:
    """The user's open session if they dial alone in it, else None."""
    with db.transaction() as connection:
        row = _session(connection, user_id)
        if row is None or row["kind"] == SessionKind.POOL.value:
            return None
        last = connection.execute(
            SQL.last_unanswered,
            {"organisation_id": row["organisation_id"], "user_id": user_id, "since": row["started_at"]},
        ).fetchone()
    refusal = None
    if row["refused_rule"] is not None:
        refusal = Refusal(
            REFUSALS[row["refused_rule"]],
            row["refused_prospect_id"],
            row["refused_name"],
            row["refused_until"],
        )
    ended = None
    if last is not None and last["ended_at"] is not None and last["outcome"] != "connected":
        ended = Ended(last["outcome"], last["ended_at"], f"{last['first_name']} {last['last_name']}".strip())
    return Desk(
        SessionKind(row["kind"]),
        bool(row["one_after_another"]),
        row["wanted_at"] is not None,
        row["wanted_prospect_id"],
        refusal,
        ended,
    )


def records(db: Transactions, user_id: int) -> list[Record]:
    """Whom the user may call in their open session, in the order in which «the next one» takes them."""
    with db.transaction() as connection:
        row = _session(connection, user_id)
        if row is None:
            return []
        now = clock(connection)
        found = connection.execute(SQL.records, records_of(row, user_id, now)).fetchall()
    kind = SessionKind(row["kind"])
    promised, own = kind.of_follow_ups, kind is SessionKind.LEADS
    listed = []
    for each in found:
        refusal = why_not(facts_of(each, now, promised_to_caller=promised, own_lead=own), now)
        listed.append(
            Record(
                prospect_id=each["prospect_id"],
                first_name=each["first_name"],
                last_name=each["last_name"],
                account_name=each["account_name"],
                list_name=each["list_name"],
                number=each["number"],
                time_zone=each["time_zone"],
                attempts=each["attempts"],
                last_outcome=each["last_outcome"],
                last_result=each["last_result"],
                due_at=each["due_at"],
                note=each["note"],
                skipped=each["skipped_at"] is not None,
                in_the_way=None if refusal is None else SENTENCES[refusal.rule],
            )
        )
    return listed


def records_of(session: dict[str, Any], user_id: int, now: datetime) -> dict[str, Any]:
    """What the query for a session's records asks for."""
    return {
        "organisation_id": session["organisation_id"],
        "session_id": session["session_id"],
        "list_id": session["list_id"],
        "kind": session["kind"],
        "user_id": user_id,
        "now": now,
        "limit": SHOWN,
    }


def follow_up_counts(db: Transactions, user_id: int) -> FollowUpCounts:
    """How many calls the user has promised, by whether their day has come where the prospect lives."""
    with db.transaction() as connection:
        row = connection.execute(
            SQL.follow_up_counts, {"user_id": user_id, "now": clock(connection)}
        ).fetchone()
    assert row is not None
    return FollowUpCounts(**row)


def ask_call(db: Transactions, user_id: int, prospect_id: int, now: datetime) -> None:
    """Ask the dialer to call this prospect for this agent, as soon as they are free (click to call).

    Raises Refused in a lead pool session, without a session, or while paused. Whether the prospect
    may be called is asked at the moment of dialing; a refusal shows on the agent's page.
    """
    with db.transaction() as connection:
        ask_call_within(connection, user_id, prospect_id, now)


def ask_call_within(connection: Connection, user_id: int, prospect_id: int, now: datetime) -> None:
    """``ask_call`` in a transaction of the caller's. The agent is locked: attempts come before."""
    session = _own_desk(connection, user_id)
    if session["in_hand"] != prospect_id:  # a second click while it rings is no second call
        _want(connection, session, user_id, prospect_id, now)


def ask_next(db: Transactions, user_id: int, now: datetime) -> None:
    """Ask for the next record that may be called. Raises Refused as ``ask_call`` does.

    Does nothing while a call is in hand: a second click asks for no second call.
    """
    with db.transaction() as connection:
        session = _own_desk(connection, user_id)
        if session["in_hand"] is None:
            _want(connection, session, user_id, None, now)


def dial_one_after_another(db: Transactions, user_id: int, on: bool, now: datetime) -> None:
    """Whether the next record is dialed by itself whenever the agent is free. Raises Refused as above."""
    with db.transaction() as connection:
        session = _own_desk(connection, user_id)
        connection.execute(SQL.set_one_after_another, {**_key(session), "on": on})
        _tell(connection, session, user_id)


def skip(db: Transactions, user_id: int, prospect_id: int, now: datetime) -> None:
    """Put a record behind all others of this session. Raises Refused as ``ask_call`` does."""
    with db.transaction() as connection:
        session = _own_desk(connection, user_id)
        connection.execute(SQL.skip, {**_key(session), "prospect_id": prospect_id, "at": now})
        _tell(connection, session, user_id)


def _session(connection: Connection, user_id: int) -> dict[str, Any] | None:
    return connection.execute(SQL.desk, {"user_id": user_id}).fetchone()


def _own_desk(connection: Connection, user_id: int) -> dict[str, Any]:
    """The session in which the user dials alone; the agent is kept until the transaction ends."""
    organisation_id = agents.organisation_of(connection, user_id)
    agent = agents.look(connection, organisation_id, user_id)
    if agent is not None:
        agent = agents.lock(connection, organisation_id, user_id)
    session = _session(connection, user_id)
    if agent is None or agent.state is AgentState.LOGGED_OUT or session is None:
        raise Refused("You have no open session; start one first.")
    if session["kind"] == SessionKind.POOL.value:
        raise Refused(
            "In a lead pool session answered calls come to you; to call somebody yourself, "
            "start a session on a normal list or on your follow-ups."
        )
    if agent.state is AgentState.PAUSED:
        raise Refused("You are paused; resume dialing first.")
    return session


def _key(session: dict[str, Any]) -> dict[str, Any]:
    return {"organisation_id": session["organisation_id"], "session_id": session["session_id"]}


def _want(
    connection: Connection, session: dict[str, Any], user_id: int, prospect_id: int | None, now: datetime
) -> None:
    connection.execute(SQL.want, {**_key(session), "prospect_id": prospect_id, "at": now})
    _tell(connection, session, user_id)


def _tell(connection: Connection, session: dict[str, Any], user_id: int) -> None:
    live.tell_panel(connection, session["organisation_id"], f"user:{user_id}")
    live.wake_dialer(connection)
