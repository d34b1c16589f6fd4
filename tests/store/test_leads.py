"""Posting leads."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import lead_hands as hands
import pytest
from panel_floor import Floor, now

from dialer.db import Database
from dialer.errors import BadValue, NotFound, Refused
from dialer.leads import NewLead
from dialer.store import (
    do_not_call,
    lead_requests,
    leads,
    parking,
    tokens,
)
from dialer.store.lead_requests import Request
from dialer.store.people import User
from dialer.store.tokens import Scope

PHONE = "(214) 555-0123"
TABLES = ("prospect", "phone", "lead", "lead_word", "application", "lead_request", "list_zone")


@pytest.fixture
def campaign(floor: Floor) -> int:
    return hands.campaign(floor)


def rows(floor: Floor, query: str, *values: Any) -> list[dict[str, Any]]:
    with floor.db.transaction() as connection:
        return connection.execute(query, values).fetchall()


def stored(floor: Floor) -> dict[str, int]:
    """How many rows a lead could have left anywhere."""
    return {table: rows(floor, f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in TABLES}


def post(floor: Floor, campaign_id: int, phone: str = PHONE, **values: Any) -> leads.Posted:
    request = values.pop("request", None)
    new = NewLead(campaign_id, {"phone": phone}, **values)
    return leads.post(floor.tenant, floor.organisation.id, new, now(), source="Web form", request=request)


# -- posting ---------------------------------------------------------------------------------------------


def test_a_lead_comes_in_whole_and_waits(floor: Floor, campaign: int) -> None:
    rows(floor, "INSERT INTO custom_field (organisation_id, label, kind) VALUES (%s, 'Loan', 'number') RETURNING id",
         floor.organisation.id)  # fmt: skip
    new = NewLead(
        campaign,
        {"phone": PHONE, "mobile_phone": "214.555.0124"},
        {"first_name": " Bo ", "last_name": "Prospect", "email": "bo@example.org", "region": "CA"},
        {"loan": "250000"},
        notes="Call after work.",
        language="es",
        product="Refinance",
    )
    posted = leads.post(floor.tenant, floor.organisation.id, new, now(), source="Web form")
    found = hands.the(floor, posted.lead_id)
    assert (found.state, found.application_id, found.user_id) == ("waiting", None, None)
    assert found.phones == (("phone", "+12145550123"), ("mobile_phone", "+12145550124"))
    assert (found.name, found.email, found.region) == ("Bo Prospect", "bo@example.org", "CA")
    assert found.time_zone == "America/Los_Angeles", "the state decides, as in an import"
    assert found.custom == {"Loan": "250000"}, "spelt as the organisation has it"
    assert (found.source, found.language, found.product) == ("Web form", "es", "Refinance")
    (prospect,) = rows(floor, "SELECT status, list_id FROM prospect")
    assert prospect["status"] == "pool"
    numbers = rows(floor, "SELECT sum(numbers) AS n FROM list_zone WHERE list_id = %s", prospect["list_id"])
    assert numbers[0]["n"] == 2, "the list's numbers by zone are counted"


def test_the_phone_that_the_list_dials_comes_first(floor: Floor) -> None:
    mobile_first = hands.campaign(floor, phone_field="mobile_phone")
    new = NewLead(mobile_first, {"phone": PHONE, "mobile_phone": "2145550124"})
    found = hands.the(floor, leads.post(floor.tenant, floor.organisation.id, new, now()).lead_id)
    assert found.number == "+12145550124"
    only_phone = hands.the(floor, post(floor, mobile_first, "2145550125").lead_id)
    assert only_phone.number == "+12145550125", "any number is better than none"


def test_the_dialer_and_open_pages_are_told(floor: Floor, campaign: int, db: Database) -> None:
    import psycopg

    with psycopg.connect(db.url, autocommit=True) as listener:
        listener.execute("LISTEN ringpool_dialer")
        listener.execute("LISTEN ringpool_panel")
        post(floor, campaign)
        heard = {(n.channel, n.payload) for n in listener.notifies(timeout=5, stop_after=3)}
    assert ("ringpool_dialer", "") in heard
    assert ("ringpool_panel", f"{floor.organisation.id}:leads") in heard


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("phone", {"phone": ""}),
        ("phone", {"phone": "call me"}),
        ("phone", {"phone": "555-0123"}),
        ("email", {"texts": {"email": "bo at example"}}),
        ("first_name", {"texts": {"first_name": "B" * 201}}),
        ("time_zone", {"time_zone": "Middle-earth"}),
        ("notes", {"notes": "n" * 10_001}),
        ("product", {"product": "p" * 61}),
        ("custom/Shoe ~1 size", {"custom": {"Shoe / size": "43"}}),
    ],
)
def test_a_value_that_cannot_be_used_is_named_and_nothing_is_stored(
    floor: Floor, campaign: int, field: str, values: dict[str, Any]
) -> None:
    before = stored(floor)
    with pytest.raises(BadValue) as refused:
        post(floor, campaign, **values)
    assert refused.value.field == field
    assert stored(floor) == before


def test_a_number_on_do_not_call_is_refused_by_its_rule(floor: Floor, campaign: int, ada: User) -> None:
    do_not_call.add(floor.tenant, ada.id, ["+12145550124"], now())
    before = stored(floor)
    new = NewLead(campaign, {"phone": PHONE, "mobile_phone": "2145550124"})
    with pytest.raises(BadValue, match="on Do Not Call") as refused:
        leads.post(floor.tenant, floor.organisation.id, new, now())
    assert refused.value.field == "mobile_phone"
    assert stored(floor) == before


def test_a_parked_number_comes_in_and_is_kept_out_of_dialing(floor: Floor, campaign: int, ada: User) -> None:
    parking.add(floor.tenant, ada.id, [PHONE], now(), until=(now() + timedelta(days=9)).date())
    post(floor, campaign)
    assert rows(floor, "SELECT excluded_by FROM prospect")[0]["excluded_by"] == "parking_lot"


def test_the_same_number_within_a_minute_is_refused_and_names_the_first(floor: Floor, campaign: int) -> None:
    first = post(floor, campaign)
    before = stored(floor)
    with pytest.raises(Refused, match=f"as lead {first.lead_id}"):
        post(floor, campaign, "+1 214 555 0123")
    assert stored(floor) == before
    post(floor, hands.campaign(floor, "Another"))
    rows(floor, "UPDATE lead SET received_at = received_at - interval '61 s' RETURNING id")
    post(floor, campaign)


def test_the_same_number_twice_at_once_comes_in_once(floor: Floor, campaign: int) -> None:
    outcomes = at_once(8, lambda _: post(floor, campaign))
    assert sum(isinstance(each, leads.Posted) for each in outcomes) == 1
    assert sum(isinstance(each, Refused) for each in outcomes) == 7
    assert stored(floor)["lead"] == stored(floor)["prospect"] == 1


def test_after_a_withdrawn_one_the_number_may_come_at_once(floor: Floor, campaign: int, max_: User) -> None:
    first = post(floor, campaign)
    leads.withdraw(floor.tenant, max_.id, floor.organisation.id, first.lead_id, now())
    assert post(floor, campaign).lead_id != first.lead_id


def test_a_campaign_that_is_off_unknown_or_anothers_takes_nothing(floor: Floor, db: Database) -> None:
    nord = Floor(db, "Nord")
    theirs, off = hands.campaign(nord), hands.campaign(floor, "Old", active=False)
    with pytest.raises(Refused, match="Old is switched off"):
        post(floor, off)
    for unknown in (theirs, 10**18):
        with pytest.raises(NotFound):
            post(floor, unknown)
    assert stored(floor)["prospect"] == 0


# -- the same request twice ------------------------------------------------------------------------------


@pytest.fixture
def token_id(floor: Floor, ada: User) -> int:
    made, _ = tokens.create(
        floor.tenant, ada.id, name="Website", scopes=[Scope.LEADS_WRITE], user_id=ada.id, expires_at=None, now=now()
    )  # fmt: skip
    return made


def test_a_request_that_comes_again_is_answered_the_same(floor: Floor, campaign: int, token_id: int) -> None:
    request = Request(token_id, "abc", b"1")
    first = post(floor, campaign, request=request)
    again = post(floor, campaign, request=request)
    assert (again.lead_id, again.prospect_id, again.again) == (first.lead_id, first.prospect_id, True)
    with pytest.raises(lead_requests.OtherBody):
        post(floor, campaign, request=Request(token_id, "abc", b"2"))
    assert stored(floor)["lead"] == 1


def test_two_posts_at_once_with_one_key_make_one_lead(floor: Floor, campaign: int, token_id: int) -> None:
    outcomes = at_once(8, lambda _: post(floor, campaign, request=Request(token_id, "abc", b"1")))
    assert {each.lead_id for each in outcomes} == {outcomes[0].lead_id}
    assert sum(not each.again for each in outcomes) == 1
    assert stored(floor)["lead"] == stored(floor)["lead_request"] == 1


def test_a_key_stands_for_its_request_for_a_day(floor: Floor, campaign: int, token_id: int) -> None:
    first = post(floor, campaign, request=Request(token_id, "abc", b"1"))
    rows(floor, "UPDATE lead_request SET at = at - interval '24 hours' RETURNING key")
    rows(floor, "UPDATE lead SET received_at = received_at - interval '24 hours' RETURNING id")
    second = post(floor, campaign, request=Request(token_id, "abc", b"2"))
    assert second.lead_id != first.lead_id
    assert lead_requests.forget(floor.db, now()) == 0
    assert lead_requests.forget(floor.db, now() + timedelta(hours=25)) == 1


def test_a_request_that_was_refused_leaves_its_key_free(floor: Floor, campaign: int, token_id: int) -> None:
    with pytest.raises(BadValue):
        post(floor, campaign, "", request=Request(token_id, "abc", b"1"))
    assert not post(floor, campaign, request=Request(token_id, "abc", b"2")).again


def at_once(count: int, what: Any) -> list[Any]:
    """What as many threads at the same moment get: a value or the error."""
    barrier, outcomes = threading.Barrier(count), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            outcomes.append(what(number))
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
