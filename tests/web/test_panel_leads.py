"""The room of leads, an agent's own leads, web forms and webhooks in the panel."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import lead_hands as hands
import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor, now

from dialer.store import do_not_call, lead_forms, lead_pages, lead_places, leads, webhooks
from dialer.store.lead_forms import Form, FormSettings
from dialer.store.lead_pages import Wanted
from dialer.store.people import Role, User
from dialer.webhooks import refusal

As = Callable[[User], FlaskClient]


@pytest.fixture
def campaign(floor: Floor) -> int:
    return hands.campaign(floor)


def the(floor: Floor, lead_id: int) -> lead_pages.WholeLead:
    return lead_pages.lead(floor.tenant, floor.organisation.id, lead_id)


def every(floor: Floor) -> list[lead_pages.Lead]:
    return lead_pages.page(floor.tenant, floor.organisation.id, Wanted())


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
    assert the(floor, lead_id).state == "waiting"
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
    assert "Ana" in page and str(the(floor, given).application_id) in page
    max_browser.post(f"/leads/{given}/withdraw")
    assert "Ana has this lead already." in max_browser.get("/leads/").text
    max_browser.post(f"/leads/{taken_back}/withdraw", data={"next": "https://elsewhere.example"})
    assert the(floor, taken_back).state == "withdrawn"


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
    assert the(nord, theirs).state == "waiting"


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


# -- web forms -------------------------------------------------------------------------------------------


@pytest.fixture
def form(floor: Floor, campaign: int, max_: User) -> Form:
    given = FormSettings(
        campaign, "Landing page", fields=["first_name", "email", "notes"], origins=["https://www.example.com"]
    )
    made = lead_forms.add(floor.tenant, max_.id, floor.organisation.id, given, now())
    return lead_forms.form(floor.tenant, floor.organisation.id, made)


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Somebody on the site: no cookies."""
    return app.test_client(use_cookies=False)


def test_a_visitor_sends_the_form_and_is_a_lead(visitor: FlaskClient, floor: Floor, form: Form) -> None:
    shown = visitor.get(f"/forms/{form.key}")
    assert "frame-ancestors https://www.example.com" in shown.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in shown.headers and "Set-Cookie" not in shown.headers
    answer = visitor.post(
        f"/forms/{form.key}",
        data={"phone": "(214) 555-0123", "first_name": "Bo", "notes": "Soon,\r\nplease."},
    )
    assert "Thank you" in answer.text and "Set-Cookie" not in answer.headers
    found = the(floor, every(floor)[0].id)
    assert (found.number, found.first_name, found.notes) == ("+12145550123", "Bo", "Soon,\nplease.")
    assert found.source == "Landing page"
    again = visitor.post(f"/forms/{form.key}", data={"phone": "2145550123"})
    assert "We have your number already" in again.text
    assert len(every(floor)) == 1


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Give your phone number"),
        ({"phone": "call me"}, "is not a phone number"),
        ({"phone": "2145550123", "email": "bo"}, "no e-mail address"),
        ({"phone": "2145550199"}, "We cannot call this number"),
    ],
)
def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(
    visitor: FlaskClient, floor: Floor, form: Form, ada: User, sent: dict[str, str], said: str
) -> None:
    do_not_call.add(floor.tenant, ada.id, ["+12145550199"], now())
    answer = visitor.post(f"/forms/{form.key}", data={"first_name": "Bo <b>", **sent})
    assert (answer.status_code, said in answer.text) == (422, True), answer.text
    assert 'value="Bo &lt;b&gt;"' in answer.text and "Do Not Call" not in answer.text
    assert every(floor) == []


