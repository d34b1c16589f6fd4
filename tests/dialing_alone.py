"""Agents who dial alone: what they do, on a floor without telephones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dialing_floor import NODE, Floor

from dialer.store import dispositions, sessions, solo, solo_calls
from dialer.store.sessions import SessionKind
from dialer.store.solo_calls import Made

PAST_DUE, NOT_DUE = SessionKind.FOLLOW_UPS_PAST_DUE, SessionKind.FOLLOW_UPS_NOT_DUE


def check(floor: Floor) -> None:
    """As Floor.check, for agents who are reserved from the launch on."""
    lost = floor.rows(
        """
        SELECT p.id, p.status FROM prospect p
        LEFT JOIN lease l ON l.organisation_id = p.organisation_id AND l.prospect_id = p.id
        LEFT JOIN attempt a ON a.organisation_id = p.organisation_id AND a.prospect_id = p.id
            AND a.state <> 'ended'
        WHERE (p.status = 'held') <> (l.prospect_id IS NOT NULL) OR (p.status = 'calling') <> (a.id IS NOT NULL)
        """
    )
    assert not lost, "every prospect is where its status says"
    stuck = floor.rows(
        """
        SELECT g.user_id, g.state, a.state AS call FROM agent g
        JOIN attempt a ON a.organisation_id = g.organisation_id AND a.id = g.attempt_id
        WHERE a.user_id IS DISTINCT FROM g.user_id OR a.state = 'ended'
        """
    )
    assert not stuck, "a busy agent's call is on record as theirs"


def bo(floor: Floor, place: int = 1) -> int:
    return int(
        floor.value(
            "SELECT id FROM prospect WHERE list_id = %(l)s AND position = %(p)s", l=floor.list_id, p=place
        )
    )


def status(floor: Floor, prospect_id: int) -> dict[str, Any]:
    return floor.rows("SELECT * FROM prospect WHERE id = %(id)s", id=prospect_id)[0]


def answers(floor: Floor) -> list[Made]:
    """What the dialer makes of everything that is wanted."""
    waiting = solo_calls.desks_waiting(floor.db, NODE)
    made = [solo_calls.answer(floor.db, desk, NODE, "trunk", floor.now, floor.now) for desk in waiting]
    return [one for one in made if one is not None]


def click(floor: Floor, user_id: int, prospect_id: int) -> UUID:
    solo.ask_call(floor.tenant, user_id, prospect_id, floor.now)
    (made,) = answers(floor)
    return made.leg_id


def refusal(floor: Floor, user_id: int) -> str | None:
    desk = solo.desk_of(floor.tenant, user_id)
    assert desk is not None
    return desk.refusal.sentence if desk.refusal else None


def save(floor: Floor, user_id: int, leg_id: UUID, effect: str = "final") -> None:
    result = floor.result(effect)
    dispositions.save_result(floor.tenant, user_id, floor.attempt(leg_id)["id"], result, "", floor.now)


def promise(floor: Floor, user_id: int, prospect_id: int, due_at: datetime, note: str = "") -> None:
    floor.do("UPDATE prospect SET status = 'follow_up' WHERE id = %(p)s", p=prospect_id)
    floor.do(
        "INSERT INTO follow_up (organisation_id, prospect_id, user_id, due_at, note, created_at) "
        "VALUES (%(o)s, %(p)s, %(u)s, %(due)s, %(note)s, %(at)s)",
        p=prospect_id,
        u=user_id,
        due=due_at,
        note=note,
        at=floor.now - timedelta(days=1),
    )


def follows_up(floor: Floor, name: str, kind: SessionKind = PAST_DUE) -> int:
    user_id = floor.hire(name)
    sessions.start_follow_ups(floor.tenant, user_id, kind, floor.now)
    floor.answer_phones()
    return user_id


# -- a normal list is dialed by one agent alone -----------------------------------------------------------
