"""Rings on record: who is rung, who gets the lead, and where it is when nobody does (RING-1 to RING-4)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from dialing_floor import NODE, OTHER_NODE, Floor

from dialer.calls.commands import HangUp, Originate, Prompt, StopMusic
from dialer.calls.events import Event, KeyPressed, LegAnswered, LegGone, TimerDue, WithdrawAsked
from dialer.calls.ring import RingState
from dialer.db import Database
from dialer.errors import Refused
from dialer.store import calls, launching, leads, rings, sessions

TRUNK = "trunk"


class Site:
    """A campaign that rings everybody of a floor, and leads that come to it."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        (made,) = floor.rows(
            """
            WITH leads AS (
                INSERT INTO list (organisation_id, name, kind, calling_from, calling_until, max_attempts)
                VALUES (%(o)s, 'Website', 'campaign', '00:00', '00:01', 9) RETURNING id
            ), everybody AS (
                INSERT INTO distribution_group (organisation_id, name) VALUES (%(o)s, 'Everybody') RETURNING id
            )
            INSERT INTO campaign (organisation_id, name, list_id, group_id)
            SELECT %(o)s, 'Website', leads.id, everybody.id FROM leads, everybody RETURNING id, list_id
            """
        )
        self.campaign_id, self.list_id = made["id"], made["list_id"]
        floor.do(
            "UPDATE list SET calling_from = '09:00', calling_until = '17:00' WHERE id = %(l)s", l=self.list_id
        )
        self._serial = 0

    def sign_in(self, name: str) -> int:
        """Somebody with a phone and a page of the panel, and no session."""
        user_id = self.floor.hire(name)
        self.floor.do("UPDATE app_user SET seen_at = %(now)s WHERE id = %(u)s", now=self.floor.now, u=user_id)
        return user_id

    def post(self) -> int:
        """A lead comes in."""
        self._serial += 1
        (row,) = self.floor.rows(
            """
            WITH bo AS (
                INSERT INTO prospect (organisation_id, list_id, position, first_name, time_zone)
                VALUES (%(o)s, %(l)s, %(n)s, 'Bo', 'America/Chicago') RETURNING id
            ), number AS (
                INSERT INTO phone (organisation_id, prospect_id, number)
                SELECT %(o)s, id, '+1214555' || lpad((900 + %(n)s)::text, 4, '0') FROM bo
            )
            INSERT INTO lead (organisation_id, prospect_id, campaign_id, received_at, changed_at)
            SELECT %(o)s, id, %(c)s, %(now)s, %(now)s FROM bo RETURNING id
            """,
            l=self.list_id,
            c=self.campaign_id,
            n=self._serial,
            now=self.floor.now,
        )
        return int(row["id"])

    def begin(self, lead_id: int, node: str = NODE) -> rings.Begun | None:
        floor = self.floor
        return rings.begin(floor.db, floor.organisation_id, lead_id, node, floor.now, floor.now)

    def ring(self, lead_id: int | None = None) -> rings.Begun:
        begun = self.begin(self.post() if lead_id is None else lead_id)
        assert begun is not None
        return begun

    def tell(self, begun: rings.Begun, event: Event) -> rings.Handled:
        handled = rings.on_event(self.floor.db, begun.ring.key, event, TRUNK)
        assert handled is not None
        return handled

    def answer(self, begun: rings.Begun, user_id: int) -> rings.Handled:
        return self.tell(begun, LegAnswered(self.floor.now, leg_of(begun, user_id)))

    def press(self, begun: rings.Begun, user_id: int) -> rings.Handled:
        return self.tell(begun, KeyPressed(self.floor.now, leg_of(begun, user_id), "1"))

    def ask_to_withdraw(self, lead_id: int) -> None:
        self.floor.do(
            "UPDATE lead SET withdraw_asked_at = %(now)s WHERE id = %(id)s", now=self.floor.now, id=lead_id
        )

    def lead(self, lead_id: int) -> dict[str, Any]:
        (row,) = self.floor.rows("SELECT * FROM lead WHERE id = %(id)s", id=lead_id)
        return row


