"""Saving a call result: each effect, and who may (LPS-4 to 6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from dialing_floor import Floor

from dialer.errors import BadValue, NotFound, Refused
from dialer.sort_keys import encoder
from dialer.store import call_window, dispositions, sessions


def save(floor: Floor, ana: int, effect: str, notes: str = "") -> dict[str, object]:
    """Ana talks with a Bo, hangs up, and saves a result; Bo's record after it."""
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    attempt_id = floor.attempt(leg_id)["id"]
    dispositions.save_result(floor.tenant, ana, attempt_id, floor.result(effect), notes, floor.now)
    assert floor.state(ana) == "ready"
    assert floor.attempt(leg_id)["result_id"] == floor.result(effect)
    return floor.prospect(leg_id)


def test_final_is_the_end(floor: Floor, ana: int) -> None:
    bo = save(floor, ana, "final", "Sold.")
    assert (bo["status"], bo["notes"], bo["last_outcome"]) == ("done", "Sold.", "connected")


def test_a_retry_rests_as_long_as_its_result_says(floor: Floor, ana: int) -> None:
    bo = save(floor, ana, "retry")
    assert (bo["status"], bo["not_before"]) == ("resting", floor.now + timedelta(hours=4))


def test_a_retry_after_the_last_attempt_is_done(floor: Floor, ana: int) -> None:
    floor.do("UPDATE list SET max_attempts = 1")
    assert save(floor, ana, "retry")["status"] == "done"


def test_a_follow_up_is_promised_by_its_agent(floor: Floor, ana: int) -> None:
    bo = save(floor, ana, "follow_up", "Wants a quote.")
    (promise,) = floor.rows("SELECT * FROM follow_up")
    assert bo["status"] == "follow_up"
    assert (promise["prospect_id"], promise["user_id"], promise["note"]) == (bo["id"], ana, "Wants a quote.")
    assert promise["due_at"] == floor.now + timedelta(days=1)


