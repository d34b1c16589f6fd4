"""The power call's table, event by event: Bo is dialed, answers, and meets Ana or Abe."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dialer import agents
from dialer.agents import PhoneMode
from dialer.calls import commands as do
from dialer.calls import events as on
from dialer.calls.commands import Command, Effect, MoveAgent, ReserveAgent
from dialer.calls.events import Event, Seat
from dialer.calls.power import DROP_AFTER, RULES, VANISHED, Call, CallState, Outcome, launch, step
from dialer.errors import IllegalTransition

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
BO, STRANGER, RECORDING = UUID(int=1), UUID(int=2), UUID(int=3)
ANA = Seat(7, PhoneMode.STAY_CONNECTED, UUID(int=10), UUID(int=11), "PJSIP/107", "")
ABE = Seat(8, PhoneMode.RING_EACH_CALL, UUID(int=20), UUID(int=21), "PJSIP/108", "+12125550100")


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def dialing(record: bool = True) -> Call:
    return launch(BO, 25, record, "sound:im-sorry", AT)


def run(call: Call, *events: Event) -> tuple[Call, list[Command | Effect]]:
    """The call after all events, and what the last one wanted done."""
    wanted: list[Command | Effect] = []
    for event in events:
        call, wanted = step(call, event)
    return call, wanted


def answered() -> Call:
    return run(dialing(), on.LegAnswered(AT, BO))[0]


def ringing_abe() -> Call:
    return run(answered(), on.AgentReserved(AT, ABE, RECORDING))[0]


def bridging(seat: Seat = ANA) -> Call:
    call = run(answered(), on.AgentReserved(AT, seat, RECORDING))[0]
    return call if seat is ANA else run(call, on.LegAnswered(AT, seat.leg_id))[0]


def talking(seat: Seat = ANA) -> Call:
    return run(bridging(seat), on.LegJoined(AT, BO, seat.bridge_id))[0]


def dropping() -> Call:
    return run(answered(), on.TimerDue(later(2), later(2)))[0]


def wrap_up() -> Call:
    return run(talking(), on.LegGone(later(60), BO, 16))[0]


def ended() -> Call:
    return run(dialing(), on.LegGone(later(9), BO, 17))[0]


IN_STATE = {
    CallState.DIALING: dialing,
    CallState.ANSWERED: answered,
    CallState.RINGING_AGENT: ringing_abe,
    CallState.BRIDGING: bridging,
    CallState.TALKING: talking,
    CallState.DROPPING: dropping,
    CallState.WRAP_UP: wrap_up,
    CallState.ENDED: ended,
}


def moves(wanted: list[Command | Effect]) -> list[tuple[int, type[agents.AgentEvent]]]:
    return [(wish.user_id, type(wish.event)) for wish in wanted if isinstance(wish, MoveAgent)]


# -- dialing and answering -------------------------------------------------------------------------


def test_a_call_that_nobody_answers_is_hung_up_after_the_ring_time() -> None:
    call = dialing()
    assert call.due_at is not None
    assert call.due_at > later(25)
    rang_out, wanted = run(call, on.TimerDue(call.due_at, call.due_at))
    assert wanted == [do.HangUp(BO)]
    assert rang_out.due_at is not None
    assert rang_out.due_at > call.due_at


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (17, Outcome.BUSY),
        (18, Outcome.NO_ANSWER),
        (19, Outcome.NO_ANSWER),
        (16, Outcome.NO_ANSWER),
        (0, Outcome.NO_ANSWER),
        (1, Outcome.INVALID),
        (28, Outcome.INVALID),
        (21, Outcome.REJECTED),
        (34, Outcome.CONGESTED),
        (42, Outcome.CONGESTED),
        (58, Outcome.FAILED),
        (VANISHED, Outcome.LOST),
    ],
)
def test_how_a_call_ended_follows_from_its_cause(cause: int, outcome: Outcome) -> None:
    call, wanted = run(dialing(), on.LegGone(later(9), BO, cause))
    assert (call.state, call.outcome, call.ended_at) == (CallState.ENDED, outcome, later(9))
    assert call.due_at is None
    assert wanted == []


def test_a_call_that_asterisk_refuses_has_failed() -> None:
    call, _ = run(dialing(), on.OriginateRefused(AT, BO))
    assert (call.state, call.outcome) == (CallState.ENDED, Outcome.FAILED)


def test_an_answer_asks_for_an_agent_and_sets_the_two_seconds() -> None:
    call, wanted = run(dialing(), on.LegAnswered(later(4), BO))
    assert (call.state, call.answered_at, call.due_at) == (CallState.ANSWERED, later(4), later(6))
    assert wanted == [ReserveAgent()]


def test_a_stranger_who_answers_is_hung_up_and_the_call_goes_on() -> None:
    call, wanted = run(dialing(), on.LegAnswered(AT, STRANGER))
    assert call.state is CallState.DIALING
    assert wanted == [do.HangUp(STRANGER)]


def test_nobody_ready_means_waiting_and_a_freed_agent_means_asking_again() -> None:
    call, wanted = run(answered(), on.NoAgentReady(AT))
    assert (call.state, wanted) == (CallState.ANSWERED, [])
    assert run(call, on.AgentFreed(later(1)))[1] == [ReserveAgent()]


def test_after_two_seconds_without_an_agent_bo_hears_the_message_and_counts_as_a_drop() -> None:
    call, wanted = run(answered(), on.TimerDue(later(2), later(2)))
    assert (call.state, call.outcome) == (CallState.DROPPING, Outcome.DROPPED)
    assert wanted == [do.PlayMessage(BO, "sound:im-sorry")]
    hung_up, wanted = run(call, on.MessageEnded(later(6), BO))
    assert wanted == [do.HangUp(BO)]
    assert run(hung_up, on.LegGone(later(6), BO, 16))[0].outcome is Outcome.DROPPED


def test_a_message_that_never_ends_does_not_keep_the_line() -> None:
    call = dropping()
    assert call.due_at is not None
    call, wanted = run(call, on.TimerDue(call.due_at, call.due_at))
    assert wanted == [do.HangUp(BO)]
    assert call.due_at is not None


def test_bo_hanging_up_while_waiting_is_no_drop() -> None:
    call, wanted = run(answered(), on.LegGone(later(1), BO, 16))
    assert (call.state, call.outcome, wanted) == (CallState.ENDED, Outcome.HUNG_UP, [])


# -- a stay-connected agent --------------------------------------------------------------------------


def test_handing_over_joins_stops_the_music_and_records() -> None:
    call, wanted = run(answered(), on.AgentReserved(AT, ANA, RECORDING))
    assert call.state is CallState.BRIDGING
    assert wanted == [
        do.Join(ANA.bridge_id, BO),
        do.StopMusic(ANA.bridge_id),
        do.StartRecording(ANA.bridge_id, RECORDING),
    ]


def test_who_does_not_record_is_not_recorded() -> None:
    call, wanted = run(dialing(record=False), on.LegAnswered(AT, BO), on.AgentReserved(AT, ANA, RECORDING))
    assert call.recording_id is None
    assert not any(isinstance(wish, do.StartRecording) for wish in wanted)


def test_bo_in_the_bridge_is_talking() -> None:
    call, wanted = run(bridging(), on.LegJoined(later(0.02), BO, ANA.bridge_id))
    assert (call.state, call.bridged_at, call.due_at) == (CallState.TALKING, later(0.02), None)
    assert wanted == [MoveAgent(ANA.user_id, agents.Bridged(later(0.02)))]


def test_news_of_another_bridge_is_not_ours() -> None:
    call, wanted = run(bridging(), on.LegJoined(AT, BO, UUID(int=99)))
    assert (call.state, wanted) == (CallState.BRIDGING, [])


def test_after_bo_hangs_up_ana_has_music_again_and_a_result_to_save() -> None:
    call, wanted = run(talking(), on.LegGone(later(60), BO, 16))
    assert (call.state, call.outcome, call.ended_at) == (CallState.WRAP_UP, Outcome.CONNECTED, later(60))
    assert call.seat == ANA, "who talked stays on record"
    assert wanted == [
        do.StopRecording(RECORDING),
        do.StartMusic(ANA.bridge_id),
        MoveAgent(ANA.user_id, agents.CallEnded(later(60))),
    ]
    assert run(call, on.ResultSaved(later(70)))[0].state is CallState.ENDED


def test_bo_hanging_up_while_the_bridge_is_made_gives_ana_back() -> None:
    call, wanted = run(bridging(), on.LegGone(AT, BO, 16))
    assert (call.state, call.outcome, call.seat) == (CallState.ENDED, Outcome.HUNG_UP, None)
    assert moves(wanted) == [(ANA.user_id, agents.Released)]
    assert do.StartMusic(ANA.bridge_id) in wanted
    assert do.StopRecording(RECORDING) in wanted


@pytest.mark.parametrize("call", [bridging(), talking()])
def test_when_anas_phone_dies_bo_goes_to_the_next_agent(call: Call) -> None:
    passed_on, wanted = run(call, on.LegGone(later(1), ANA.leg_id, 16))
    assert (passed_on.state, passed_on.seat) == (CallState.ANSWERED, None)
    assert moves(wanted) == [(ANA.user_id, agents.PhoneGone)]
    assert wanted[-1] == ReserveAgent()
    assert passed_on.due_at is not None


def test_the_two_seconds_are_counted_from_the_answer_until_bo_was_with_somebody() -> None:
    call, _ = run(bridging(), on.LegGone(later(1.5), ANA.leg_id, 16))
    assert call.due_at == AT + DROP_AFTER
    call, _ = run(talking(), on.LegGone(later(90), ANA.leg_id, 16))
    assert call.due_at == later(90) + DROP_AFTER


def test_a_bridge_that_is_gone_takes_its_agent_out_and_hangs_up_the_phone_in_it() -> None:
    call, wanted = run(bridging(), on.JoinFailed(AT, BO, ANA.bridge_id, bridge_gone=True))
    assert call.state is CallState.ANSWERED
    assert moves(wanted) == [(ANA.user_id, agents.PhoneGone)]
    assert do.HangUp(ANA.leg_id) in wanted
    assert wanted[-1] == ReserveAgent()


def test_a_leg_that_will_not_go_in_is_hung_up_and_its_end_tells() -> None:
    call, wanted = run(bridging(), on.JoinFailed(AT, BO, ANA.bridge_id, bridge_gone=False))
    assert call.state is CallState.BRIDGING
    assert wanted == [do.HangUp(BO)]


def test_no_word_of_the_bridge_in_time_passes_bo_on() -> None:
    call = bridging()
    assert call.due_at is not None
    passed_on, wanted = run(call, on.TimerDue(call.due_at, call.due_at))
    assert passed_on.state is CallState.ANSWERED
    assert do.HangUp(ANA.leg_id) in wanted
    assert do.DestroyBridge(ANA.bridge_id) in wanted


def test_hang_up_cuts_the_prospects_line() -> None:
    call, wanted = run(talking(), on.HangUpAsked(AT))
    assert (call.state, wanted) == (CallState.TALKING, [do.HangUp(BO)])


# -- an agent whose phone is rung for each call ---------------------------------------------------------


def test_abes_phone_is_rung_within_the_same_two_seconds() -> None:
    call, wanted = run(answered(), on.AgentReserved(later(0.5), ABE, RECORDING))
    assert (call.state, call.due_at) == (CallState.RINGING_AGENT, later(2))
    assert wanted == [do.Originate(ABE.leg_id, "PJSIP/108", "+12125550100", 15, auto_answer=True)]


def test_abe_picking_up_is_bridged_with_bo() -> None:
    call, wanted = run(ringing_abe(), on.LegAnswered(later(1), ABE.leg_id))
    assert call.state is CallState.BRIDGING
    assert wanted[:3] == [
        do.CreateBridge(ABE.bridge_id),
        do.Join(ABE.bridge_id, ABE.leg_id),
        do.Join(ABE.bridge_id, BO),
    ]
    assert isinstance(wanted[3], do.StartRecording)


@pytest.mark.parametrize(
    "event", [on.LegGone(AT, ABE.leg_id, 17), on.OriginateRefused(AT, ABE.leg_id)], ids=["busy", "refused"]
)
def test_abe_not_picking_up_passes_bo_on(event: Event) -> None:
    call, wanted = run(ringing_abe(), event)
    assert (call.state, call.due_at) == (CallState.ANSWERED, AT + DROP_AFTER)
    assert moves(wanted) == [(ABE.user_id, agents.PhoneUnanswered)]
    assert wanted[-1] == ReserveAgent()


def test_abes_phone_stops_ringing_when_bo_hangs_up() -> None:
    call, wanted = run(ringing_abe(), on.LegGone(AT, BO, 16))
    assert call.state is CallState.ENDED
    assert wanted == [do.HangUp(ABE.leg_id), MoveAgent(ABE.user_id, agents.Released(AT))]


def test_bo_is_dropped_when_abe_lets_it_ring() -> None:
    call, wanted = run(ringing_abe(), on.TimerDue(later(2), later(2)))
    assert call.state is CallState.DROPPING
    assert do.PlayMessage(BO, "sound:im-sorry") in wanted
    assert do.HangUp(ABE.leg_id) in wanted
    assert moves(wanted) == [(ABE.user_id, agents.PhoneUnanswered)]


def test_abe_ends_the_call_by_hanging_up_his_phone() -> None:
    call, wanted = run(talking(ABE), on.LegGone(later(60), ABE.leg_id, 16))
    assert (call.state, call.outcome) == (CallState.WRAP_UP, Outcome.CONNECTED)
    assert do.HangUp(BO) in wanted
    assert moves(wanted) == [(ABE.user_id, agents.CallEnded)]


def test_abes_phone_breaking_down_passes_bo_on() -> None:
    call, wanted = run(talking(ABE), on.LegGone(later(60), ABE.leg_id, 38))
    assert call.state is CallState.ANSWERED
    assert moves(wanted) == [(ABE.user_id, agents.PhoneGone)]


def test_bo_does_not_talk_to_an_empty_bridge_when_abes_own_leg_did_not_get_in() -> None:
    call, wanted = run(talking(ABE), on.JoinFailed(AT, ABE.leg_id, ABE.bridge_id, bridge_gone=False))
    assert call.state is CallState.ANSWERED
    assert moves(wanted) == [(ABE.user_id, agents.PhoneGone)]
    assert do.HangUp(ABE.leg_id) in wanted
    assert wanted[-1] == ReserveAgent()


# -- the table ------------------------------------------------------------------------------------------

ALWAYS = [
    on.LegAnswered(AT, STRANGER),
    on.LegAnswered(AT, BO),
    on.LegGone(AT, STRANGER, 16),
    on.LegJoined(AT, STRANGER, UUID(int=99)),
    on.LegJoined(AT, BO, UUID(int=99)),
    on.AgentFreed(AT),
    on.HangUpAsked(AT),
    on.TimerDue(AT, AT),
]
AFTER_AN_AGENT = [
    on.JoinFailed(AT, BO, UUID(int=99), bridge_gone=True),
    on.OriginateRefused(AT, UUID(int=99)),
]


@pytest.mark.parametrize("state", sorted({state for state, _ in RULES}, key=str))
@pytest.mark.parametrize("event", ALWAYS, ids=lambda event: type(event).__name__)
def test_what_the_line_may_say_at_any_time_has_a_rule(state: CallState, event: Event) -> None:
    step(IN_STATE[state](), event)


@pytest.mark.parametrize("state", [each for each in IN_STATE if each is not CallState.DIALING])
@pytest.mark.parametrize("event", AFTER_AN_AGENT, ids=lambda event: type(event).__name__)
def test_late_news_of_an_agent_has_a_rule_in_every_later_state(state: CallState, event: Event) -> None:
    step(IN_STATE[state](), event)


@pytest.mark.parametrize("state", [each for each in IN_STATE if each is not CallState.ANSWERED])
def test_an_agent_is_only_ever_given_to_an_answered_call(state: CallState) -> None:
    with pytest.raises(IllegalTransition):
        step(IN_STATE[state](), on.AgentReserved(AT, ANA, RECORDING))


@pytest.mark.parametrize(
    "state", [each for each in IN_STATE if each not in {CallState.WRAP_UP, CallState.ENDED}]
)
def test_a_result_is_only_saved_when_the_line_is_closed(state: CallState) -> None:
    with pytest.raises(IllegalTransition):
        step(IN_STATE[state](), on.ResultSaved(AT))


@pytest.mark.parametrize("state", [CallState.WRAP_UP, CallState.ENDED])
def test_a_call_that_is_over_asks_for_nothing_but_the_end_of_a_stray_leg(state: CallState) -> None:
    call = IN_STATE[state]()
    for event in [
        *ALWAYS,
        *AFTER_AN_AGENT,
        on.MessageEnded(AT, BO),
        on.LegGone(AT, BO, 16),
        on.NoAgentReady(AT),
    ]:
        after, wanted = step(call, event)
        assert after == call
        assert wanted == ([do.HangUp(event.leg_id)] if isinstance(event, on.LegAnswered) else [])


def test_every_rule_belongs_to_a_state_and_an_event_of_ours() -> None:
    assert {state for state, _ in RULES} == set(CallState) - {CallState.TELLING}
    assert all(issubclass(kind, Event) for _, kind in RULES)


def test_a_double_event_changes_nothing_more() -> None:
    for call, event in [
        (answered(), on.LegAnswered(later(1), BO)),
        (talking(), on.LegJoined(later(1), BO, ANA.bridge_id)),
        (wrap_up(), on.LegGone(later(61), BO, 16)),
        (replace(ended()), on.LegGone(later(10), BO, 17)),
    ]:
        assert step(call, event) == (call, [])