def leg_of(begun: rings.Begun, user_id: int) -> UUID:
    return next(leg.leg_id for leg in begun.ring.legs if leg.user_id == user_id)


@pytest.fixture
def floor(db: Database) -> Floor:
    return Floor(db)


@pytest.fixture
def site(floor: Floor) -> Iterator[Site]:
    site = Site(floor)
    yield site
    assert floor.value(
        "SELECT count(*) FROM lead WHERE organisation_id = %(o)s AND state = 'taken'"
    ) == floor.value("SELECT count(*) FROM application WHERE organisation_id = %(o)s")


def test_everybody_who_is_signed_in_or_ready_is_rung(site: Site) -> None:
    ana, abe = site.sign_in("Ana"), site.floor.at_work("Abe")
    begun = site.ring()
    assert {leg.user_id for leg in begun.ring.legs} == {ana, abe}
    assert [type(command) for command in begun.commands] == [Originate, StopMusic, Prompt]
    assert site.floor.agent(abe).ring_id is not None


def test_at_most_ten_are_rung_and_the_others_come_first_the_next_time(site: Site) -> None:
    users = [site.sign_in(f"Ana {n}") for n in range(13)]
    first = site.ring()
    for leg in first.ring.legs:
        site.tell(first, LegGone(site.floor.now, leg.leg_id, 21))
    site.floor.pass_time(seconds=1)
    second = site.ring()
    rung = [{leg.user_id for leg in begun.ring.legs} for begun in (first, second)]
    assert [len(each) for each in rung] == [10, 10]
    assert set(users) - rung[0] <= rung[1]


def test_with_nobody_to_ring_it_is_an_exception(site: Site) -> None:
    lead_id = site.post()
    assert site.begin(lead_id) is None
    assert (site.lead(lead_id)["state"], site.lead(lead_id)["reason"]) == ("exception", "no_one_eligible")


def test_a_lead_waits_for_those_who_are_rung_for_another_and_not_for_ever(site: Site) -> None:
    ana = site.sign_in("Ana")
    site.ring()
    second = site.post()
    assert site.begin(second) is None
    assert site.lead(second)["state"] == "waiting"
    site.floor.pass_time(seconds=61)
    site.floor.do("UPDATE app_user SET seen_at = %(now)s WHERE id = %(u)s", now=site.floor.now, u=ana)
    assert site.begin(second) is None
    assert site.lead(second)["state"] == "exception"


def test_a_lead_that_is_rung_for_again_waits_anew_for_those_who_are_rung(site: Site) -> None:
    lead_id = site.post()
    assert site.begin(lead_id) is None
    site.floor.pass_time(seconds=600)
    site.sign_in("Ana")
    site.ring()
    leads.ring_again(site.floor.db, site.floor.max_id, site.floor.organisation_id, lead_id, site.floor.now)
    assert site.begin(lead_id) is None
    assert site.lead(lead_id)["state"] == "waiting"


def test_leads_that_wait_for_phones_keep_no_other_campaigns_from_being_rung_for(
    site: Site, db: Database
) -> None:
    for _ in range(rings.MOST_AT_ONCE + 1):
        site.post()
    other = Site(Floor(db, "Other"))
    late = (other.floor.organisation_id, other.post())
    found = rings.waiting(db)
    assert late in found
    assert len(found) == rings.MOST_AT_ONCE + 1, "of each campaign the oldest"


def test_a_lead_is_left_to_the_node_on_which_somebody_is_at_work(site: Site) -> None:
    site.floor.at_work("Ana")
    lead_id = site.post()
    assert site.begin(lead_id, OTHER_NODE) is None
    assert site.lead(lead_id)["state"] == "waiting"
    assert site.begin(lead_id) is not None


def test_a_lead_outside_its_hours_is_an_exception_with_the_rule(site: Site) -> None:
    site.floor.pass_time(hours=8)
    site.sign_in("Ana")
    lead_id = site.post()
    assert site.begin(lead_id) is None
    assert site.lead(lead_id)["reason"] == "calling_hours"