def test_do_not_call_excludes_the_number_that_was_dialed(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    dialed = floor.attempt(leg_id)["number"]
    floor.do("UPDATE phone SET number = '+12145559999' WHERE number = %(n)s", n=dialed)
    floor.hang_up(leg_id)
    dispositions.save_result(
        floor.tenant, ana, floor.attempt(leg_id)["id"], floor.result("do_not_call"), "", floor.now
    )
    bo = floor.prospect(leg_id)
    assert (bo["status"], bo["excluded_by"]) == ("excluded", "do_not_call")
    assert floor.rows("SELECT number, added_by FROM do_not_call") == [{"number": dialed, "added_by": ana}]


def test_a_wrong_number_is_not_dialed_again(floor: Floor, ana: int) -> None:
    bo = save(floor, ana, "wrong_number")
    assert (bo["status"], bo["excluded_by"]) == ("excluded", "invalid_number")


def test_nothing_is_saved_while_bo_is_on_the_line(floor: Floor, ana: int) -> None:
    attempt_id = floor.attempt(floor.talk())["id"]
    with pytest.raises(Refused, match="hang up first"):
        dispositions.save_result(floor.tenant, ana, attempt_id, floor.result("final"), "", floor.now)
    with pytest.raises(Refused, match="hang up first"):
        dispositions.close_window(floor.tenant, ana, attempt_id, floor.now)


def test_a_result_is_saved_once(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    attempt_id = floor.attempt(leg_id)["id"]
    dispositions.save_result(floor.tenant, ana, attempt_id, floor.result("final"), "", floor.now)
    with pytest.raises(Refused, match="already"):
        dispositions.save_result(floor.tenant, ana, attempt_id, floor.result("retry"), "", floor.now)


def test_anothers_call_is_not_found(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    abe = floor.at_work("Abe")
    attempt_id = floor.attempt(leg_id)["id"]
    with pytest.raises(NotFound):
        dispositions.save_result(floor.tenant, abe, attempt_id, floor.result("final"), "", floor.now)
    with pytest.raises(NotFound):
        dispositions.close_window(floor.tenant, abe, attempt_id, floor.now)


def test_another_organisations_result_is_not_found_on_any_connection(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    theirs = Floor(floor.db, "Borealis").result("final")
    for db in (floor.tenant, floor.db):
        with pytest.raises(NotFound):
            dispositions.save_result(db, ana, floor.attempt(leg_id)["id"], theirs, "", floor.now)


def test_a_closed_window_can_still_be_saved(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    attempt_id = floor.attempt(leg_id)["id"]
    dispositions.close_window(floor.tenant, ana, attempt_id, floor.now)
    assert floor.state(ana) == "paused"
    dispositions.close_window(floor.tenant, ana, attempt_id, floor.now)
    dispositions.save_result(floor.tenant, ana, attempt_id, floor.result("final"), "", floor.now)
    assert floor.state(ana) == "ready"


def test_saving_late_leaves_a_pause_that_was_asked_for(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    floor.hang_up(leg_id)
    attempt_id = floor.attempt(leg_id)["id"]
    dispositions.close_window(floor.tenant, ana, attempt_id, floor.now)
    dispositions.save_result(floor.tenant, ana, attempt_id, floor.result("final"), "", floor.now)
    assert (floor.state(ana), floor.agent(ana).pause_reason) == ("paused", "Lunch")


def test_the_window_shows_bo_and_the_earlier_calls(floor: Floor, ana: int) -> None:
    assert dispositions.open_call(floor.tenant, ana) is None
    floor.do("DELETE FROM prospect WHERE position > 1")
    first = floor.talk()
    floor.hang_up(first)
    dispositions.save_result(
        floor.tenant, ana, floor.attempt(first)["id"], floor.result("retry"), "Later.", floor.now
    )
    floor.do("UPDATE prospect SET status = 'pool', not_before = NULL")
    floor.pass_time(hours=1)
    floor.talk()
    window = dispositions.open_call(floor.tenant, ana)
    assert window is not None
    assert (window.first_name, window.notes, window.state) == ("Bo", "Later.", "talking")
    around = call_window.surroundings(floor.tenant, ana, window.attempt_id)
    assert around is not None
    (before,) = around.earlier
    assert (before.outcome, before.result, before.by, before.notes) == (
        "connected",
        "Call back later",
        "Ana",
        "Later.",
    )
    assert before.talked == timedelta(0)


def test_a_call_keeps_what_its_notes_added(floor: Floor, ana: int) -> None:
    floor.do("UPDATE prospect SET notes = 'Has a dog.'")
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    attempt_id = floor.attempt(leg_id)["id"]
    notes = "Has a dog.\nAnd a cat."
    dispositions.save_result(floor.tenant, ana, attempt_id, floor.result("final"), notes, floor.now)
    assert (floor.attempt(leg_id)["notes"], floor.prospect(leg_id)["notes"]) == ("And a cat.", notes)


# -- fields ------------------------------------------------------------------------------------------


def edit(floor: Floor, ana: int) -> Callable[..., dict[str, object]]:
    """A call that is over: corrections of its Bo can be saved with it."""
    leg_id = floor.talk()
    floor.hang_up(leg_id)

    def saved(edits: dict[str, str]) -> dict[str, object]:
        attempt_id = floor.attempt(leg_id)["id"]
        dispositions.save_result(
            floor.tenant, ana, attempt_id, floor.result("final"), "", floor.now, edits=edits
        )
        return floor.prospect(leg_id)

    return saved


def test_corrected_fields_are_saved_with_the_result(floor: Floor, ana: int) -> None:
    floor.do("INSERT INTO custom_field (organisation_id, label, kind) VALUES (%(o)s, 'Seats', 'number')")
    bo = edit(floor, ana)(
        {
            "first_name": " Boris ",
            "email": "boris@example.org",
            "custom:Seats": "1,250",
            "custom:No such": "x",
        }
    )
    assert (bo["first_name"], bo["email"], bo["custom"]) == ("Boris", "boris@example.org", {"Seats": "1,250"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", "nobody"),
        ("first_name", "  "),
        ("last_name", "x" * 201),
        ("custom:Seats", "many"),
        ("custom:Renewal", "soon"),
    ],
)
def test_a_field_that_cannot_be_so_is_named_and_nothing_is_saved(
    floor: Floor, ana: int, name: str, value: str
) -> None:
    floor.do(
        "INSERT INTO custom_field (organisation_id, label, kind) "
        "VALUES (%(o)s, 'Seats', 'number'), (%(o)s, 'Renewal', 'date')"
    )
    save_edits = edit(floor, ana)
    with pytest.raises(BadValue) as refused:
        save_edits({name: value})
    assert refused.value.field == name
    assert floor.state(ana) == "wrap_up"


def test_what_was_odd_before_and_stays_is_not_looked_at(floor: Floor, ana: int) -> None:
    floor.do("UPDATE prospect SET email = 'odd'")
    bo = edit(floor, ana)({"email": "odd", "last_name": "Berg"})
    assert (bo["email"], bo["last_name"]) == ("odd", "Berg")


def test_a_new_state_takes_the_time_zone_and_its_counts_with_it(floor: Floor, ana: int) -> None:
    floor.do("UPDATE prospect SET region = 'TX', postal_code = '', time_zone = 'America/Chicago'")
    bo = edit(floor, ana)({"region": "CA"})
    assert bo["time_zone"] == "America/Los_Angeles"
    moved = "SELECT sum(numbers)::int AS n FROM list_zone WHERE time_zone = %(z)s"
    assert floor.value(moved, z="America/Los_Angeles") == 1
    assert floor.value(moved, z="America/Chicago") == -1, "this floor's Bos were not counted when they came"


def test_a_time_zone_that_the_list_named_stays(floor: Floor, ana: int) -> None:
    floor.do("UPDATE prospect SET region = 'TX', time_zone = 'America/New_York'")
    assert edit(floor, ana)({"region": "CA"})["time_zone"] == "America/New_York"


def test_a_correction_changes_the_place_in_the_lists_order(floor: Floor, ana: int) -> None:
    floor.do("UPDATE list SET sort_by = 'last_name'")
    bo = edit(floor, ana)({"last_name": "Åberg"})
    assert bytes(bo["sort_key"]) == encoder("text", False)("Åberg")  # type: ignore[call-overload]
