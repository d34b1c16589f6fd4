"""Rings begin: who is rung for a lead, and why nobody is (RING-1, RING-4)."""

from __future__ import annotations

import threading

import pytest
from dialing_floor import OTHER_NODE, Floor
from lead_site import Site

from dialer.calls.commands import Originate, Prompt, StopMusic
from dialer.calls.events import LegGone
from dialer.errors import Refused
from dialer.ring_rules import LeadFacts
from dialer.store import (
    browser_phones,
    campaigns,
    leads,
    presence,
    ring_begin,
    sessions,
)
from dialer.store.ring_begin import Begun, NotBegun


def test_everybody_who_is_signed_in_or_ready_is_rung(site: Site) -> None:
    ana, abe = site.sign_in("Ana"), site.floor.at_work("Abe")
    begun = site.ring()
    assert {leg.user_id for leg in begun.ring.legs} == {ana, abe}
    assert [type(command) for command in begun.commands] == [Originate, StopMusic, Prompt]
    assert site.floor.agent(abe).ring_id is not None


def test_at_most_ten_are_rung_and_the_others_come_first_the_next_time(site: Site) -> None:
    users = [site.sign_in(f"Ana {n}") for n in range(13)]
    first = site.ring()
    for leg in first.ring.legs:
        site.tell(first, LegGone(site.floor.now, leg.leg_id, 21))
    site.floor.pass_time(seconds=1)
    second = site.ring()
    rung = [{leg.user_id for leg in begun.ring.legs} for begun in (first, second)]
    assert [len(each) for each in rung] == [10, 10]
    assert set(users) - rung[0] <= rung[1]


def test_with_nobody_to_ring_it_is_an_exception(site: Site) -> None:
    lead_id = site.post()
    assert site.begin(lead_id) is NotBegun.SETTLED
    assert (site.lead(lead_id)["state"], site.lead(lead_id)["reason"]) == ("exception", "no_one_eligible")


def test_a_lead_waits_for_those_who_are_rung_for_another_and_not_for_ever(site: Site) -> None:
    ana = site.sign_in("Ana")
    site.ring()
    second = site.post()
    assert site.begin(second) is NotBegun.WAITS
    assert site.lead(second)["state"] == "waiting"
    site.floor.pass_time(seconds=61)
    site.floor.do("UPDATE app_user SET seen_at = %(now)s WHERE id = %(u)s", now=site.floor.now, u=ana)
    assert site.begin(second) is NotBegun.SETTLED
    assert site.lead(second)["state"] == "exception"


def test_a_campaign_with_many_leads_keeps_no_other_waiting(site: Site) -> None:
    ours = [site.post() for _ in range(ring_begin.MOST_AT_ONCE + 1)]
    site.floor.pass_time(seconds=1)
    other = Site(Floor(site.floor.db, "Globex"))
    other.floor.pass_time(seconds=1)
    theirs = other.post()
    looked_at = [each.lead_id for each in ring_begin.waiting(site.floor.db)]
    assert looked_at[:3] == [ours[0], theirs, ours[1]]
    assert len(looked_at) == ring_begin.MOST_AT_ONCE


def test_leads_that_ring_the_same_agents_are_of_one_kind(site: Site) -> None:
    first, second, swedish = site.post(), site.post(), site.post()
    site.floor.do("UPDATE lead SET language = 'sv' WHERE id = %(id)s", id=swedish)
    kinds = {each.lead_id: each.kind for each in ring_begin.waiting(site.floor.db)}
    assert kinds[first] == kinds[second] != kinds[swedish]


def test_a_lead_is_left_to_the_node_on_which_somebody_is_at_work(site: Site) -> None:
    site.floor.at_work("Ana")
    lead_id = site.post()
    assert site.begin(lead_id, OTHER_NODE) is NotBegun.WAITS
    assert site.lead(lead_id)["state"] == "waiting"
    assert isinstance(site.begin(lead_id), Begun)


def test_a_lead_does_not_wait_for_a_node_where_nobody_is_free(site: Site) -> None:
    ana = site.floor.at_work("Ana")
    sessions.ask_pause(site.floor.tenant, ana, "Lunch", site.floor.now)
    lead_id = site.post()
    assert site.begin(lead_id, OTHER_NODE) is NotBegun.SETTLED
    assert site.lead(lead_id)["reason"] == "no_one_eligible"