def test_a_campaign_that_is_switched_off_rings_nobody(site: Site) -> None:
    site.sign_in("Ana")
    site.floor.do("UPDATE campaign SET active = false WHERE organisation_id = %(o)s")
    lead_id = site.post()
    assert site.begin(lead_id) is None
    assert site.lead(lead_id)["reason"] == "campaign_off"


def test_the_application_the_call_and_the_session_come_with_the_press_of_1(site: Site) -> None:
    ana, abe = site.sign_in("Ana"), site.sign_in("Abe")
    lead_id = site.post()
    begun = site.ring(lead_id)
    for user_id in (ana, abe):
        site.answer(begun, user_id)
    assert site.floor.value("SELECT count(*) FROM application WHERE organisation_id = %(o)s") == 0
    handled = site.press(begun, ana)
    assert handled.winner is not None
    assert site.lead(lead_id)["user_id"] == ana
    (application,) = site.floor.rows("SELECT * FROM application WHERE organisation_id = %(o)s")
    assert (application["user_id"], application["lead_id"]) == (ana, lead_id)
    call = handled.winner.handled.call
    assert call.seat is not None
    assert call.seat.leg_id == leg_of(begun, ana)
    assert (
        site.floor.value("SELECT kind FROM session WHERE organisation_id = %(o)s AND ended_at IS NULL")
        == "leads"
    )
    assert site.floor.agent(ana).attempt_id == handled.winner.handled.attempt_id
    again = site.press(begun, abe)
    assert again.winner is None
    assert again.ring.winner_id == ana


def test_two_presses_at_once_have_one_winner(site: Site) -> None:
    users = [site.sign_in(name) for name in ("Ana", "Abe", "Ida")]
    lead_id = site.post()
    begun = site.ring(lead_id)
    for user_id in users:
        site.answer(begun, user_id)
    start = threading.Barrier(len(users))
    won: list[int] = []

    def press(user_id: int) -> None:
        start.wait()
        if site.press(begun, user_id).winner is not None:
            won.append(user_id)

    hands = [threading.Thread(target=press, args=(user_id,)) for user_id in users]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert won == [site.lead(lead_id)["user_id"]]


def test_a_lead_that_was_assigned_meanwhile_is_not_given_again(site: Site) -> None:
    ana = site.sign_in("Ana")
    lead_id = site.post()
    begun = site.ring(lead_id)
    site.answer(begun, ana)
    site.floor.do("UPDATE lead SET state = 'withdrawn' WHERE id = %(id)s", id=lead_id)
    handled = site.press(begun, ana)
    assert handled.winner is None
    assert handled.ring.state is RingState.CLOSING


def test_two_dialers_ring_a_lead_once_and_nobody_for_two(site: Site) -> None:
    for n in range(4):
        site.sign_in(f"Ana {n}")
    lead_ids = [site.post() for _ in range(4)]
    start = threading.Barrier(8)
    begun: list[rings.Begun] = []

    def look(lead_id: int) -> None:
        start.wait()
        if (made := site.begin(lead_id)) is not None:
            begun.append(made)

    looks = [threading.Thread(target=look, args=(lead_id,)) for lead_id in lead_ids * 2]
    for each in looks:
        each.start()
    for each in looks:
        each.join()
    rung = [leg.user_id for each in begun for leg in each.ring.legs]
    assert len(rung) == len(set(rung)), "nobody is rung for two"
    assert len(begun) == len({each.ring.key for each in begun})


def test_a_withdrawal_stops_the_ring_and_the_lead_is_nobodys(site: Site) -> None:
    ana = site.sign_in("Ana")
    lead_id = site.post()
    begun = site.ring(lead_id)
    site.ask_to_withdraw(lead_id)
    assert rings.withdrawals(site.floor.db, NODE) == [begun.ring.key]
    handled = site.tell(begun, WithdrawAsked(site.floor.now))
    assert handled.commands == [HangUp(leg_of(begun, ana))]
    assert site.lead(lead_id)["state"] == "withdrawn"
    assert rings.withdrawals(site.floor.db, NODE) == []


