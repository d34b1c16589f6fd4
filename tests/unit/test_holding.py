"""Bo on hold: what Hold and Resume call do to a conversation, and what ends it meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dialer import agents
from dialer.agents import PhoneMode
from dialer.calls import commands as do
from dialer.calls import events as on
from dialer.calls.commands import Command, Effect, MoveAgent, ReserveAgent
from dialer.calls.events import Event, Seat
from dialer.calls.power import RULES, Call, CallState, launch, step

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
LATER = AT + timedelta(seconds=30)
BO, RECORDING = UUID(int=1), UUID(int=3)
ANA = Seat(7, PhoneMode.STAY_CONNECTED, UUID(int=10), UUID(int=11), "PJSIP/107", "")
ABE = Seat(8, PhoneMode.RING_EACH_CALL, UUID(int=20), UUID(int=21), "PJSIP/108", "")


def run(call: Call, *events: Event) -> tuple[Call, list[Command | Effect]]:
    """The call after all events, and what the last one wanted done."""
    wanted: list[Command | Effect] = []
    for event in events:
        call, wanted = step(call, event)
    return call, wanted


def talking(seat: Seat = ANA) -> Call:
    call, _ = run(
        launch(BO, 25, True, "sound:im-sorry", AT),
        on.LegAnswered(AT, BO),
        on.AgentReserved(AT, seat, RECORDING),
    )
    if seat is ABE:
        call, _ = step(call, on.LegAnswered(AT, ABE.leg_id))
    return step(call, on.LegJoined(AT, BO, seat.bridge_id))[0]


def on_hold(seat: Seat = ANA) -> Call:
    return step(talking(seat), on.HoldAsked(AT, seat.user_id))[0]


def moves(wanted: list[Command | Effect]) -> list[type[agents.AgentEvent]]:
    return [type(wish.event) for wish in wanted if isinstance(wish, MoveAgent)]


@pytest.mark.parametrize("seat", [ANA, ABE], ids=["ana", "abe"])
def test_hold_changes_nothing_but_what_is_heard(seat: Seat) -> None:
    before = talking(seat)
    held, wanted = step(before, on.HoldAsked(LATER, seat.user_id))
    assert wanted == [do.Hold(BO), MoveAgent(seat.user_id, agents.Held(LATER))]
    back, wanted = step(held, on.UnholdAsked(LATER, seat.user_id))
    assert wanted == [do.Unhold(BO), MoveAgent(seat.user_id, agents.Unheld(LATER))]
    assert (held.state, held.on_hold, back) == (CallState.TALKING, True, before)


def test_pressing_a_button_twice_does_nothing_twice() -> None:
    assert step(on_hold(), on.HoldAsked(LATER, ANA.user_id)) == (on_hold(), [])
    assert step(talking(), on.UnholdAsked(LATER, ANA.user_id)) == (talking(), [])


def test_what_somebody_else_asked_before_the_call_was_anas_is_not_done_to_her() -> None:
    assert step(talking(), on.HoldAsked(LATER, ABE.user_id)) == (talking(), [])
    assert step(on_hold(), on.UnholdAsked(LATER, ABE.user_id)) == (on_hold(), [])


@pytest.mark.parametrize("state", sorted({state for state, _ in RULES}, key=str))
def test_a_press_that_comes_too_early_or_too_late_is_no_defect(state: CallState) -> None:
    assert {(state, on.HoldAsked), (state, on.UnholdAsked)} <= RULES.keys()


def test_a_hold_asked_in_the_instant_that_bo_hangs_up_does_nothing() -> None:
    over, _ = step(talking(), on.LegGone(LATER, BO, 16))
    assert step(over, on.HoldAsked(LATER, ANA.user_id)) == (over, [])


def test_bo_hanging_up_on_hold_is_a_conversation_like_any_other() -> None:
    assert step(on_hold(), on.LegGone(LATER, BO, 16)) == step(talking(), on.LegGone(LATER, BO, 16))


def test_hang_up_works_on_hold() -> None:
    assert step(on_hold(), on.HangUpAsked(LATER))[1] == [do.HangUp(BO)]


def test_abe_ends_a_call_on_hold_by_hanging_up_his_phone() -> None:
    over, wanted = step(on_hold(ABE), on.LegGone(LATER, ABE.leg_id, 16))
    assert (over.state, over.on_hold) == (CallState.WRAP_UP, False)
    assert moves(wanted) == [agents.CallEnded]


@pytest.mark.parametrize(
    ("seat", "event"),
    [
        (ANA, on.LegGone(LATER, ANA.leg_id, 0)),
        (ABE, on.LegGone(LATER, ABE.leg_id, 38)),
        (ABE, on.JoinFailed(LATER, ABE.leg_id, ABE.bridge_id, bridge_gone=False)),
    ],
    ids=["ana's phone", "abe's phone", "abe's leg"],
)
def test_bo_is_off_hold_before_the_next_agent_is_asked_for(seat: Seat, event: Event) -> None:
    passed_on, wanted = step(on_hold(seat), event)
    assert (passed_on.state, passed_on.on_hold) == (CallState.ANSWERED, False)
    assert (wanted[0], wanted[-1]) == (do.Unhold(BO), ReserveAgent())
    assert moves(wanted) == [agents.PhoneGone]


def test_the_message_is_heard_by_whom_was_on_hold() -> None:
    dropping, wanted = step(on_hold(), on.MessageStarted(LATER, AT))
    assert (dropping.state, dropping.on_hold) == (CallState.DROPPING, False)
    assert wanted[0] == do.Unhold(BO)


def test_a_dialer_that_comes_back_leaves_bo_on_hold() -> None:
    assert step(on_hold(), on.Adopted(LATER)) == (on_hold(), [])
