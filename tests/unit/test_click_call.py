"""The click call's table, event by event: Ana (stay connected) or Abe (rung for each call) calls Bo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dialer import agents
from dialer.agents import PhoneMode
from dialer.calls import commands as do
from dialer.calls import events as on
from dialer.calls.call import Call, CallState, Mode, Outcome
from dialer.calls.click import RULES, launch, step
from dialer.calls.commands import Command, Effect, MoveAgent, ReserveAgent
from dialer.calls.events import Event, Seat

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
BO, STRANGER = UUID(int=1), UUID(int=2)
ANA = Seat(7, PhoneMode.STAY_CONNECTED, UUID(int=10), UUID(int=11), "PJSIP/107", "")
ABE = Seat(8, PhoneMode.RING_EACH_CALL, UUID(int=20), UUID(int=21), "PJSIP/108", "+12125550100")
CALL_BO = do.Originate(BO, "PJSIP/+12145550001@trunk", "+12125550199", 25)
BOTH = pytest.mark.parametrize("seat", [ANA, ABE], ids=["Ana", "Abe"])

Wishes = list[Command | Effect]


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def launched(seat: Seat) -> tuple[Call, Wishes]:
    return launch(BO, seat, CALL_BO.endpoint, CALL_BO.caller_id, 25, True, "sound:im-sorry", AT)


def run(call: Call, *events: Event) -> tuple[Call, Wishes]:
    """The call after all events, and what the last one wanted done."""
    wanted: Wishes = []
    for event in events:
        call, wanted = step(call, event)
    return call, wanted


def dialing(seat: Seat = ANA) -> Call:
    call = launched(seat)[0]
    return call if seat is ANA else run(call, on.LegAnswered(AT, ABE.leg_id))[0]


def bridging(seat: Seat = ANA) -> Call:
    return run(dialing(seat), on.LegAnswered(later(4), BO))[0]


def talking(seat: Seat = ANA) -> Call:
    return run(bridging(seat), on.LegJoined(later(4), BO, seat.bridge_id))[0]


def moves(wanted: Wishes) -> list[type[agents.AgentEvent]]:
    return [type(wish.event) for wish in wanted if isinstance(wish, MoveAgent)]


def test_ana_hears_it_ring_in_her_bridge_while_bo_is_called() -> None:
    call, wanted = launched(ANA)
    assert (call.mode, call.state, call.seat) == (Mode.CLICK, CallState.DIALING, ANA)
    assert call.due_at is not None
    assert call.due_at > later(25)
    assert wanted == [do.StopMusic(ANA.bridge_id), CALL_BO, do.StartRinging(ANA.bridge_id, BO)]


def test_abes_phone_is_rung_first_and_bo_is_called_when_it_is_up() -> None:
    call, wanted = launched(ABE)
    assert call.state is CallState.RINGING_AGENT
    assert wanted == [do.Originate(ABE.leg_id, ABE.endpoint, ABE.caller_id, 15, auto_answer=True)]
    call, wanted = run(call, on.LegAnswered(later(1), ABE.leg_id))
    assert call.state is CallState.DIALING
    assert wanted == [
        do.CreateBridge(ABE.bridge_id),
        do.Join(ABE.bridge_id, ABE.leg_id),
        CALL_BO,
        do.StartRinging(ABE.bridge_id, BO),
    ]


def test_bo_is_not_called_when_abes_phone_does_not_answer() -> None:
    call, _ = launched(ABE)
    assert call.due_at is not None
    for event in (
        on.LegGone(later(15), ABE.leg_id, 19),
        on.OriginateRefused(AT, ABE.leg_id),
        on.TimerDue(call.due_at, call.due_at),
    ):
        ended, wanted = run(call, event)
        assert (ended.state, ended.outcome) == (CallState.ENDED, Outcome.NOT_CALLED)
        assert moves(wanted) == [agents.PhoneUnanswered]
        assert CALL_BO not in wanted


def test_abe_may_give_up_before_his_phone_is_up() -> None:
    ended, wanted = run(launched(ABE)[0], on.HangUpAsked(later(1)))
    assert ended.outcome is Outcome.NOT_CALLED
    assert wanted == [do.HangUp(ABE.leg_id), MoveAgent(8, agents.Released(later(1)))]


@BOTH
def test_who_answers_is_joined_at_once_and_recorded(seat: Seat) -> None:
    call, wanted = run(dialing(seat), on.LegAnswered(later(4), BO))
    assert (call.state, call.answered_at, call.recording_id) == (CallState.BRIDGING, later(4), BO)
    assert wanted == [
        do.Join(seat.bridge_id, BO),
        do.StopRinging(seat.bridge_id, BO),
        do.StartRecording(seat.bridge_id, BO),
    ]
    call, wanted = run(call, on.LegJoined(later(4), BO, seat.bridge_id))
    assert call.state is CallState.TALKING
    assert moves(wanted) == [agents.Bridged]


@BOTH
@pytest.mark.parametrize(
    ("cause", "outcome"), [(17, Outcome.BUSY), (18, Outcome.NO_ANSWER), (1, Outcome.INVALID)]
)
def test_who_does_not_answer_sets_the_agent_free(seat: Seat, cause: int, outcome: Outcome) -> None:
    call, wanted = run(dialing(seat), on.LegGone(later(9), BO, cause))
    assert (call.state, call.outcome, call.seat) == (CallState.ENDED, outcome, seat)
    assert do.StopRinging(seat.bridge_id, BO) in wanted
    assert moves(wanted) == [agents.Released]
    back = do.StartMusic(ANA.bridge_id) if seat is ANA else do.HangUp(ABE.leg_id)
    assert back in wanted


def test_a_call_that_asterisk_refuses_has_failed() -> None:
    call, wanted = run(dialing(), on.OriginateRefused(AT, BO))
    assert call.outcome is Outcome.FAILED
    assert moves(wanted) == [agents.Released]


def test_hanging_up_while_it_rings_cancels_the_call() -> None:
    call, wanted = run(dialing(), on.HangUpAsked(later(3)))
    assert wanted == [do.HangUp(BO)]
    call, wanted = run(call, on.LegGone(later(3), BO, 16))
    assert (call.state, call.outcome) == (CallState.ENDED, Outcome.CANCELLED)
    assert moves(wanted) == [agents.Released]


def test_who_answers_a_cancelled_call_all_the_same_hears_the_message_and_is_a_drop() -> None:
    call, wanted = run(dialing(), on.HangUpAsked(later(3)), on.LegAnswered(later(3), BO))
    assert (call.state, call.outcome, call.seat) == (CallState.DROPPING, Outcome.DROPPED, None)
    assert wanted[0] == do.PlayMessage(BO, "sound:im-sorry")
    assert moves(wanted) == [agents.Released]


@BOTH
def test_an_agent_lost_while_it_rings_ends_the_ringing(seat: Seat) -> None:
    call, wanted = run(dialing(seat), on.LegGone(later(3), seat.leg_id, 38))
    assert (call.state, call.seat, call.outcome) == (CallState.DIALING, None, Outcome.CANCELLED)
    assert do.HangUp(BO) in wanted
    assert moves(wanted) == [agents.PhoneGone]
    ended, wanted = run(call, on.LegGone(later(3), BO, 16))
    assert (ended.state, ended.outcome, wanted) == (CallState.ENDED, Outcome.CANCELLED, [])
    dropped, wanted = run(call, on.LegAnswered(later(3), BO))
    assert (dropped.state, wanted) == (CallState.DROPPING, [do.PlayMessage(BO, "sound:im-sorry")])


def test_abe_gives_up_by_hanging_up_his_phone() -> None:
    _, wanted = run(dialing(ABE), on.LegGone(later(3), ABE.leg_id, 16))
    assert do.HangUp(BO) in wanted
    assert moves(wanted) == [agents.Released]


@BOTH
def test_an_agent_lost_on_the_call_leaves_the_message_to_bo(seat: Seat) -> None:
    for call in (bridging(seat), talking(seat)):
        dropped, wanted = run(call, on.LegGone(later(9), seat.leg_id, 38))
        assert (dropped.state, dropped.outcome, dropped.seat) == (CallState.DROPPING, Outcome.DROPPED, None)
        assert do.PlayMessage(BO, "sound:im-sorry") in wanted
        assert do.Leave(seat.bridge_id, BO) in wanted, "a message is lost in a bridge that goes"
        assert ReserveAgent() not in wanted, "nobody else dials this list"
        assert moves(wanted) == [agents.PhoneGone]


def test_a_bridge_that_does_not_take_bo_leaves_the_message_to_him() -> None:
    call = bridging()
    assert call.due_at is not None
    for event in (
        on.JoinFailed(later(4), BO, ANA.bridge_id, bridge_gone=True),
        on.TimerDue(call.due_at, call.due_at),
    ):
        dropped, wanted = run(call, event)
        assert dropped.state is CallState.DROPPING
        assert do.PlayMessage(BO, "sound:im-sorry") in wanted
        assert moves(wanted) == [agents.PhoneGone]


def test_a_conversation_ends_in_wrap_up_as_any_other() -> None:
    call, wanted = run(talking(), on.LegGone(later(60), BO, 16))
    assert (call.state, call.outcome) == (CallState.WRAP_UP, Outcome.CONNECTED)
    assert moves(wanted) == [agents.CallEnded]
    assert run(call, on.ResultSaved(later(70)))[0].state is CallState.ENDED


def test_a_message_that_began_without_the_records_sets_the_agent_free() -> None:
    call, wanted = run(dialing(), on.MessageStarted(later(6), later(4)))
    assert (call.state, call.answered_at) == (CallState.DROPPING, later(4))
    assert moves(wanted) == [agents.Released]
    assert not any(isinstance(wish, do.PlayMessage) for wish in wanted), "it plays already"


def test_a_dialer_that_is_back_joins_again_and_ends_the_ringing() -> None:
    _, wanted = run(bridging(), on.Adopted(later(5)))
    assert do.Join(ANA.bridge_id, BO) in wanted
    assert do.StopRinging(ANA.bridge_id, BO) in wanted


def test_nobody_waits_for_an_agent() -> None:
    assert CallState.ANSWERED not in {state for state, _ in RULES}


def test_bo_is_off_hold_before_he_hears_the_message() -> None:
    call, _ = run(talking(), on.HoldAsked(later(5), ANA.user_id))
    dropped, wanted = run(call, on.LegGone(later(9), ANA.leg_id, 38))
    out = do.Leave(ANA.bridge_id, BO)
    assert wanted[:3] == [do.Unhold(BO), out, do.PlayMessage(BO, "sound:im-sorry")]
    assert not dropped.on_hold
