"""Hold and Resume call on record: asked for by Ana, taken up once by the dialer."""

from __future__ import annotations

from dialing_floor import NODE, OTHER_NODE, Floor

from dialer.agents import PhoneMode
from dialer.calls.commands import Command, Hold, Join, Unhold
from dialer.store import calls, dispositions, holds, launching


def press(floor: Floor, user_id: int, leg_id: object, *, hold: bool) -> None:
    found = floor.rows("SELECT id FROM attempt WHERE leg_id = %(leg)s", leg=leg_id)
    holds.ask(floor.tenant, user_id, found[0]["id"], hold=hold)


def look(floor: Floor) -> list[Command]:
    """The dialer looks, and does what was asked; its commands."""
    sent: list[Command] = []
    for leg_id, event in holds.take(floor.db, NODE, floor.now):
        sent += floor.tell(leg_id, event)
    return sent


def test_ana_puts_bo_on_hold_and_takes_him_back(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    before = floor.attempt(leg_id)
    press(floor, ana, leg_id, hold=True)
    assert launching.look(floor.db, NODE, floor.now).holds
    assert look(floor) == [Hold(leg_id)]
    assert (floor.state(ana), floor.attempt(leg_id)["on_hold"]) == ("on_hold", True)
    window = dispositions.open_call(floor.tenant, ana)
    assert window is not None
    assert window.on_hold
    press(floor, ana, leg_id, hold=False)
    assert look(floor) == [Unhold(leg_id)]
    assert floor.state(ana) == "on_call"
    changed = {key for key, value in floor.attempt(leg_id).items() if value != before[key]}
    assert changed <= {"pending"}, "nothing of the conversation is counted anew"


def test_each_change_is_in_the_history_with_its_time(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    for hold in (True, False):
        floor.pass_time(seconds=10)
        press(floor, ana, leg_id, hold=hold)
        look(floor)
    floor.hang_up(leg_id)
    history = floor.rows("SELECT state, at FROM agent_state WHERE user_id = %(u)s ORDER BY id", u=ana)
    assert [row["state"] for row in history[-4:]] == ["on_call", "on_hold", "on_call", "wrap_up"]
    assert (history[-2]["at"] - history[-3]["at"]).seconds == 10


def test_a_press_is_taken_once_and_only_by_its_node(floor: Floor, ana: int) -> None:
    press(floor, ana, floor.talk(), hold=True)
    assert holds.take(floor.db, OTHER_NODE, floor.now) == []
    assert len(holds.take(floor.db, NODE, floor.now)) == 1
    assert holds.take(floor.db, NODE, floor.now) == []
    assert not launching.look(floor.db, NODE, floor.now).holds


def test_the_last_of_several_presses_counts(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    for hold in (True, False, True):
        press(floor, ana, leg_id, hold=hold)
    assert look(floor) == [Hold(leg_id)]
    press(floor, ana, leg_id, hold=True)
    assert look(floor) == []


def test_another_cannot_put_anas_call_on_hold(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    press(floor, floor.at_work("Abe"), leg_id, hold=True)
    assert look(floor) == []


def test_a_hold_asked_as_the_call_ends_is_forgotten_with_it(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    press(floor, ana, leg_id, hold=True)
    floor.hang_up(leg_id)
    assert look(floor) == []
    press(floor, ana, leg_id, hold=True)
    assert (look(floor), floor.state(ana)) == ([], "wrap_up")


def test_a_hold_taken_up_as_the_call_ends_does_nothing(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    press(floor, ana, leg_id, hold=True)
    [(_, event)] = holds.take(floor.db, NODE, floor.now)
    floor.hang_up(leg_id)
    assert floor.tell(leg_id, event) == []
    assert floor.state(ana) == "wrap_up"


def test_what_ana_asked_is_not_done_to_abe_who_got_her_call(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    abe = floor.at_work("Abe")
    press(floor, ana, leg_id, hold=True)
    [(_, late)] = holds.take(floor.db, NODE, floor.now)
    press(floor, ana, leg_id, hold=True)
    floor.lose_phone(ana)
    assert floor.attempt(leg_id)["user_id"] == abe
    floor.join(leg_id)
    assert look(floor) == []
    assert floor.tell(leg_id, late) == []
    assert floor.state(abe) == "on_call"


def test_bo_on_hold_is_taken_off_before_he_goes_to_abe(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    abe = floor.at_work("Abe")
    press(floor, ana, leg_id, hold=True)
    look(floor)
    handled = floor.lose_phone(ana)
    assert handled is not None
    assert handled.commands[0] == Unhold(leg_id)
    assert any(isinstance(command, Join) for command in handled.commands)
    floor.join(leg_id)
    assert (floor.state(ana), floor.state(abe)) == ("phone_lost", "on_call")
    assert not floor.attempt(leg_id)["on_hold"]


def test_a_restarted_dialer_finds_bo_on_hold(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    press(floor, ana, leg_id, hold=True)
    look(floor)
    (found,) = calls.open_calls(floor.db, NODE)
    assert found.call.on_hold
    assert found.pending == [Hold(leg_id)], "sent again: it may not have been"


def test_hold_is_the_same_for_a_phone_that_is_rung_for_each_call(floor: Floor) -> None:
    abe = floor.at_work("Abe", PhoneMode.RING_EACH_CALL)
    leg_id = floor.ring()
    floor.answer(leg_id)
    floor.answer_own_leg(leg_id)
    floor.join(leg_id)
    press(floor, abe, leg_id, hold=True)
    assert look(floor) == [Hold(leg_id)]
    assert floor.state(abe) == "on_hold"
