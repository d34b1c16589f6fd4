"""Referrals: whom a prospect names becomes a prospect of their own (LPS-7)."""

from __future__ import annotations

from uuid import UUID

import pytest
from dialing_floor import NODE, Floor

from dialer.db import Database
from dialer.errors import BadValue, NotFound, Refused
from dialer.store import call_window, dispositions, drafts, referrals, solo, solo_calls
from dialer.store.referrals import Referral, Referred

EVA = Referred("Eva", "Ek", "(214) 555-7777", "eva@example.org", "sister", "Call after six.")


def add(floor: Floor, ana: int, attempt_id: int, referred: Referred = EVA) -> Referral:
    return referrals.add(floor.tenant, ana, attempt_id, referred, floor.now)


def test_eva_is_a_prospect_at_the_end_of_the_list(floor: Floor, ana: int, attempt_id: int) -> None:
    made = add(floor, ana, attempt_id)
    (eva,) = floor.rows(
        "SELECT p.*, h.number FROM prospect p JOIN phone h ON h.prospect_id = p.id WHERE p.id = %(p)s",
        p=made.prospect_id,
    )
    assert (eva["first_name"], eva["last_name"], eva["email"]) == ("Eva", "Ek", "eva@example.org")
    assert (eva["number"], eva["status"], eva["notes"]) == ("+12145557777", "pool", "Call after six.")
    assert (eva["time_zone"], eva["position"]) == (
        "America/Chicago",
        floor.value("SELECT max(position) FROM prospect"),
    )
    zones = "SELECT numbers FROM list_zone WHERE time_zone = 'America/Chicago' AND kind = 'phone'"
    assert floor.value(zones) == 1


def test_several_are_named_in_one_call(floor: Floor, ana: int, attempt_id: int) -> None:
    add(floor, ana, attempt_id)
    add(floor, ana, attempt_id, Referred("Per", "", "2145558888"))
    around = call_window.surroundings(floor.tenant, ana, attempt_id)
    assert around is not None
    assert [(one.first_name, one.relation) for one in around.referrals] == [("Per", ""), ("Eva", "sister")]


def test_evas_window_says_who_named_her(floor: Floor, ana: int, leg_id: UUID, attempt_id: int) -> None:
    add(floor, ana, attempt_id)
    floor.hang_up(leg_id)
    dispositions.save_result(floor.tenant, ana, attempt_id, floor.result("final"), "", floor.now)
    floor.do("UPDATE prospect SET status = 'done' WHERE first_name <> 'Eva' AND status = 'pool'")
    floor.do("DELETE FROM lease")
    floor.do("UPDATE prospect SET status = 'done' WHERE status = 'held'")
    eva = floor.attempt(floor.talk())["id"]
    around = call_window.surroundings(floor.tenant, ana, eva)
    assert around is not None
    assert around.referred_by is not None
    assert (around.referred_by.first_name, around.referred_by.relation) == ("Bo", "sister")


def test_a_number_that_the_list_has_is_refused(floor: Floor, ana: int, attempt_id: int) -> None:
    add(floor, ana, attempt_id)
    with pytest.raises(Refused, match="on the list already"):
        add(floor, ana, attempt_id)
    assert len(floor.rows("SELECT 1 FROM referral")) == 1


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (
            "do_not_call (organisation_id, number, added_at) VALUES (%(o)s, '+12145557777', now())",
            "do_not_call",
        ),
        (
            "parking_lot (organisation_id, number, until) VALUES (%(o)s, '+12145557777', '2999-01-01')",
            "parking_lot",
        ),
    ],
)
def test_a_barred_number_comes_in_and_is_not_dialed(
    floor: Floor, ana: int, attempt_id: int, table: str, why: str
) -> None:
    floor.do(f"INSERT INTO {table}")
    assert add(floor, ana, attempt_id).excluded_by == why
    assert floor.statuses()["excluded"] == 1


@pytest.mark.parametrize(
    ("referred", "field"),
    [
        (Referred("", " ", "2145557777"), "first_name"),
        (Referred("Eva", "", ""), "phone"),
        (Referred("Eva", "", "12"), "phone"),
        (Referred("Eva", "", "2145557777", "nobody"), "email"),
        (Referred("Eva", "", "2145557777", relation="x" * 201), "note"),
    ],
)
def test_what_cannot_be_used_is_said(
    floor: Floor, ana: int, attempt_id: int, referred: Referred, field: str
) -> None:
    with pytest.raises(BadValue) as refused:
        add(floor, ana, attempt_id, referred)
    assert refused.value.field == field


def test_what_was_typed_is_cleared_in_every_page(floor: Floor, ana: int, attempt_id: int) -> None:
    drafts.keep(
        floor.tenant, ana, attempt_id, {"referral_phone": ("214", 10), "notes": ("Hm", 10)}, floor.now
    )
    add(floor, ana, attempt_id)
    kept = drafts.draft(floor.tenant, ana, attempt_id)
    assert (kept["referral_phone"][0], kept["notes"][0]) == ("", "Hm")


def test_nobody_names_people_in_anothers_call(floor: Floor, ana: int, attempt_id: int) -> None:
    abe = floor.at_work("Abe")
    with pytest.raises(NotFound):
        add(floor, abe, attempt_id)


def test_calling_at_once_is_refused_in_a_lead_pool_session_and_nothing_is_saved(
    floor: Floor, ana: int, attempt_id: int
) -> None:
    with pytest.raises(Refused, match="In a lead pool session"):
        referrals.add(floor.tenant, ana, attempt_id, EVA, floor.now, call_at_once=True)
    assert floor.rows("SELECT 1 FROM referral") == []


def test_who_dials_alone_calls_eva_next(db: Database) -> None:
    floor = Floor(db, kind="normal")
    ana = floor.at_work("Ana")
    bo = floor.value("SELECT min(id) FROM prospect")
    solo.ask_call(floor.tenant, ana, bo, floor.now)
    (desk,) = solo_calls.desks_waiting(db, NODE)
    made = solo_calls.answer(db, desk, NODE, "trunk", floor.now, floor.now)
    assert made is not None
    floor.do("UPDATE attempt SET state = 'talking', bridged_at = %(at)s", at=floor.now)
    attempt_id = floor.attempt(made.leg_id)["id"]
    eva = referrals.add(floor.tenant, ana, attempt_id, EVA, floor.now, call_at_once=True)
    sitting = solo.desk_of(floor.tenant, ana)
    assert sitting is not None
    assert sitting.wanted_prospect_id == eva.prospect_id
    around = call_window.surroundings(floor.tenant, ana, attempt_id)
    assert around is not None
    assert around.dials_alone