def test_what_a_visitor_agreed_to_is_kept_word_by_word(
    visitor: FlaskClient, floor: Floor, campaign: int, max_: User
) -> None:
    given = FormSettings(campaign, "Sv", "sv", ["first_name"], consent="Ni får ringa mig.")
    key = lead_forms.form(
        floor.tenant, floor.organisation.id, lead_forms.add(floor.tenant, max_.id, floor.organisation.id, given, now())
    ).key  # fmt: skip
    shown = visitor.get(f"/forms/{key}")
    assert "Ring upp mig" in shown.text and 'lang="sv"' in shown.text
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    without = visitor.post(f"/forms/{key}", data={"phone": "2145550123"})
    assert "Kryssa för detta" in without.text and every(floor) == []
    ticked = {"phone": "2145550123", "consent": box(shown.text)}
    assert "Tack." in visitor.post(f"/forms/{key}", data=ticked).text
    assert the(floor, every(floor)[0].id).consent == "Ni får ringa mig."


def box(page: str) -> str:
    """What a page's box to tick sends."""
    found = re.search(r'type="checkbox" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_words_that_were_changed_meanwhile_are_agreed_to_anew(
    visitor: FlaskClient, floor: Floor, campaign: int, max_: User
) -> None:
    given = FormSettings(campaign, "Site", consent="You may call me.")
    made = lead_forms.add(floor.tenant, max_.id, floor.organisation.id, given, now())
    address = f"/forms/{lead_forms.form(floor.tenant, floor.organisation.id, made).key}"
    ticked = {"phone": "2145550123", "consent": box(visitor.get(address).text)}
    other = replace(given, consent="You may call me and sell my number.")
    lead_forms.edit(floor.tenant, max_.id, floor.organisation.id, made, 1, other)
    again = visitor.post(address, data=ticked)
    assert "Tick this so that we may call you." in again.text and "checked" not in again.text
    assert every(floor) == []


def test_a_custom_field_that_is_no_longer_in_use_stops_no_form(
    visitor: FlaskClient, floor: Floor, campaign: int, max_: User
) -> None:
    with floor.db.transaction() as connection:
        connection.execute(
            "INSERT INTO custom_field (organisation_id, label) VALUES (%(o)s, 'Shoe / size'), (%(o)s, 'Town')",
            {"o": floor.organisation.id},
        )
    given = FormSettings(campaign, "Site", fields=["custom:Shoe / size", "custom:Town"])
    made = lead_forms.add(floor.tenant, max_.id, floor.organisation.id, given, now())
    address = f"/forms/{lead_forms.form(floor.tenant, floor.organisation.id, made).key}"
    long = visitor.post(address, data={"phone": "2145550123", "custom:Shoe / size": "4" * 2001})
    assert 'name="custom:Shoe / size" aria-invalid="true"' in long.text, "said where it is wrong"
    with floor.db.transaction() as connection:
        connection.execute("UPDATE custom_field SET active = false WHERE label = 'Shoe / size'")
    assert "Town" in visitor.get(address).text and "Shoe" not in visitor.get(address).text
    sent = {"phone": "2145550123", "custom:Town": "Austin", "custom:Shoe / size": "43"}
    assert "Thank you" in visitor.post(address, data=sent).text
    assert the(floor, every(floor)[0].id).custom == {"Town": "Austin"}


def test_a_number_that_is_missing_is_asked_for_as_the_phone(
    visitor: FlaskClient, floor: Floor, max_: User
) -> None:
    mobile_first = hands.campaign(floor, phone_field="mobile_phone")
    given = FormSettings(mobile_first, "Site", fields=["mobile_phone"])
    made = lead_forms.add(floor.tenant, max_.id, floor.organisation.id, given, now())
    address = f"/forms/{lead_forms.form(floor.tenant, floor.organisation.id, made).key}"
    assert 'name="phone" aria-invalid="true"' in visitor.post(address, data={}).text
    wrong = visitor.post(address, data={"mobile_phone": "call me"})
    assert 'name="mobile_phone" aria-invalid="true"' in wrong.text


def test_who_guesses_keys_is_told_nothing(visitor: FlaskClient, floor: Floor) -> None:
    answers = [visitor.post("/forms/unknown-key-of-no-form").status_code for _ in range(12)]
    assert answers == [404] * 10 + [429] * 2


