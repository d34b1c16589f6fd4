"""The ring-all machine, rule by rule, and in any order of events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer import agents
from dialer.calls import commands as do
from dialer.calls import events as on
from dialer.calls import ring_all
from dialer.calls.call import VANISHED
from dialer.calls.ring import LegOutcome, LegState, Ring, RingOutcome, RingState, RungLeg
from dialer.errors import IllegalTransition

AT = datetime(2026, 3, 2, 18, tzinfo=UTC)
ANA, ABE, IDA = 1, 2, 3
KEY = UUID(int=99)


def leg_id(user_id: int) -> UUID:
    return UUID(int=user_id)


def place(user_id: int, *, standing: bool = False, in_session: bool = False) -> RungLeg:
    return RungLeg(
        user_id=user_id,
        leg_id=leg_id(user_id),
        bridge_id=UUID(int=100 + user_id),
        standing=standing,
        in_session=in_session or standing,
        prompt="press",
        taken="taken",
        gone="gone",
        state=LegState.LISTENING if standing else LegState.RINGING,
        started_at=AT,
    )


def ring_of(*legs: RungLeg) -> Ring:
    ring, _ = ring_all.begin(
        Ring(RingState.RINGING, KEY, 15, legs or (place(ANA), place(ABE)), AT),
        {leg.user_id: f"PJSIP/{leg.user_id}" for leg in legs or (place(ANA), place(ABE))},
        "+15550000000",
        20,
    )
    return ring


def run(ring: Ring, *happened: on.Event, lead_is_free: bool = True) -> tuple[Ring, list[Any]]:
    """The ring after these events, and all that was wanted; the database's answers included."""
    wanted: list[Any] = []
    for event in happened:
        ring, wishes = ring_all.step(ring, event)
        while wishes:
            wish = wishes.pop(0)
            wanted.append(wish)
            if isinstance(wish, do.TakeLead):
                answer = on.LeadTaken(event.at) if lead_is_free else on.LeadGone(event.at)
                lead_is_free = False
                ring, more = ring_all.step(ring, answer)
                wishes = more + wishes
    return ring, wanted


def answered(user_id: int) -> on.LegAnswered:
    return on.LegAnswered(AT, leg_id(user_id))


def pressed(user_id: int, digit: str = "1") -> on.KeyPressed:
    return on.KeyPressed(AT, leg_id(user_id), digit)


def gone(user_id: int, cause: int = 16) -> on.LegGone:
    return on.LegGone(AT, leg_id(user_id), cause)


def outcomes(ring: Ring) -> list[LegOutcome | None]:
    return [leg.outcome for leg in ring.legs]


def test_all_phones_ring_in_one_burst_with_the_organisations_number() -> None:
    legs = (place(ANA), place(ABE))
    _, wishes = ring_all.begin(
        Ring(RingState.RINGING, KEY, 15, legs, AT), {ANA: "PJSIP/1", ABE: "PJSIP/2"}, "+15550000000", 20
    )
    assert wishes == [
        do.Originate(leg_id(ANA), "PJSIP/1", "+15550000000", 20),
        do.Originate(leg_id(ABE), "PJSIP/2", "+15550000000", 20),
    ]


def test_a_phone_that_is_connected_hears_the_prompt_without_ringing() -> None:
    leg = place(ANA, standing=True)
    _, wishes = ring_all.begin(Ring(RingState.RINGING, KEY, 15, (leg,), AT), {ANA: "PJSIP/1"}, "", 20)
    assert wishes == [do.StopMusic(leg.bridge_id), do.Prompt(leg.leg_id, "press")]


def test_who_picks_up_hears_the_prompt_again_and_again() -> None:
    ring, wanted = run(
        ring_of(), answered(ANA), on.PromptEnded(AT, leg_id(ANA)), on.PromptEnded(AT, leg_id(ANA))
    )
    assert wanted == [do.Prompt(leg_id(ANA), "press")] * 3
    assert ring.state is RingState.RINGING


def test_a_key_before_picking_up_and_any_other_key_mean_nothing() -> None:
    ring = ring_of()
    assert run(ring, pressed(ANA)) == (ring, [])
    _, wanted = run(ring, answered(ANA), pressed(ANA, "2"), pressed(ANA, "#"))
    assert wanted == [do.Prompt(leg_id(ANA), "press")]


