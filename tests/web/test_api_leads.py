"""Leads and webhooks over the API, as programs see them."""

from __future__ import annotations

from typing import Any

import lead_hands as hands
import pytest
from api_client import Program, program
from flask import Flask
from panel_floor import Floor, now

from dialer.store import do_not_call, lead_places, leads
from dialer.store.people import User
from dialer.store.tokens import Scope
from web.api.callers import token_key

PHONE = "(214) 555-0123"


@pytest.fixture
def campaign(floor: Floor) -> int:
    return hands.campaign(floor)


@pytest.fixture
def site(app: Flask, floor: Floor, ada: User) -> Program:
    """A web site's token: it posts leads, and sees nothing."""
    return program(app, floor, ada, ada, [Scope.LEADS_WRITE])


def stored(floor: Floor) -> list[Any]:
    with floor.db.transaction() as connection:
        tables = ("prospect", "phone", "lead", "lead_word", "lead_request", "audit")
        counted = (f"SELECT count(*) AS n FROM {table} WHERE true" for table in tables)
        return [connection.execute(query).fetchone() for query in counted]


def test_a_lead_is_answered_at_once_without_an_application(
    site: Program, robot: Program, campaign: int, max_: User, ana: User, floor: Floor
) -> None:
    posted = site("POST", "/leads", {"campaign_id": campaign, "phone": PHONE, "first_name": "Bo"}, status=201)
    assert posted.json == {
        "id": posted.json["id"],
        "prospect_id": posted.json["prospect_id"],
        "application_id": None,
        "state": "waiting",
    }
    told = robot.get(posted.headers["Location"].removeprefix("/api/v1"))
    assert (told["state"], told["source"], told["phones"]) == ("waiting", "robot", {"phone": "+12145550123"})
    hands.ring(floor, told["id"], [(ana.id, "no_answer")])
    hands.make_exception(floor, told["id"])
    told = robot.get(f"/leads/{told['id']}")
    assert (told["reason"], told["reason_text"]) == ("nobody_took", "Nobody who was rung pressed 1.")
    assert [leg["outcome"] for leg in told["rings"][0]["legs"]] == ["no_answer"]
    leads.assign(floor.tenant, max_.id, floor.organisation.id, told["id"], ana.id, now())
    told = robot.get(f"/leads/{told['id']}")
    assert (told["agent"], told["reason"]) == ({"id": ana.id, "name": "Ana"}, None)
    assert told["application_id"] is not None


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 422, "no phone|Give a phone"),
        ({"phone": "call me"}, 422, "not a phone number"),
        ({"phone": PHONE, "campaign_id": 10**15}, 404, "no such campaign"),
        ({"phone": PHONE, "campaign_id": None}, 422, "campaign_id"),
        ({"phone": PHONE, "custom": {"Shoe": "43"}}, 422, "no custom field Shoe"),
        ({"phone": PHONE, "time_zone": "Nowhere"}, 422, "no time zone"),
        ({"phone": PHONE, "colour": "red"}, 422, "colour"),
        ({"phone": "(214) 555-0199"}, 422, "Do Not Call"),
        ({"phone": PHONE, "notes": "x" * 1_000_001}, 413, "1 MB"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_stored(
    site: Program, floor: Floor, campaign: int, ada: User, body: dict[str, Any], status: int, said: str
) -> None:
    do_not_call.add(floor.tenant, ada.id, ["+12145550199"], now())
    before = stored(floor)
    answer = site("POST", "/leads", {"campaign_id": campaign, **body}, status=status)
    assert any(part in answer.text for part in said.split("|")), answer.text
    if status == 422:
        assert answer.json["errors"][0]["pointer"].startswith("/"), answer.json
    assert stored(floor) == before


def test_a_campaign_that_is_off_and_a_number_that_came_just_now_are_conflicts(
    site: Program, floor: Floor, campaign: int
) -> None:
    off = hands.campaign(floor, "Old", active=False)
    assert "switched off" in site("POST", "/leads", {"campaign_id": off, "phone": PHONE}, status=409).text
    first = site("POST", "/leads", {"campaign_id": campaign, "phone": PHONE}, status=201).json["id"]
    twice = site("POST", "/leads", {"campaign_id": campaign, "phone": "+12145550123"}, status=409)
    assert f"as lead {first}." in twice.json["detail"]


def test_only_a_token_of_the_organisation_with_the_scope_posts_and_sees(
    app: Flask, site: Program, stranger: Program, robot: Program, campaign: int
) -> None:
    body = {"campaign_id": campaign, "phone": PHONE}
    Program(app, None)("POST", "/leads", body, status=401)
    Program(app, "rp_wrong")("POST", "/leads", body, status=401)
    stranger("POST", "/leads", body, status=404)
    lead_id = site("POST", "/leads", body, status=201).json["id"]
    site("GET", f"/leads/{lead_id}", status=403)
    for method, path in (("GET", ""), ("POST", "/withdraw")):
        stranger(method, f"/leads/{lead_id}{path}", status=404)
    assert stranger.get("/leads") == {"items": [], "next": None}


def test_the_same_key_is_answered_the_same_and_refused_for_another_body(
    site: Program, robot: Program, campaign: int
) -> None:
    body, key = {"campaign_id": campaign, "phone": PHONE}, {"Idempotency-Key": "lead-1"}
    first = site("POST", "/leads", body, status=201, headers=key)
    assert site("POST", "/leads", body, status=201, headers=key).json == first.json
    other = site("POST", "/leads", {**body, "first_name": "Cy"}, status=422, headers=key)
    assert other.json["errors"][0]["parameter"] == "Idempotency-Key"
    site("POST", "/leads", body, status=422, headers={"Idempotency-Key": "k" * 201})
    robot("POST", "/leads", {**body, "phone": "2145550124"}, status=201, headers=key)
    assert len(robot.get("/leads")["items"]) == 2, "keys are each token's own"


def test_leads_come_in_pages_and_are_withdrawn(robot: Program, floor: Floor, campaign: int) -> None:
    made = [hands.lead(floor, campaign).lead_id for _ in range(3)]
    first = robot.get("/leads?limit=2")
    assert [lead["id"] for lead in first["items"]] == made[:0:-1]
    rest = robot.get(f"/leads?limit=2&cursor={first['next']}")
    assert ([lead["id"] for lead in rest["items"]], rest["next"]) == (made[:1], None)
    assert robot("POST", f"/leads/{made[0]}/withdraw", status=200).json["state"] == "withdrawn"
    with floor.db.transaction() as connection:
        lead_places.begin_ringing(connection, floor.organisation.id, made[1], now())
    asked = robot("POST", f"/leads/{made[1]}/withdraw", status=200).json
    assert (asked["state"], asked["withdraw_asked"]) == ("ringing", True)
    assert [lead["id"] for lead in robot.get("/leads?state=waiting")["items"]] == [made[2]]


def test_leads_are_rung_for_again_and_assigned(
    robot: Program, stranger: Program, site: Program, floor: Floor, campaign: int, ana: User
) -> None:
    lead_id = hands.lead(floor, campaign).lead_id
    hands.make_exception(floor, lead_id)
    again, given = f"/leads/{lead_id}/ring-again", f"/leads/{lead_id}/assign"
    stranger("POST", again, status=404)
    stranger("POST", given, {"user_id": ana.id}, status=404)
    assert robot("POST", again, status=200).json["state"] == "waiting"
    robot("POST", given, {"user_id": 10**12}, status=404)
    robot("POST", given, {}, status=422)
    taken = robot("POST", given, {"user_id": ana.id}, status=200).json
    assert taken["state"] == "taken" and taken["application_id"] is not None
    assert "Ana has this lead already." in robot("POST", again, status=409).text


def test_a_token_that_may_not_see_leads_is_told_nothing_of_anybody(
    site: Program, floor: Floor, campaign: int
) -> None:
    lead_id = hands.lead(floor, campaign).lead_id
    for _ in range(2):
        told = site("POST", f"/leads/{lead_id}/withdraw", status=200)
        assert told.json["state"] == "withdrawn"
        assert "Bo" not in told.text and "+1214" not in told.text


def test_a_token_is_counted_as_one_however_it_is_written(app: Flask, site: Program) -> None:
    keys = set()
    for written in (f"Bearer {site.secret}", f"bearer {site.secret}", f"Bearer   {site.secret} "):
        with app.test_request_context(headers={"Authorization": written}):
            keys.add(token_key())
    assert len(keys) == 1


def test_webhooks_are_made_changed_and_removed(
    robot: Program, stranger: Program, floor: Floor, campaign: int
) -> None:
    made = robot(
        "POST", "/webhooks", {"url": "https://crm.example.com/x", "events": ["lead.taken"]}, status=201
    ).json
    assert made["secret"].startswith("whsec_") and made["active"]
    path = f"/webhooks/{made['id']}"
    assert "secret" not in robot.get(path)
    assert robot("PATCH", path, {"events": ["lead.exception"], "active": False}, status=200).json[
        "events"
    ] == ["lead.exception"]
    for url in ("ftp://example.com", "https://", "https://me:secret@example.com/", "https://exa mple.com/"):
        refused = robot("POST", "/webhooks", {"url": url, "events": ["lead.taken"]}, status=422)
        assert refused.json["errors"][0]["pointer"] == "/url"
    robot("POST", "/webhooks", {"url": "https://example.com", "events": ["lead.eaten"]}, status=422)
    for method in ("GET", "DELETE"):
        stranger(method, path, status=404)
    stranger("POST", f"{path}/resend", status=404)
    robot("DELETE", path, status=204)
    robot("GET", path, status=404)
    assert [change["subject"] for change in floor.audited("webhook.add")] == [f"webhook:{made['id']}"]