def test_a_lead_that_is_rung_for_again_waits_anew_for_who_is_rung_for_another(site: Site) -> None:
    ana = site.sign_in("Ana")
    lead_id = site.post()
    site.floor.do("UPDATE app_user SET seen_at = NULL WHERE id = %(u)s", u=ana)
    assert site.begin(lead_id) is NotBegun.SETTLED
    assert site.lead(lead_id)["state"] == "exception"
    site.floor.pass_time(minutes=5)
    site.floor.do("UPDATE app_user SET seen_at = %(now)s WHERE id = %(u)s", now=site.floor.now, u=ana)
    site.ring()
    leads.ring_again(
        site.floor.tenant, site.floor.max_id, site.floor.organisation_id, lead_id, site.floor.now
    )
    assert site.begin(lead_id) is NotBegun.WAITS
    assert site.lead(lead_id)["state"] == "waiting"


def test_a_browser_phone_rings_only_while_its_page_is_open(site: Site) -> None:
    ana = site.sign_in("Ana")
    site.floor.do("UPDATE app_user SET phone_kind = 'browser' WHERE id = %(u)s", u=ana)
    lead_id = site.post()
    assert site.begin(lead_id) is NotBegun.SETTLED
    assert site.lead(lead_id)["reason"] == "no_one_eligible"
    account = browser_phones.issue(site.floor.tenant, ana)
    assert [leg.user_id for leg in site.ring().ring.legs] == [ana]
    browser_phones.give_up(site.floor.tenant, ana, account.secret)
    site.floor.do("UPDATE browser_phone SET until = now() WHERE user_id = %(u)s", u=ana)
    turn = campaigns.preview(site.floor.tenant, site.floor.organisation_id, site.campaign_id, LeadFacts())
    assert ana not in {each.user_id for each in turn.rung}


def test_who_has_switched_leads_off_is_not_rung_until_they_switch_them_on(site: Site) -> None:
    ana, abe = site.sign_in("Ana"), site.floor.at_work("Abe")
    of_ana = (site.floor.tenant, site.floor.organisation_id, ana)
    presence.take_leads(*of_ana, False)
    presence.take_leads(site.floor.tenant, site.floor.organisation_id, abe, False)
    lead_id = site.post()
    assert site.begin(lead_id) is NotBegun.SETTLED
    assert site.lead(lead_id)["reason"] == "no_one_eligible"
    presence.take_leads(*of_ana, True)
    assert [leg.user_id for leg in site.ring().ring.legs] == [ana]


def test_a_lead_outside_its_hours_is_an_exception_with_the_rule(site: Site) -> None:
    site.floor.pass_time(hours=8)
    site.sign_in("Ana")
    lead_id = site.post()
    assert site.begin(lead_id) is NotBegun.SETTLED
    assert site.lead(lead_id)["reason"] == "calling_hours"


def test_a_campaign_that_is_switched_off_rings_nobody(site: Site) -> None:
    site.sign_in("Ana")
    site.floor.do("UPDATE campaign SET active = false WHERE organisation_id = %(o)s")
    lead_id = site.post()
    assert site.begin(lead_id) is NotBegun.SETTLED
    assert site.lead(lead_id)["reason"] == "campaign_off"


def test_two_dialers_ring_a_lead_once_and_nobody_for_two(site: Site) -> None:
    for n in range(4):
        site.sign_in(f"Ana {n}")
    lead_ids = [site.post() for _ in range(4)]
    start = threading.Barrier(8)
    begun: list[Begun] = []

    def look(lead_id: int) -> None:
        start.wait()
        if isinstance(made := site.begin(lead_id), Begun):
            begun.append(made)

    looks = [threading.Thread(target=look, args=(lead_id,)) for lead_id in lead_ids * 2]
    for each in looks:
        each.start()
    for each in looks:
        each.join()
    rung = [leg.user_id for each in begun for leg in each.ring.legs]
    assert len(rung) == len(set(rung)), "nobody is rung for two"
    assert len(begun) == len({each.ring.key for each in begun})


def test_nobody_starts_a_session_while_their_phone_rings(site: Site) -> None:
    ana = site.sign_in("Ana")
    site.floor.assign(ana)
    site.ring()
    with pytest.raises(Refused, match="rings for a lead"):
        sessions.start_session(site.floor.tenant, ana, site.floor.list_id, site.floor.now)