def test_the_first_1_wins_the_others_stop_ringing_or_hear_that_it_was_taken() -> None:
    ring = ring_of(place(ANA), place(ABE), place(IDA))
    ring, wanted = run(ring, answered(ANA), answered(ABE), pressed(ABE))
    assert ring.winner_id == ABE
    assert ring.outcome is RingOutcome.TAKEN
    assert outcomes(ring) == [LegOutcome.TOO_LATE, LegOutcome.WON, LegOutcome.STOPPED]
    assert do.TakeLead(ABE, leg_id(ABE)) in wanted
    assert do.StopPrompt(leg_id(ANA)) in wanted
    assert do.PlayMessage(leg_id(ANA), "taken") in wanted
    assert do.HangUp(leg_id(IDA)) in wanted
    assert do.HangUp(leg_id(ABE)) not in wanted, "the winner's leg is the call's now"
    assert do.StopPrompt(leg_id(ABE)) in wanted


def test_a_second_1_loses() -> None:
    ring, wanted = run(ring_of(), answered(ANA), answered(ABE), pressed(ABE), pressed(ANA))
    assert ring.winner_id == ABE
    assert sum(isinstance(wish, do.TakeLead) for wish in wanted) == 1


def test_a_loser_who_was_told_is_hung_up_on_and_the_ring_is_over() -> None:
    ring, _ = run(ring_of(), answered(ANA), answered(ABE), pressed(ABE))
    ring, wanted = run(ring, on.PromptEnded(AT, leg_id(ANA)), on.MessageEnded(AT, leg_id(ANA)))
    assert wanted == [do.HangUp(leg_id(ANA))]
    ring, _ = run(ring, gone(ANA))
    assert ring.state is RingState.OVER


def test_a_loser_whose_phone_stays_connected_waits_with_music_again() -> None:
    standing = place(ANA, standing=True)
    ring, _ = run(ring_of(standing, place(ABE)), answered(ABE), pressed(ABE))
    ring, wanted = run(ring, on.MessageEnded(AT, leg_id(ANA)))
    assert wanted == [do.StartMusic(standing.bridge_id), do.MoveAgent(ANA, agents.Released(AT))]
    assert ring.state is RingState.OVER


def test_a_lead_that_is_gone_at_the_press_of_1_is_nobodys() -> None:
    ring, wanted = run(ring_of(), answered(ANA), pressed(ANA), lead_is_free=False)
    assert ring.winner_id is None
    assert ring.outcome is RingOutcome.WITHDRAWN
    assert outcomes(ring) == [LegOutcome.WITHDRAWN] * 2
    assert do.PlayMessage(leg_id(ANA), "gone") in wanted


def test_a_lead_that_may_not_be_called_stays_the_winners_who_hears_so() -> None:
    ring, _ = run(ring_of(), answered(ANA))
    ring, _ = ring_all.step(ring, pressed(ANA))
    ring, wishes = ring_all.step(ring, on.LeadTaken(AT, "not now"))
    assert ring.winner_id == ANA
    assert do.PlayMessage(leg_id(ANA), "not now") in wishes
    ring, wanted = run(ring, on.MessageEnded(AT, leg_id(ANA)))
    assert wanted == [do.HangUp(leg_id(ANA))]


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (17, LegOutcome.BUSY),
        (21, LegOutcome.REJECTED),
        (19, LegOutcome.NO_ANSWER),
        (0, LegOutcome.NO_ANSWER),
        (20, LegOutcome.NOT_REACHABLE),
    ],
)
def test_what_came_of_a_phone_is_told_by_its_cause(cause: int, outcome: LegOutcome) -> None:
    ring, _ = run(ring_of(), gone(ANA, cause))
    assert outcomes(ring) == [outcome, None]
    assert ring.state is RingState.RINGING


def test_all_rejecting_is_nobody_took_it() -> None:
    ring, wanted = run(ring_of(), gone(ANA, 21), gone(ABE, 21))
    assert ring.state is RingState.OVER
    assert ring.outcome is RingOutcome.NOBODY_TOOK
    assert wanted == [do.LetLeadGo(RingOutcome.NOBODY_TOOK)]


def test_phones_that_are_not_there_do_not_ring() -> None:
    ring, _ = run(ring_of(), on.OriginateRefused(AT, leg_id(ANA)), on.OriginateRefused(AT, leg_id(ABE)))
    assert outcomes(ring) == [LegOutcome.NOT_REACHABLE] * 2
    assert ring.outcome is RingOutcome.NOBODY_TOOK


def test_all_legs_vanished_is_a_fault_and_not_nobody() -> None:
    ring, wanted = run(ring_of(), gone(ANA, VANISHED), gone(ABE, VANISHED))
    assert ring.outcome is RingOutcome.LOST
    assert wanted == [do.LetLeadGo(RingOutcome.LOST)]


