"""The room of leads, an agent's own leads and webhooks in the panel."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import lead_hands as hands
import pytest
from flask.testing import FlaskClient
from panel_floor import Floor, now

from dialer.store import lead_places, leads, webhooks
from dialer.store.people import Role, User
from dialer.webhooks import refusal

As = Callable[[User], FlaskClient]


@pytest.fixture
def campaign(floor: Floor) -> int:
    return hands.campaign(floor)


# -- the room --------------------------------------------------------------------------------------------


def test_a_manager_sees_why_nobody_has_a_lead_and_rings_again(
    as_: As, floor: Floor, campaign: int, max_: User
) -> None:
    lead_id = hands.lead(floor, campaign, "Cy").lead_id
    hands.make_exception(floor, lead_id)
    max_browser = as_(max_)
    page = max_browser.get("/leads/exceptions").text
    assert "Cy Prospect" in page and "Nobody who was rung pressed 1." in page
    answer = max_browser.post(f"/leads/{lead_id}/ring-again", data={"next": "/leads/exceptions"})
    assert answer.headers["Location"] == "/leads/exceptions"
    assert hands.the(floor, lead_id).state == "waiting"
    assert "Cy Prospect" not in max_browser.get("/leads/exceptions").text
    assert "Cy Prospect" in max_browser.get("/leads/unassigned").text


def test_a_lead_is_assigned_and_withdrawn_by_hand(
    as_: As, floor: Floor, campaign: int, max_: User, ana: User
) -> None:
    given, taken_back = (hands.lead(floor, campaign).lead_id for _ in range(2))
    max_browser = as_(max_)
    max_browser.post(f"/leads/{given}/assign", data={"next": f"/leads/{given}"})
    assert "Choose an agent first." in max_browser.get(f"/leads/{given}").text
    max_browser.post(f"/leads/{given}/assign", data={"user_id": ana.id})
    page = max_browser.get(f"/leads/{given}").text
    assert "Ana" in page and str(hands.the(floor, given).application_id) in page
    max_browser.post(f"/leads/{given}/withdraw")
    assert "Ana has this lead already." in max_browser.get("/leads/").text
    max_browser.post(f"/leads/{taken_back}/withdraw", data={"next": "https://elsewhere.example"})
    assert hands.the(floor, taken_back).state == "withdrawn"


def test_leads_are_filtered_searched_and_paged(as_: As, floor: Floor, campaign: int, max_: User) -> None:
    another = hands.campaign(floor, "Mail & more")
    for number in range(51):
        hands.lead(floor, campaign, f"Bo{number}")
    cy = hands.lead(floor, another, "Cy <b>").lead_id
    hands.make_exception(floor, cy, "no_one_eligible")
    max_browser = as_(max_)
    first = max_browser.get("/leads/").text
    assert "Cy &lt;b&gt;" in first and "Bo0 " not in first
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    assert "Bo0 " in max_browser.get(older[1].replace("&amp;", "&")).text
    for query in ("state=exception", f"campaign={another}", "q=cy", f"q=%23{cy}"):
        page = max_browser.get(f"/leads/?{query}").text
        assert "Cy &lt;b&gt;" in page and "Bo50" not in page, query
    assert "No lead fits" in max_browser.get("/leads/?q=nobody").text
    for odd in ("state=eaten", "campaign=x", "before=0", "before=99999999999999999999", f"before={10**15}"):
        assert max_browser.get(f"/leads/?{odd}").status_code == 200, odd


def test_a_leads_page_tells_what_was_done_for_it(
    as_: As, floor: Floor, campaign: int, max_: User, ana: User, abe: User
) -> None:
    lead_id = hands.lead(floor, campaign, notes="Call after work.", consent="You may call me.").lead_id
    max_browser = as_(max_)
    assert "Nobody was rung yet" in max_browser.get(f"/leads/{lead_id}").text
    hands.ring(floor, lead_id, [(ana.id, "won"), (abe.id, "did_not_press")], "taken")
    with floor.db.transaction() as connection:
        lead_places.take(connection, floor.organisation.id, lead_id, ana.id, now())
    page = max_browser.get(f"/leads/{lead_id}").text
    for told in ("Ana took it", "2 agents rung", "Pressed 1 first", "Picked up, did not press 1", "0:07",
                 "Call after work.", "You may call me."):  # fmt: skip
        assert told in page, told
    partial = max_browser.get(f"/leads/{lead_id}", headers={"HX-Request": "true"}).text
    assert "Ana took it" in partial and "<html" not in partial


def test_the_room_is_for_managers_and_for_their_own_organisation(
    as_: As, floor: Floor, campaign: int, ana: User, db: Any
) -> None:
    nord = Floor(db, "Nord")
    theirs = hands.lead(nord, hands.campaign(nord)).lead_id
    mine = hands.lead(floor, campaign).lead_id
    ana_browser = as_(ana)
    for path in ("/leads/", "/leads/exceptions", "/leads/unassigned", f"/leads/{mine}", "/leads/forms"):
        assert ana_browser.get(path).status_code == 403, path
    for what in ("ring-again", "assign", "withdraw"):
        assert ana_browser.post(f"/leads/{mine}/{what}", data={"user_id": ana.id}).status_code == 403
    max_browser = as_(floor.hire("Max", role=Role.MANAGER))
    assert max_browser.get(f"/leads/{theirs}").status_code == 404
    max_browser.post(f"/leads/{theirs}/withdraw")
    assert hands.the(nord, theirs).state == "waiting"


# -- one's own -------------------------------------------------------------------------------------------


def test_an_agent_calls_their_lead_from_my_leads(
    as_: As, floor: Floor, campaign: int, max_: User, ana: User, abe: User
) -> None:
    mine, other = (hands.lead(floor, campaign, name).lead_id for name in ("Bo", "Cy"))
    leads.assign(floor.tenant, max_.id, floor.organisation.id, mine, ana.id, now())
    leads.assign(floor.tenant, max_.id, floor.organisation.id, other, abe.id, now())
    ana_browser = as_(ana)
    page = ana_browser.get("/my-leads/").text
    assert "Bo Prospect" in page and "Cy Prospect" not in page and "Not called yet" in page
    assert ana_browser.post(f"/my-leads/{other}/call").headers["Location"] == "/my-leads/"
    assert "This lead is not yours." in ana_browser.get("/my-leads/").text
    assert ana_browser.post(f"/my-leads/{mine}/call").headers["Location"] == "/session/"
    floor.connect_phones()
    assert "My leads" in ana_browser.get("/session/").text
    (leg_id,) = floor.answer_desks()
    assert "Bo" in ana_browser.get("/session/stage").text
    floor.hang_up(leg_id, 17)
    assert "Busy" in ana_browser.get("/my-leads/").text
    stage = ana_browser.get("/session/stage").text
    assert "Bo Prospect" in stage, "the lead is among the records of the session"
    assert ana_browser.post(f"/my-leads/{mine}/call").headers["Location"] == "/session/", (
        "in that session, too"
    )


def test_in_a_lead_pool_session_no_lead_is_called(
    as_: As, floor: Floor, campaign: int, max_: User, ana: User
) -> None:
    mine = hands.lead(floor, campaign).lead_id
    leads.assign(floor.tenant, max_.id, floor.organisation.id, mine, ana.id, now())
    floor.sit_down(ana, floor.add_list(max_, ana))
    ana_browser = as_(ana)
    ana_browser.post(f"/my-leads/{mine}/call")
    assert "In a lead pool session answered calls come to you" in ana_browser.get("/my-leads/").text


# -- webhooks --------------------------------------------------------------------------------------------


def test_an_admin_sets_up_an_address_and_sees_what_went_wrong(
    as_: As, floor: Floor, campaign: int, ada: User, max_: User
) -> None:
    ada_browser = as_(ada)
    assert "No addresses yet" in ada_browser.get("/company/webhooks/").text
    refused = ada_browser.post(
        "/company/webhooks/", data={"url": "ftp://example.com", "events": ["lead.taken"]}
    )
    assert refused.status_code == 422 and "begins with https://" in refused.text
    made = ada_browser.post(
        "/company/webhooks/", data={"url": "https://crm.example.com/x", "events": ["lead.exception"]}
    ).text
    assert "whsec_" in made
    (address,) = webhooks.addresses(floor.tenant, floor.organisation.id)
    hands.make_exception(floor, hands.lead(floor, campaign).lead_id)
    sent = webhooks.claim(floor.db)
    assert sent is not None
    webhooks.settle(floor.db, sent, refusal(500), now())
    page = ada_browser.get(f"/company/webhooks/{address.id}").text
    assert "It answered 500." in page and "whsec_" not in page
    assert "It answered 500." in ada_browser.get("/company/webhooks/").text
    ada_browser.post(f"/company/webhooks/{address.id}/resend?message={sent.delivery_id}")
    assert "1 message is sent again." in ada_browser.get("/company/webhooks/").text
    assert webhooks.claim(floor.db) is not None
    assert "whsec_" in ada_browser.post(f"/company/webhooks/{address.id}/secret").text
    edited = {"url": "https://crm.example.com/y", "events": ["lead.taken"]}
    ada_browser.post(f"/company/webhooks/{address.id}", data=edited)
    changed = webhooks.address(floor.tenant, floor.organisation.id, address.id)
    assert (changed.url, changed.active) == ("https://crm.example.com/y", False)
    assert as_(max_).get("/company/webhooks/").status_code == 403
    ada_browser.post(f"/company/webhooks/{address.id}/remove")
    assert webhooks.addresses(floor.tenant, floor.organisation.id) == []