def test_robots_are_thanked_and_forgotten_and_nobody_sends_too_often(
    visitor: FlaskClient, floor: Floor, form: Form
) -> None:
    lured = visitor.post(f"/forms/{form.key}", data={"phone": "2145550123", "website": "http://spam.example"})
    assert "Thank you" in lured.text and every(floor) == []
    for _ in range(9):
        assert visitor.post(f"/forms/{form.key}", data={}).status_code == 422
    refused = visitor.post(f"/forms/{form.key}", data={"phone": "2145550123"})
    assert refused.status_code == 429 and "Too many tries" in refused.text
    assert "frame-ancestors https://www.example.com" in refused.headers["Content-Security-Policy"]


def test_a_form_that_is_off_or_unknown_or_too_large_takes_nothing(
    visitor: FlaskClient, floor: Floor, form: Form, max_: User, campaign: int
) -> None:
    assert visitor.get("/forms/unknown-key-of-no-form").status_code == 404
    assert visitor.post(f"/forms/{form.key}", data={"notes": "x" * 200_000}).status_code == 413
    with floor.db.transaction() as connection:
        connection.execute("UPDATE campaign SET active = false WHERE id = %s", (campaign,))
    assert "not in use just now" in visitor.get(f"/forms/{form.key}").text
    assert "not in use just now" in visitor.post(f"/forms/{form.key}", data={"phone": "2145550123"}).text
    off = FormSettings(campaign, "Landing page", active=False)
    lead_forms.edit(floor.tenant, max_.id, floor.organisation.id, form.id, form.version, off)
    assert visitor.get(f"/forms/{form.key}").status_code == 404
    assert every(floor) == []


def test_a_manager_makes_a_form_and_finds_its_lines(as_: As, floor: Floor, campaign: int, max_: User) -> None:
    max_browser = as_(max_)
    given = {
        "name": "Landing page", "campaign_id": campaign, "locale": "en", "fields": ["first_name", "notes"],
        "origins": "www.example.com\nhttps://shop.example.com:8443/cart\nhttps://*.Räksmörgås.se",
        "consent": "", "active": "y",
    }  # fmt: skip
    for wrong, said in (
        ({"name": " "}, "Give the form a name"),
        ({"origins": "https://evil.example; script-src *"}, "is no site"),
        ({"origins": "'unsafe-inline'"}, "is no site"),
        ({"campaign_id": 10**9}, "Not a valid choice"),
        ({"origins": "https://räk smörgås.se"}, "is no site"),
    ):
        refused = max_browser.post("/leads/forms/new", data={**given, **wrong})
        assert (refused.status_code, said in refused.text) == (422, True), wrong
    made = max_browser.post("/leads/forms/new", data=given)
    page = max_browser.get(made.headers["Location"]).text
    (form,) = lead_forms.forms(floor.tenant, floor.organisation.id)
    assert f"/forms/{form.key}&#34;" in page or f'/forms/{form.key}"' in page
    assert form.origins == [
        "https://www.example.com", "https://shop.example.com:8443", "https://*.xn--rksmrgs-5wao1o.se",
    ]  # fmt: skip
    twice = max_browser.post("/leads/forms/new", data=given)
    assert "Another form has this name" in twice.text
    stale = max_browser.post(f"/leads/forms/{form.id}", data={**given, "version": 0})
    assert stale.status_code == 409
    saved = max_browser.post(f"/leads/forms/{form.id}", data={**given, "name": "Other", "version": 1})
    assert saved.status_code == 302
    max_browser.post(f"/leads/forms/{form.id}/delete")
    assert lead_forms.forms(floor.tenant, floor.organisation.id) == []
    actions = [floor.audited(f"lead_form.{verb}") for verb in ("add", "edit", "remove")]
    assert [len(found) for found in actions] == [1, 1, 1]


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
