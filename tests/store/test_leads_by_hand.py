"""Leads moved by hand, called by whose they are, and shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import lead_hands as hands
import pytest
from panel_floor import Floor, now

from dialer.db import Database
from dialer.errors import NotFound, Refused
from dialer.store import (
    agents,
    lead_pages,
    lead_places,
    leads,
    prospect_edits,
    solo,
)
from dialer.store.lead_pages import Wanted
from dialer.store.lead_places import LeadState
from dialer.store.people import User


@pytest.fixture
def campaign(floor: Floor) -> int:
    return hands.campaign(floor)


def ring(floor: Floor, lead_id: int) -> None:
    with floor.db.transaction() as connection:
        lead_places.begin_ringing(connection, floor.organisation.id, lead_id, now())


# -- moved by hand ---------------------------------------------------------------------------------------


def test_a_lead_that_waits_is_withdrawn_and_one_that_rings_is_asked_to_be(
    floor: Floor, campaign: int, max_: User
) -> None:
    waiting, ringing = (hands.lead(floor, campaign).lead_id for _ in range(2))
    ring(floor, ringing)
    for lead_id in (waiting, ringing, waiting, ringing):
        leads.withdraw(floor.tenant, max_.id, floor.organisation.id, lead_id, now())
    assert hands.the(floor, waiting).state == "withdrawn"
    assert (
        hands.the(floor, ringing).state == "ringing"
        and hands.the(floor, ringing).withdraw_asked_at is not None
    )
    assert len(floor.audited("lead.withdraw")) == 2


def test_an_exception_is_rung_for_again_once(floor: Floor, campaign: int, max_: User) -> None:
    lead_id = hands.lead(floor, campaign).lead_id
    hands.make_exception(floor, lead_id)
    assert hands.the(floor, lead_id).why == "Nobody who was rung pressed 1."
    for _ in range(2):
        leads.ring_again(floor.tenant, max_.id, floor.organisation.id, lead_id, now())
    assert (hands.the(floor, lead_id).state, hands.the(floor, lead_id).reason) == ("waiting", None)
    assert len(floor.audited("lead.ring_again")) == 1


def test_a_lead_is_assigned_by_hand_with_an_application(
    floor: Floor, campaign: int, max_: User, ana: User, abe: User
) -> None:
    lead_id = hands.lead(floor, campaign).lead_id
    hands.make_exception(floor, lead_id)
    made = leads.assign(floor.tenant, max_.id, floor.organisation.id, lead_id, ana.id, now())
    found = hands.the(floor, lead_id)
    assert (found.state, found.user_name, found.application_id) == ("taken", "Ana", made)
    for refused in (
        lambda: leads.assign(floor.tenant, max_.id, floor.organisation.id, lead_id, abe.id, now()),
        lambda: leads.withdraw(floor.tenant, max_.id, floor.organisation.id, lead_id, now()),
        lambda: leads.ring_again(floor.tenant, max_.id, floor.organisation.id, lead_id, now()),
    ):
        with pytest.raises(Refused, match="Ana has this lead already"):
            refused()


def test_a_lead_that_rings_is_assigned_by_hand_too(
    floor: Floor, campaign: int, max_: User, ana: User
) -> None:
    lead_id = hands.lead(floor, campaign).lead_id
    ring(floor, lead_id)
    made = leads.assign(floor.tenant, max_.id, floor.organisation.id, lead_id, ana.id, now())
    assert (hands.the(floor, lead_id).user_name, hands.the(floor, lead_id).application_id) == ("Ana", made)


def test_nobody_gets_a_lead_that_is_withdrawn_about_to_be_or_anothers(
    floor: Floor, campaign: int, max_: User, ana: User, db: Database
) -> None:
    ringing, withdrawn = (hands.lead(floor, campaign).lead_id for _ in range(2))
    ring(floor, ringing)
    for lead_id in (ringing, withdrawn):
        leads.withdraw(floor.tenant, max_.id, floor.organisation.id, lead_id, now())
        with pytest.raises(Refused, match="was withdrawn"):
            leads.assign(floor.tenant, max_.id, floor.organisation.id, lead_id, ana.id, now())
    nord = Floor(db, "Nord")
    theirs = hands.lead(nord, hands.campaign(nord)).lead_id
    with pytest.raises(NotFound):
        leads.assign(floor.tenant, max_.id, floor.organisation.id, theirs, ana.id, now())
    with pytest.raises(NotFound):
        leads.assign(floor.tenant, max_.id, floor.organisation.id, ringing, nord.hire("Nils").id, now())
    with db.transaction() as connection:
        assert connection.execute("SELECT count(*) AS n FROM application").fetchall() == [{"n": 0}]


def test_who_is_no_manager_moves_no_lead(floor: Floor, campaign: int, max_: User, ana: User) -> None:
    lead_id = hands.lead(floor, campaign).lead_id
    for moved in (
        lambda: leads.assign(floor.tenant, ana.id, floor.organisation.id, lead_id, ana.id, now()),
        lambda: leads.withdraw(floor.tenant, ana.id, floor.organisation.id, lead_id, now()),
        lambda: leads.ring_again(floor.tenant, ana.id, floor.organisation.id, lead_id, now()),
    ):
        with pytest.raises(NotFound):
            moved()
    assert hands.the(floor, lead_id).state == "waiting"


# -- calling one's own -----------------------------------------------------------------------------------


def test_an_agent_calls_a_lead_of_their_own_in_a_session_on_their_leads(
    floor: Floor, campaign: int, max_: User, ana: User, abe: User
) -> None:
    mine, other = (hands.lead(floor, campaign) for _ in range(2))
    leads.assign(floor.tenant, max_.id, floor.organisation.id, mine.lead_id, ana.id, now())
    leads.assign(floor.tenant, max_.id, floor.organisation.id, other.lead_id, abe.id, now())
    with pytest.raises(NotFound):
        leads.call_own(floor.tenant, ana.id, other.lead_id, now())
    leads.call_own(floor.tenant, ana.id, mine.lead_id, now())
    floor.connect_phones()
    assert [record.prospect_id for record in solo.records(floor.tenant, ana.id)] == [mine.prospect_id]
    (leg_id,) = floor.answer_desks()
    agent = agents.agent_of(floor.tenant, ana.id)
    assert agent.attempt_id is not None
    floor.hang_up(leg_id, 17)
    found = lead_pages.own(floor.tenant, floor.organisation.id, ana.id)
    assert [(lead.id, lead.last_outcome) for lead in found] == [(mine.lead_id, "busy")]
    solo.ask_call(floor.tenant, ana.id, other.prospect_id, now())
    assert floor.answer_desks() == [], "a lead of somebody else's is theirs"
    leads.call_own(floor.tenant, ana.id, mine.lead_id, now())
    assert len(floor.answer_desks()) == 1, "when to try again is for its agent to say"


# -- seen ------------------------------------------------------------------------------------------------


def test_leads_are_shown_newest_first_by_place_campaign_and_words(floor: Floor, campaign: int) -> None:
    another = hands.campaign(floor, "Mail")
    bo = hands.lead(floor, campaign, "Bo").lead_id
    cy = hands.lead(floor, another, "Cy_100%", phone="+12145559876").lead_id
    hands.make_exception(floor, bo, "no_one_eligible")

    def shown(**wanted: Any) -> list[int]:
        return [lead.id for lead in lead_pages.page(floor.tenant, floor.organisation.id, Wanted(**wanted))]

    assert shown() == [cy, bo]
    assert shown(states=[LeadState.EXCEPTION]) == [bo]
    assert shown(campaign_id=another) == [cy]
    assert shown(words="bo PROS") == [bo]
    assert shown(words="_100%") == [cy]
    assert shown(words="555-98 76") == [cy]
    assert shown(words=f"#{bo}") == [bo]
    assert shown(words="²") == [], "a figure for letters, none for numbers"
    assert shown(words="bo555@example.org") == [], "the figures of an e-mail are no number"
    assert lead_pages.counts(floor.tenant, floor.organisation.id) == {
        LeadState.EXCEPTION: 1,
        LeadState.WAITING: 1,
    }
    first = lead_pages.page(floor.tenant, floor.organisation.id, Wanted(), limit=1)
    older = lead_pages.page(floor.tenant, floor.organisation.id, Wanted(), before_id=first[0].id)
    assert [lead.id for lead in older] == [bo]


def test_a_lead_is_found_by_what_it_is_called_now(floor: Floor, campaign: int) -> None:
    posted = hands.lead(floor, campaign, "Bo", texts={"email": "bo@example.org"})

    def shown(words: str) -> list[int]:
        found = lead_pages.page(floor.tenant, floor.organisation.id, Wanted(words=words))
        return [lead.id for lead in found]

    assert shown("bo@exa") == shown("example.org") == [posted.lead_id]
    with floor.db.transaction() as connection:
        edits = {"first_name": "Åke", "email": ""}
        prospect_edits.apply(connection, floor.organisation.id, posted.prospect_id, edits)
    assert (shown("ÅK"), shown("bo"), shown("example.org")) == ([posted.lead_id], [], [])


def test_a_leads_rings_say_who_was_rung_and_how_it_ended(
    floor: Floor, campaign: int, ana: User, abe: User
) -> None:
    lead_id = hands.lead(floor, campaign).lead_id
    hands.ring(floor, lead_id, [(ana.id, "won"), (abe.id, "no_answer")], "taken")
    (ring,) = hands.the(floor, lead_id).rings
    assert (ring.outcome, ring.winner_name) == ("taken", "Ana")
    assert [(leg.user_name, leg.outcome) for leg in ring.legs] == [("Ana", "won"), ("Abe", "no_answer")]
    assert ring.legs[0].rang_for == timedelta(seconds=7)
