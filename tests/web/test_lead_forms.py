"""Web forms: in a site, for its visitors, and in the panel, for managers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import lead_hands as hands
import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor, now

from dialer.store import do_not_call, lead_forms, lead_pages
from dialer.store.lead_forms import Form, FormSettings
from dialer.store.lead_pages import Wanted
from dialer.store.people import User

As = Callable[[User], FlaskClient]


@pytest.fixture
def campaign(floor: Floor) -> int:
    return hands.campaign(floor)


def every(floor: Floor) -> list[lead_pages.Lead]:
    return lead_pages.page(floor.tenant, floor.organisation.id, Wanted())


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
    found = hands.the(floor, every(floor)[0].id)
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
    assert hands.the(floor, every(floor)[0].id).consent == "Ni får ringa mig."


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
    assert hands.the(floor, every(floor)[0].id).custom == {"Town": "Austin"}


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


def test_robots_leave_no_lead_people_lose_nothing_and_nobody_sends_too_often(
    visitor: FlaskClient, floor: Floor, form: Form
) -> None:
    lured = visitor.post(f"/forms/{form.key}", data={"phone": "2145550123", "website": "http://spam.example"})
    assert every(floor) == []
    assert "send it once more" in lured.text and 'value="2145550123"' in lured.text
    assert "spam.example" not in lured.text, "sent again it is a person's"
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