def test_the_time_is_up_first_for_phones_that_ring_then_for_those_who_did_not_press() -> None:
    ring, _ = run(ring_of(), answered(ANA))
    assert ring.due_at is not None
    ring, wanted = run(ring, on.TimerDue(ring.due_at, ring.due_at))
    assert wanted == [do.HangUp(leg_id(ABE))]
    assert ring.state is RingState.RINGING
    ring, _ = run(ring, gone(ABE))
    assert outcomes(ring) == [None, LegOutcome.NO_ANSWER]
    assert ring.due_at is not None
    ring, wanted = run(ring, on.TimerDue(ring.due_at, ring.due_at))
    assert ring.outcome is RingOutcome.NOBODY_TOOK
    assert outcomes(ring) == [LegOutcome.DID_NOT_PRESS, LegOutcome.NO_ANSWER]
    assert do.LetLeadGo(RingOutcome.NOBODY_TOOK) in wanted
    assert do.PlayMessage(leg_id(ANA), "gone") in wanted, "nobody took it: that it was taken would be untrue"


def test_who_picks_up_last_has_the_whole_time_to_press() -> None:
    ring, _ = run(ring_of(), gone(ABE, 21))
    at = AT + timedelta(seconds=19)
    ring, _ = run(ring, on.LegAnswered(at, leg_id(ANA)))
    assert ring.due_at == at + timedelta(seconds=15)


def test_who_listens_has_the_whole_time_to_press_from_when_the_last_phone_stops_ringing() -> None:
    ring, _ = run(ring_of(), answered(ANA))
    assert ring.due_at == AT + timedelta(seconds=20) + ring_all.RING_GRACE
    at = AT + timedelta(seconds=20)  # Asterisk ends the ringing by itself, before the ring's own deadline
    after, _ = run(ring, on.LegGone(at, leg_id(ABE), 19))
    assert after.due_at == at + timedelta(seconds=15)
    after, _ = run(ring, on.OriginateRefused(at, leg_id(ABE)))
    assert after.due_at == at + timedelta(seconds=15)


def test_who_listens_gets_no_more_time_by_others_hanging_up() -> None:
    ring, _ = run(ring_of(), answered(ANA), answered(ABE))
    later = on.LegGone(AT + timedelta(seconds=9), leg_id(ABE), 16)
    assert run(ring, later)[0].due_at == ring.due_at


def test_a_lead_that_is_withdrawn_stops_every_phone() -> None:
    ring, wanted = run(ring_of(), answered(ANA), on.WithdrawAsked(AT))
    assert ring.outcome is RingOutcome.WITHDRAWN
    assert wanted[1:] == [
        do.LetLeadGo(RingOutcome.WITHDRAWN),
        do.StopPrompt(leg_id(ANA)),
        do.PlayMessage(leg_id(ANA), "gone"),
        do.HangUp(leg_id(ABE)),
    ]


def test_a_lead_that_is_gone_when_1_is_pressed_is_let_go() -> None:
    ring, wanted = run(ring_of(), answered(ANA), pressed(ANA), lead_is_free=False)
    assert ring.outcome is RingOutcome.WITHDRAWN
    assert do.LetLeadGo(RingOutcome.WITHDRAWN) in wanted


def test_a_phone_picked_up_while_it_is_told_to_stop_is_hung_up_on() -> None:
    ring, _ = run(ring_of(), answered(ANA), pressed(ANA))
    _, wanted = run(ring, answered(ABE))
    assert wanted == [do.HangUp(leg_id(ABE))]


@pytest.mark.parametrize("taken_meanwhile", [False, True])
def test_a_phone_that_was_given_up_and_is_picked_up_all_the_same_hears_no_silence(
    taken_meanwhile: bool,
) -> None:
    ring, _ = run(ring_of(), on.OriginateRefused(AT, leg_id(ABE)), answered(ANA))
    if taken_meanwhile:
        ring, _ = run(ring, pressed(ANA))
        assert ring.state is RingState.OVER
    _, wanted = run(ring, answered(ABE))
    assert wanted == [do.HangUp(leg_id(ABE))]


def test_the_winners_phone_is_not_hung_up_on_when_its_answer_comes_twice() -> None:
    ring, _ = run(ring_of(), answered(ANA), pressed(ANA))
    assert run(ring, answered(ANA)) == (ring, [])
    ring, _ = run(ring, gone(ABE))
    assert ring.state is RingState.OVER
    assert run(ring, answered(ANA)) == (ring, [])


def test_an_agent_in_a_session_is_free_again_when_their_leg_is_gone() -> None:
    ring, _ = run(ring_of(place(ANA, in_session=True), place(ABE)))
    _, wanted = run(ring, gone(ANA, 21))
    assert wanted == [do.MoveAgent(ANA, agents.Released(AT))]


def test_a_standing_phone_that_is_lost_is_lost_for_its_session_too() -> None:
    _, wanted = run(ring_of(place(ANA, standing=True), place(ABE)), gone(ANA))
    assert wanted == [do.MoveAgent(ANA, agents.PhoneGone(AT))]


