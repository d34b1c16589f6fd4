"""Rings on record: who gets the lead, and where it is when nobody does (RING-3, RING-4)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from dialing_floor import NODE
from lead_site import Site, leg_of

from dialer.calls.commands import HangUp
from dialer.calls.events import LegGone, TimerDue, WithdrawAsked
from dialer.calls.ring import RingState
from dialer.store import (
    calls,
    launching,
    leads,
    rings,
    users,
)


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


def test_a_press_of_1_by_somebody_whose_account_was_closed_meanwhile_takes_no_lead(site: Site) -> None:
    ana, abe = site.sign_in("Ana"), site.sign_in("Abe")
    lead_id = site.post()
    begun = site.ring(lead_id)
    site.answer(begun, ana)
    site.answer(begun, abe)
    users.set_active(site.floor.tenant, ana, False, site.floor.now, by=site.floor.max_id)
    handled = site.press(begun, ana)
    assert (handled.winner, handled.ring.state) == (None, RingState.RINGING)
    assert site.lead(lead_id)["state"] == "ringing"
    winner = site.press(begun, abe).winner
    assert winner is not None and winner.user_id == abe


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