def test_who_presses_1_after_a_withdrawal_gets_no_lead(site: Site) -> None:
    ana = site.sign_in("Ana")
    lead_id = site.post()
    begun = site.ring(lead_id)
    site.answer(begun, ana)
    site.ask_to_withdraw(lead_id)
    assert site.press(begun, ana).winner is None
    assert site.lead(lead_id)["state"] == "withdrawn"
    assert rings.withdrawals(site.floor.db, NODE) == []


def test_a_lead_that_is_to_be_withdrawn_is_not_rung_for_again_after_a_fault(site: Site) -> None:
    site.sign_in("Ana")
    lead_id = site.post()
    begun = site.ring(lead_id)
    site.ask_to_withdraw(lead_id)
    site.tell(begun, LegGone(site.floor.now, begun.ring.legs[0].leg_id, -1))
    assert (site.lead(lead_id)["state"], site.lead(lead_id)["withdraw_asked_at"]) == ("withdrawn", None)


def test_a_lead_that_is_given_to_somebody_by_hand_stops_ringing(site: Site) -> None:
    ana, abe = site.sign_in("Ana"), site.sign_in("Abe")
    lead_id = site.post()
    begun = site.ring(lead_id)
    site.answer(begun, ana)
    leads.assign(site.floor.db, site.floor.max_id, site.floor.organisation_id, lead_id, abe, site.floor.now)
    assert rings.withdrawals(site.floor.db, NODE) == [begun.ring.key]
    assert launching.look(site.floor.db, NODE, site.floor.now).withdrawals
    handled = site.tell(begun, WithdrawAsked(site.floor.now))
    assert handled.ring.state is RingState.CLOSING
    assert (site.lead(lead_id)["state"], site.lead(lead_id)["user_id"]) == ("taken", abe)
    assert rings.withdrawals(site.floor.db, NODE) == []


def test_a_ring_whose_legs_all_vanished_is_made_again_and_then_given_up(site: Site) -> None:
    site.sign_in("Ana")
    lead_id = site.post()
    for tries in range(3):
        begun = site.ring(lead_id)
        site.tell(begun, LegGone(site.floor.now, begun.ring.legs[0].leg_id, -1))
        assert site.lead(lead_id)["state"] == ("waiting" if tries < 2 else "exception")
    assert site.lead(lead_id)["reason"] == "lost"


def test_a_deadline_that_was_moved_changes_nothing(site: Site) -> None:
    ana = site.sign_in("Ana")
    site.sign_in("Abe")
    begun = site.ring()
    site.answer(begun, ana)
    due_at = begun.ring.due_at
    assert due_at is not None
    site.tell(begun, TimerDue(due_at, due_at))
    again = site.tell(begun, TimerDue(due_at, due_at))
    assert again.ring == again.before
    assert rings.due(site.floor.db, NODE, due_at + timedelta(minutes=1))[0][0] == begun.ring.key


def test_nobody_starts_a_session_while_their_phone_rings(site: Site) -> None:
    ana = site.sign_in("Ana")
    site.floor.assign(ana)
    site.ring()
    with pytest.raises(Refused, match="rings for a lead"):
        sessions.start_session(site.floor.tenant, ana, site.floor.list_id, site.floor.now)


def test_a_standing_phone_that_ends_while_rung_is_told_to_its_ring_first(site: Site) -> None:
    ana = site.floor.at_work("Ana")
    begun = site.ring()
    leg_id = leg_of(begun, ana)
    with pytest.raises(calls.Rung) as rung:
        calls.phone_gone(site.floor.db, leg_id, 16, site.floor.now)
    assert rung.value.key == begun.ring.key
    site.tell(begun, LegGone(site.floor.now, leg_id, 16))
    assert calls.phone_gone(site.floor.db, leg_id, 16, site.floor.now) is None
    assert site.floor.agent(ana).state.value == "phone_lost"