def test_legs_of_which_nothing_is_heard_are_hung_up_on_again() -> None:
    ring, _ = run(ring_of(), answered(ANA), pressed(ANA))
    assert ring.due_at is not None
    later, wanted = run(ring, on.TimerDue(ring.due_at, ring.due_at))
    assert wanted == [do.HangUp(leg_id(ABE))]
    assert later.due_at is not None
    assert later.due_at > ring.due_at


def test_after_a_restart_who_listens_hears_the_prompt_again() -> None:
    ring, _ = run(ring_of(), answered(ANA))
    _, wanted = run(ring, on.Adopted(AT))
    assert wanted == [do.StopPrompt(leg_id(ANA)), do.Prompt(leg_id(ANA), "press")]


def test_an_event_that_no_rule_knows_is_a_defect() -> None:
    with pytest.raises(IllegalTransition):
        ring_all.step(ring_of(), on.ResultSaved(AT))


# -- in any order --------------------------------------------------------------------------------------

USERS = (ANA, ABE, IDA)
HAPPENS = st.one_of(
    st.sampled_from(USERS).map(answered),
    st.tuples(st.sampled_from(USERS), st.sampled_from("12")).map(lambda each: pressed(*each)),
    st.tuples(st.sampled_from(USERS), st.sampled_from([16, 17, 21, VANISHED])).map(lambda each: gone(*each)),
    st.sampled_from(USERS).map(lambda user: on.OriginateRefused(AT, leg_id(user))),
    st.sampled_from(USERS).map(lambda user: on.PromptEnded(AT, leg_id(user))),
    st.sampled_from(USERS).map(lambda user: on.MessageEnded(AT, leg_id(user))),
    st.just(on.WithdrawAsked(AT)),
    st.just(on.Adopted(AT)),
    st.just(on.TimerDue(AT, AT)),
)
STANDING = st.lists(st.booleans(), min_size=3, max_size=3)


@given(STANDING, st.lists(HAPPENS, max_size=30))
def test_in_any_order_one_wins_at_most_and_nobody_is_left_ringing(
    standing: list[bool], happened: list[on.Event]
) -> None:
    places = [place(user, standing=stays) for user, stays in zip(USERS, standing, strict=True)]
    ring = ring_of(*places)
    wanted: list[Any] = []
    alive = {leg.leg_id for leg in places}
    free = True
    for event in happened:
        if isinstance(event, on.LegEvent):
            if event.leg_id not in alive:
                continue  # nothing is heard of a leg that is no more
            if isinstance(event, on.LegGone | on.OriginateRefused):
                alive.discard(event.leg_id)
        before = ring
        ring, more = run(ring, event, lead_is_free=free)
        free = free and not any(isinstance(wish, do.TakeLead) for wish in more)
        wanted += more
        assert {leg.leg_id for leg in ring.legs} == {leg.leg_id for leg in before.legs}
        assert not (before.state is not RingState.RINGING and ring.state is RingState.RINGING)
        assert before.winner_id in (None, ring.winner_id), "a winner stays the winner"
    assert sum(isinstance(wish, do.TakeLead) for wish in wanted) <= 1
    assert sum(isinstance(wish, do.LetLeadGo) for wish in wanted) <= 1
    assert (ring.winner_id is not None) == (ring.outcome is RingOutcome.TAKEN)
    # What is left is told to go; when it has gone, everything is over.
    if ring.state is RingState.RINGING:
        ring, more = run(ring, on.WithdrawAsked(AT), lead_is_free=free)
        wanted += more
    for leg in ring.legs:
        if leg.state is LegState.RELEASED:
            told = do.HangUp(leg.leg_id) in wanted or any(
                isinstance(wish, do.PlayMessage) and wish.leg_id == leg.leg_id for wish in wanted
            )
            assert told, f"{leg} was told to go"
            last = on.MessageEnded(AT, leg.leg_id) if leg.standing else gone(leg.user_id)
            ring, more = run(ring, last)
            wanted += more
    assert ring.state is RingState.OVER
    for leg in ring.legs:
        freed = [wish for wish in wanted if isinstance(wish, do.MoveAgent) and wish.user_id == leg.user_id]
        expected = 1 if leg.in_session and leg.outcome is not LegOutcome.WON else 0
        assert len(freed) == expected, (leg, freed)


def test_the_winner_of_a_ring_is_moved_by_the_call_and_not_by_the_ring() -> None:
    ring = ring_of(place(ANA, in_session=True), place(ABE))
    ring, wanted = run(ring, answered(ANA), pressed(ANA))
    assert not any(isinstance(wish, do.MoveAgent) for wish in wanted)
    assert replace(ring.legs[0], pressed_at=None).outcome is LegOutcome.WON


def test_everybody_standing_has_the_time_to_press_and_no_more() -> None:
    ring = ring_of(place(ANA, standing=True))
    assert ring.due_at == AT + timedelta(seconds=15)
