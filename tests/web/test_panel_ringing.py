"""Who is there to be rung, and what their page shows while a lead rings (RING-1, RING-3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor, now
from ringing import NUMBER, add_campaign, leg_of, post_lead, press_1, ring_for

from dialer.calls.events import LegAnswered
from dialer.db import Database
from dialer.errors import Conflict
from dialer.store import presence, rings, users
from dialer.store.people import Role, User
from web.presence import Presence

Browser = Callable[[User], FlaskClient]

BOX = "ringing-box"
"""What shows a lead."""


def seen_at(floor: Floor, user: User) -> datetime | None:
    with floor.db.transaction() as connection:
        row = connection.execute("SELECT seen_at FROM app_user WHERE id = %s", (user.id,)).fetchone()
    assert row is not None
    found: datetime | None = row["seen_at"]
    return found


def forget(app: Flask, floor: Floor) -> None:
    """As if half a minute had passed."""
    app.extensions["ringpool_presence"] = Presence()
    with floor.db.transaction() as connection:
        connection.execute("UPDATE app_user SET seen_at = seen_at - interval '30 s'")


def test_signing_in_and_every_part_of_a_page_keep_a_user_present(
    app: Flask, as_: Browser, floor: Floor, ana: User
) -> None:
    assert seen_at(floor, ana) is None
    client = as_(ana)
    first = seen_at(floor, ana)
    assert first is not None
    client.get("/ringing")
    presence.seen(floor.tenant, floor.organisation.id, ana.id)
    assert seen_at(floor, ana) == first, "once in a while is enough, for all processes together"
    forget(app, floor)
    client.get("/ringing")
    second = seen_at(floor, ana)
    assert second is not None and second > first
    forget(app, floor)
    client.get("/static/panel.css")
    client.get("/healthz")
    assert seen_at(floor, ana) == second - timedelta(seconds=30), "files and probes are nobody's"


def test_the_stream_keeps_a_user_present_who_signs_out_elsewhere_it_does_not_bring_back(
    app: Flask, as_: Browser, floor: Floor, ana: User
) -> None:
    client = as_(ana)
    forget(app, floor)
    before = seen_at(floor, ana)
    with client.get("/live", buffered=False) as stream:
        told = iter(stream.response)
        next(told), next(told)
        assert before is not None and (seen_at(floor, ana) or before) > before
    client.post("/sign-out")
    assert seen_at(floor, ana) is None
    presence.seen(floor.tenant, floor.organisation.id, ana.id, anew=False)
    assert seen_at(floor, ana) is None
    client.get("/ringing")
    assert seen_at(floor, ana) is None, "they are asked to sign in"


def test_a_user_whose_row_is_being_changed_does_not_hold_up_their_page(floor: Floor, ana: User) -> None:
    with floor.db.transaction() as connection:
        connection.execute("UPDATE app_user SET name = 'Anna' WHERE id = %s", (ana.id,))
        presence.seen(floor.tenant, floor.organisation.id, ana.id)
    assert seen_at(floor, ana) is None


def test_a_page_says_what_rings_without_the_number_and_then_who_has_it(
    as_: Browser, floor: Floor, ana: User, abe: User
) -> None:
    hers, his = as_(ana), as_(abe)
    assert BOX not in hers.get("/ringing").text
    begun = ring_for(floor, post_lead(floor, add_campaign(floor), last_name="O'Neil <b>"))
    told = hers.get("/ringing").text
    assert "New lead: press 1 on your phone to take it" in told
    assert "Bo O&#39;Neil &lt;b&gt;" in told and "Website" in told and "TX / Loan" in told
    assert NUMBER not in told and NUMBER[-4:] not in told
    rings.on_event(
        floor.db, begun.ring.key, LegAnswered(begun.ring.legs[0].started_at, leg_of(begun, abe)), "trunk"
    )
    assert "New lead" in his.get("/ringing").text, "who picked up is told still"
    press_1(floor, begun, ana)
    assert "You have it" in hers.get("/ringing").text
    assert "This lead has been taken" in his.get("/ringing").text
    with floor.db.transaction() as connection:
        connection.execute("UPDATE ring_leg SET pressed_at = pressed_at - %s", (timedelta(minutes=1),))
    assert BOX not in hers.get("/ringing").text + his.get("/ringing").text


def test_the_call_of_a_lead_is_not_shown_under_the_list_that_was_chosen_before(
    as_: Browser, floor: Floor, ana: User, max_: User
) -> None:
    list_id = floor.add_list(max_, ana, name="Spring leads")
    hers = as_(ana)
    assert "Spring leads" in hers.get(f"/session/?list={list_id}").text
    press_1(floor, ring_for(floor, post_lead(floor, add_campaign(floor))), ana)
    page = hers.get(f"/session/?list={list_id}").text
    assert "Bo Prospect" in page
    assert "Spring leads" not in page


def test_only_who_has_a_phone_has_the_place_for_it(as_: Browser, ana: User, max_: User) -> None:
    page = as_(ana).get("/account/").text
    assert 'id="ringing" data-live="ring:' in page
    assert 'id="ringing"' not in as_(max_).get("/account/").text


def test_a_ring_of_another_user_is_nobody_elses_business(
    as_: Browser, floor: Floor, ana: User, abe: User
) -> None:
    as_(ana)
    ring_for(floor, post_lead(floor, add_campaign(floor)))
    assert BOX not in as_(abe).get("/ringing").text


def test_an_agent_switches_leads_off_and_on_and_every_page_says_so(
    as_: Browser, floor: Floor, ana: User, max_: User
) -> None:
    hers, his = as_(ana), as_(max_)
    campaign_id = add_campaign(floor)
    assert "Leads on" in hers.get("/my-leads/").text
    told = hers.post("/ringing", data={"leads": "off"}, headers={"HX-Request": "true"}).text
    assert "Leads off" in told and "<html" not in told
    assert "Leads off" in hers.get("/account/").text and "Leads off" in hers.get("/ringing").text
    assert "Has switched leads off." in his.get(f"/campaigns/{campaign_id}/preview").text
    back = hers.post("/ringing", data={"leads": "on", "next": "/my-leads/"})
    assert (back.status_code, back.location) == (302, "/my-leads/")
    assert f'id="rung-{ana.id}"' in his.get(f"/campaigns/{campaign_id}/preview").text
    told_of = [(each["user_id"], each["before"], each["after"]) for each in floor.audited("user.edit")]
    off, on = {"takes_leads": False}, {"takes_leads": True}
    assert told_of == [(ana.id, on, off), (ana.id, off, on)]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("extension = NULL, sip_secret = NULL", "ask your manager to give you one"),
        ("works_from = '00:00', works_until = '00:01', works_days = '{1}'", "outside your working hours"),
        ("takes_leads = false", "you have switched leads off"),
        ("phone_kind = 'browser'", "your browser phone is not open"),
        ("locale = 'en'", None),
    ],
)
def test_my_leads_says_what_keeps_every_lead_away(
    as_: Browser, floor: Floor, ana: User, column: str, said: str | None
) -> None:
    with floor.db.transaction() as connection:
        connection.execute("UPDATE organisation SET time_zone = 'UTC'")
        connection.execute(f"UPDATE app_user SET {column} WHERE id = %s", (ana.id,))
        if "works" in column:  # the day before yesterday, whatever day it is
            connection.execute(
                "UPDATE app_user SET works_days = ARRAY[extract(isodow FROM now() - interval '2 days')::smallint]"
            )
    page = as_(ana).get("/my-leads/").text
    assert (said in page) if said else ("No lead rings you now" not in page)


def test_a_manager_who_edits_a_user_meanwhile_overwrites_no_switch(floor: Floor, ana: User) -> None:
    found = users.registered(floor.tenant, ana.id)
    presence.take_leads(floor.tenant, floor.organisation.id, ana.id, False)
    presence.take_leads(floor.tenant, floor.organisation.id, ana.id, False)
    assert users.registered(floor.tenant, ana.id).version == found.version + 1, "twice the same is once"
    with pytest.raises(Conflict, match="Ana changed this meanwhile"):
        users.edit(floor.tenant, ana.id, found.registration, found.version, now())


def test_only_who_can_be_rung_has_the_switch(as_: Browser, floor: Floor, max_: User) -> None:
    dora = floor.hire("Dora", Role.DIALING_AGENT, extension="1077")
    assert "leads-switch" not in as_(dora).get("/account/").text
    assert "leads-switch" not in as_(max_).get("/account/").text, "without a phone"


def test_nobody_switches_for_another_organisation(db: Database, floor: Floor, ana: User) -> None:
    nord = Floor(db, "Nord")
    presence.take_leads(nord.tenant, floor.organisation.id, ana.id, False)
    presence.take_leads(nord.tenant, nord.organisation.id, ana.id, False)
    assert users.registered(floor.tenant, ana.id).registration.takes_leads
