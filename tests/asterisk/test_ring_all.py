"""RING-3: agents are rung for a lead at once, and the first 1 wins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.stack.world import OutsideWorld
from dialer import live
from dialer.clock import now
from dialer.store import agents, dispositions, sessions
from dialer.store import leads as by_hand

from .books import everything_is_accounted_for
from .conftest import Node
from .ears import Ears, listening
from .leads import Lead, Leads, nothing_is_left
from .rig import Rig, call_center, until


@pytest.fixture
def rig(database_url: str, node: Node, world: OutsideWorld, tmp_path: Path) -> Iterator[Rig]:
    with call_center(database_url, node, world, tmp_path) as rig:
        try:
            yield rig
        finally:
            for extension in ("1001", "1002"):
                world.phone(extension).set_answer_after(0)


def withdraw(rig: Rig, lead: Lead) -> None:
    with rig.db.transaction() as connection:
        connection.execute("UPDATE lead SET withdraw_asked_at = now() WHERE id = %s", (lead.id,))
        live.wake_dialer(connection)


def test_the_first_1_wins_and_is_connected_with_the_lead(rig: Rig, ears: Ears) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana", "Abe")
    bo = leads.post()
    for name in ("Ana", "Abe"):
        bo.until_leg(name, "listening")
    assert bo.application() is None
    rig.world.phone("1001").press("1")
    taken = bo.until("taken")
    assert taken["user_id"] == rig.users["Ana"]
    application = bo.application()
    assert application is not None
    assert application["user_id"] == rig.users["Ana"]
    call = rig.until_call(bo.number, "talking")
    assert call["mode"] == "ring_all"
    assert str(call["agent_leg_id"]) in ears.bridge_of(call["leg_id"])
    bo.until_over()
    assert bo.outcomes() == {"Ana": "won", "Abe": "too_late"}
    until(lambda: not rig.world.phone("1002").in_call(), "Abe's phone is let go")
    dispositions.ask_hang_up(rig.db, rig.users["Ana"], call["id"], now())
    rig.until_call(bo.number, "wrap_up")
    rig.save("Ana")
    rig.until_agent("Ana", "logged_out")
    until(lambda: not rig.channels(), "nobody is on the line")
    nothing_is_left(rig)
    rig.nothing_is_left_open()
    everything_is_accounted_for(rig)


def test_it_is_recorded_from_the_press_of_1_on(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana")
    bo = leads.post("0300")  # rings for three seconds
    bo.until_leg("Ana", "listening")
    rig.world.phone("1001").press("1")
    call = rig.until_call(bo.number, "talking")
    recording = rig.row("SELECT * FROM recording WHERE attempt_id = %(id)s", id=call["id"])
    assert recording is not None
    assert recording["started_at"] == bo.legs()[0]["pressed_at"]
    assert recording["started_at"] < call["answered_at"]
    file = next(rig.node.settings.folder.rglob(f"{recording['id']}.wav"))
    until(lambda: file.stat().st_size > 44 + 3 * 16_000, "the ringing of three seconds is in it")


def test_agents_in_a_session_hear_the_prompt_at_once_and_wait_with_music_again(rig: Rig, ears: Ears) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    bo = leads.post()
    for name in ("Ana", "Abe"):
        assert bo.until_leg(name, "listening")["standing"]
        assert rig.agent(name) == "reserved"
    rig.world.phone("1002").press("1")
    call = rig.until_call(bo.number, "talking")
    assert call["user_id"] == rig.users["Abe"]
    rig.until_agent("Ana", "ready")
    rig.until_agent("Abe", "on_call")
    dispositions.ask_hang_up(rig.db, rig.users["Abe"], call["id"], now())
    rig.until_call(bo.number, "wrap_up")
    rig.save("Abe")
    rig.until_agent("Abe", "ready")
    rig.only_phones_are_up("Ana", "Abe")
    (pool,) = rig.add_prospects("0000")
    assert rig.until_call(pool, "talking")["user_id"] == rig.users["Ana"]
    nothing_is_left(rig)


def test_nobody_is_rung_who_is_on_a_call_in_wrap_up_or_paused(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    (pool,) = rig.add_prospects("0000")
    call = rig.until_call(pool, "talking")
    busy = "Ana" if call["user_id"] == rig.users["Ana"] else "Abe"
    other = "Abe" if busy == "Ana" else "Ana"
    sessions.ask_pause(rig.db, rig.users[other], "Lunch", now())
    assert leads.post().until("exception")["reason"] == "no_one_eligible"
    dispositions.ask_hang_up(rig.db, rig.users[busy], call["id"], now())
    rig.until_agent(busy, "wrap_up")
    assert leads.post().until("exception")["reason"] == "no_one_eligible"
    rig.save(busy)
    bo = leads.post()
    bo.until_leg(busy, "listening")
    assert [leg["name"] for leg in bo.legs()] == [busy]


@pytest.mark.parametrize(
    ("script", "outcome"), [("2000", "busy"), ("9000", "rejected"), ("3000", "no_answer")]
)
def test_a_lead_that_is_not_reached_stays_the_agents_who_is_told(
    rig: Rig, ears: Ears, script: str, outcome: str
) -> None:
    leads = Leads(rig)
    rig.execute("UPDATE list SET ring_s = 2 WHERE id = %(id)s", id=leads.list_id)
    rig.start_dialer()
    leads.sign_in("Ana")
    bo = leads.post(script)
    leg = bo.until_leg("Ana", "listening")
    rig.world.phone("1001").press("1")
    rig.until_call(bo.number, "telling")
    call = rig.until_call(bo.number, "ended")
    assert call["outcome"] == outcome
    played = [
        event["playback"]["media_uri"]
        for event in ears.events
        if event["type"] == "PlaybackStarted"
        and event["playback"]["target_uri"] == f"channel:{leg['leg_id']}"
    ]
    assert len(set(played)) >= 2, "the prompt, and what became of it"
    assert bo.row()["user_id"] == rig.users["Ana"]
    rig.until_agent("Ana", "logged_out")
    until(lambda: not rig.channels(), "her phone is let go")
    nothing_is_left(rig)


def test_all_reject_and_the_lead_is_an_exception(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana", "Abe")
    for extension in ("1001", "1002"):
        rig.world.phone(extension).set_answer_after(20)
    bo = leads.post()
    for extension in ("1001", "1002"):
        until(lambda e=extension: rig.world.phone(e).rings(), "the phone rings")  # type: ignore[misc]
        rig.world.phone(extension).decline()
    assert bo.until("exception")["reason"] == "nobody_took"
    bo.until_over()
    assert set(bo.outcomes().values()) == {"rejected"}
    assert bo.application() is None
    nothing_is_left(rig)


def test_a_mailbox_that_picks_up_gets_no_lead(rig: Rig) -> None:
    leads = Leads(rig, ring_s=5, press_s=5)
    rig.start_dialer()
    leads.sign_in("Ana")
    bo = leads.post()
    bo.until_leg("Ana", "listening")
    assert bo.until("exception")["reason"] == "nobody_took"
    bo.until_over()
    assert bo.outcomes() == {"Ana": "did_not_press"}
    until(lambda: not rig.channels(), "it is hung up on")


def test_a_phone_that_nobody_picks_up_stops_ringing(rig: Rig) -> None:
    leads = Leads(rig, ring_s=5, press_s=5)
    rig.start_dialer()
    leads.sign_in("Ana")
    rig.world.phone("1001").set_answer_after(None)
    bo = leads.post()
    assert bo.until("exception")["reason"] == "nobody_took"
    bo.until_over()
    assert bo.outcomes() == {"Ana": "no_answer"}
    until(lambda: not rig.channels(), "no phone rings")


def test_a_phone_that_is_not_registered_is_not_waited_for(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana", "Abe")
    rig.world.phone("1002").go_away()
    until(lambda: not rig.world.phone("1002").is_registered(), "Abe's phone is off")
    bo = leads.post()
    bo.until_leg("Abe", "over")
    assert bo.outcomes()["Abe"] == "not_reachable"
    bo.until_leg("Ana", "listening")
    rig.world.phone("1001").press("1")
    rig.until_call(bo.number, "talking")


def test_a_lead_withdrawn_while_it_rings_stops_every_phone(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana", "Abe")
    rig.world.phone("1002").set_answer_after(30)
    bo = leads.post()
    bo.until_leg("Ana", "listening")
    withdraw(rig, bo)
    bo.until("withdrawn")
    bo.until_over()
    assert bo.outcomes() == {"Ana": "withdrawn", "Abe": "withdrawn"}
    until(lambda: not rig.channels(), "nothing rings")
    nothing_is_left(rig)


def test_a_lead_given_to_somebody_by_hand_while_it_rings_stops_every_phone(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana", "Abe")
    rig.world.phone("1002").set_answer_after(30)
    bo = leads.post()
    bo.until_leg("Ana", "listening")
    by_hand.assign(rig.db, rig.users["Max"], rig.organisation_id, bo.id, rig.users["Abe"], now())
    bo.until_over()
    assert (bo.row()["state"], bo.row()["user_id"]) == ("taken", rig.users["Abe"])
    assert bo.outcomes() == {"Ana": "withdrawn", "Abe": "withdrawn"}
    until(lambda: not rig.channels(), "nothing rings")
    nothing_is_left(rig)


def test_who_hangs_up_before_the_lead_answers_ends_the_call(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana")
    bo = leads.post("0900")
    bo.until_leg("Ana", "listening")
    rig.world.phone("1001").press("1")
    rig.until_rings(bo.number)
    rig.world.phone("1001").hang_up()
    assert rig.until_call(bo.number, "ended")["outcome"] == "cancelled"
    assert bo.row()["user_id"] == rig.users["Ana"], "the lead stays theirs"
    rig.until_agent("Ana", "logged_out")
    until(lambda: not rig.channels(), "the lead's phone stops ringing")


def test_a_lead_outside_its_hours_is_an_exception_that_says_so(rig: Rig) -> None:
    leads = Leads(rig)
    rig.execute(
        "UPDATE list SET calling_from = (now() AT TIME ZONE 'America/New_York' + interval '2 hours')::time,"
        " calling_until = (now() AT TIME ZONE 'America/New_York' + interval '3 hours')::time WHERE id = %(id)s",
        id=leads.list_id,
    )
    rig.start_dialer()
    leads.sign_in("Ana")
    assert leads.post().until("exception")["reason"] == "calling_hours"
    rig.execute(
        "INSERT INTO do_not_call (organisation_id, number, added_at) SELECT %(o)s, number, now() FROM phone",
        o=rig.organisation_id,
    )
    assert not rig.channels()


def test_a_lead_barred_while_it_rings_is_not_called(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana")
    bo = leads.post()
    bo.until_leg("Ana", "listening")
    rig.execute(
        "INSERT INTO do_not_call (organisation_id, number, added_at) VALUES (%(o)s, %(n)s, now())",
        o=rig.organisation_id,
        n=bo.number,
    )
    rig.world.phone("1001").press("1")
    assert bo.until("taken")["user_id"] == rig.users["Ana"]
    bo.until_over()
    assert rig.attempt(bo.number) is None
    assert not rig.world.calls(bo.number)
    until(lambda: not rig.channels(), "her phone is let go when she has heard why")


def test_two_leads_at_once_ring_nobody_twice(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana", "Abe")
    first, second = leads.post(), leads.post()
    first.until("ringing")
    first.until_leg("Ana", "listening")
    assert second.row()["state"] == "waiting"
    rig.world.phone("1001").press("1")
    first.until("taken")
    second.until_leg("Abe", "listening")
    assert [leg["name"] for leg in second.legs()] == ["Abe"]
    rig.world.phone("1002").press("1")
    assert second.until("taken")["user_id"] == rig.users["Abe"]


def test_nobody_starts_a_session_while_their_phone_rings_for_a_lead(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana")
    bo = leads.post()
    bo.until_leg("Ana", "listening")
    with pytest.raises(Exception, match="rings for a lead"):
        sessions.start_session(rig.db, rig.users["Ana"], rig.list_id, now())
    rig.world.phone("1001").press("1")
    rig.until_call(bo.number, "talking")


def test_a_standing_phone_lost_while_it_hears_the_prompt_is_lost(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    bo = leads.post()
    bo.until_leg("Ana", "listening")
    rig.world.phone("1001").hang_up()
    bo.until_leg("Ana", "over")
    rig.world.phone("1002").press("1")
    call = rig.until_call(bo.number, "talking")
    assert call["user_id"] == rig.users["Abe"]
    rig.until_agent("Ana", "phone_lost", "connecting", "ready")
    nothing_is_left(rig)


def test_the_lead_hears_the_agent_and_the_agent_the_lead(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana")
    bo = leads.post()
    bo.until_leg("Ana", "listening")
    rig.world.phone("1001").press("1")
    call = rig.until_call(bo.number, "talking")
    with listening(rig.node.settings) as ears:
        assert str(call["agent_leg_id"]) in ears.bridge_of(call["leg_id"])
    assert agents.agent_of(rig.db, rig.users["Ana"]).session_id is not None
