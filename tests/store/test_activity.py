"""Call Activity: a row for each leg that is over, filters, orders, pages (RING-5, RING-6)."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from dialing_floor import Floor

from dialer.call_activity import Filters, Order, Sort, place_of
from dialer.db import Database
from dialer.store import activity


@pytest.fixture
def floor(db: Database) -> Floor:
    return Floor(db)


def legs(
    floor: Floor,
    wanted: Filters | None = None,
    order: Order | None = None,
    counted: int = activity.COUNTED,
) -> list[activity.Leg]:
    """All that fit, read in pages of three; more than ``counted`` are only many."""
    found: list[activity.Leg] = []
    after = None
    while True:
        page = activity.page(
            floor.tenant, floor.organisation_id, wanted or Filters(), order or Order(), after=after, limit=3
        )
        found += page.legs
        if page.next is None:
            assert page.count == min(len(found), counted + 1)
            return found
        after = place_of((order or Order()).sort, page.next.text)
        assert after == page.next


def lead_of(floor: Floor) -> int:
    """A lead about the first prospect."""
    return int(
        floor.value(
            """
            WITH g AS (INSERT INTO distribution_group (organisation_id, name) VALUES (%(o)s, 'All') RETURNING id),
            c AS (INSERT INTO campaign (organisation_id, name, list_id, group_id)
                  SELECT %(o)s, 'Website', %(l)s, id FROM g RETURNING id)
            INSERT INTO lead (organisation_id, prospect_id, campaign_id, received_at, changed_at)
            SELECT %(o)s, (SELECT min(id) FROM prospect), id, now(), now() FROM c RETURNING id
            """,
            l=floor.list_id,
        )
    )


def rung(floor: Floor, lead_id: int, user_id: int, **leg: Any) -> None:
    """The user's phone rings for the lead."""
    floor.do(
        """
        INSERT INTO ring (organisation_id, key, lead_id, node, state, press_s, started_at)
        VALUES (%(o)s, gen_random_uuid(), %(lead)s, 'main', 'ringing', 15, %(now)s)
        ON CONFLICT DO NOTHING
        """,
        lead=lead_id,
        now=floor.now,
    )
    floor.do(
        """
        INSERT INTO ring_leg (organisation_id, ring_id, user_id, leg_id, bridge_id, standing, in_session,
            extension, state, started_at)
        SELECT %(o)s, max(id), %(u)s, gen_random_uuid(), gen_random_uuid(), false, false, '1001', 'ringing', %(now)s
        FROM ring
        """,
        u=user_id,
        now=floor.now,
    )


def test_a_call_is_there_once_it_is_over_with_who_and_how_long(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.ring()
    floor.pass_time(seconds=7)
    floor.answer(leg_id)
    floor.join(leg_id)
    floor.pass_time(seconds=61.9)
    assert legs(floor) == []
    floor.hang_up(leg_id)
    (leg,) = legs(floor)
    assert (leg.kind, leg.user_id, leg.by, leg.phone) == ("prospect", ana, "Ana", "+12145550001")
    assert (leg.rang_s, leg.talk_s, leg.outcome, leg.cause) == (7, 61, "connected", 16)
    assert leg.prospect == "Bo"
    assert len(leg.recordings) == 1


def test_a_call_that_nobody_answered_is_nobodys(floor: Floor) -> None:
    floor.at_work("Ana")
    leg_id = floor.ring()
    floor.pass_time(seconds=20)
    floor.hang_up(leg_id, 17)
    (leg,) = legs(floor)
    assert (leg.by, leg.user_id, leg.rang_s, leg.talk_s, leg.outcome, leg.cause) == (
        "",
        None,
        20,
        0,
        "busy",
        17,
    )
    assert leg.recordings == []


def test_a_phone_that_rang_for_a_lead_is_an_agents_leg(floor: Floor) -> None:
    ana, lead_id = floor.hire("Ana"), lead_of(floor)
    rung(floor, lead_id, ana)
    prospect_id = floor.value("SELECT min(id) FROM prospect")
    (under_way,) = activity.under_way(floor.tenant, floor.organisation_id, prospect_id)
    assert (under_way.kind, under_way.by, under_way.state) == ("agent", "Ana", "ringing")
    floor.do(
        "UPDATE ring_leg SET state = 'over', outcome = 'rejected', cause = 21, ended_at = %(at)s",
        at=floor.now + timedelta(seconds=9),
    )
    assert activity.under_way(floor.tenant, floor.organisation_id, prospect_id) == []
    (leg,) = activity.of_prospect(floor.tenant, floor.organisation_id, prospect_id).legs
    assert (leg.kind, leg.by, leg.phone, leg.rang_s, leg.outcome, leg.cause) == (
        "agent", "Ana", "1001", 9, "rejected", 21,
    )  # fmt: skip


def test_who_is_called_something_else_now_is_found_by_that(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    floor.do("UPDATE app_user SET name = 'Anastasia' WHERE id = %(u)s", u=ana)
    assert [leg.by for leg in legs(floor)] == ["Anastasia"]


@pytest.fixture
def busy(floor: Floor) -> Floor:
    """Forty legs of Ana, Abe and nobody."""
    ana, abe = floor.hire("Ana"), floor.hire("Abe")
    floor.do(
        """
        INSERT INTO attempt (organisation_id, prospect_id, list_id, node, number, ring_s, record, drop_message, state,
            leg_id, user_id, outcome, cause, launched_at, answered_at, bridged_at, ended_at)
        SELECT %(o)s, (SELECT min(id) FROM prospect), %(l)s, 'main', '+121455500' || (10 + n %% 7), 25, true, '',
            'ended', gen_random_uuid(), (ARRAY[%(ana)s, %(abe)s, NULL])[1 + n %% 3],
            (ARRAY['connected', 'busy', 'no_answer', 'failed'])[1 + n %% 4], 16 + n %% 2,
            t.at + n * interval '1 h', t.at + n * interval '1 h 5 s', t.at + n * interval '1 h 5 s',
            t.at + n * interval '1 h 5 s' + (n %% 5) * interval '100 s'
        FROM generate_series(1, 40) n, (SELECT %(now)s::timestamptz AS at) t
        """,
        l=floor.list_id, ana=ana, abe=abe, now=floor.now,
    )  # fmt: skip
    return floor


@pytest.mark.parametrize(("sort", "descending"), [*itertools.product(Sort, (True, False))])
@pytest.mark.parametrize("counted", [activity.COUNTED, 5])
def test_pages_in_any_order_hold_every_leg_once(
    busy: Floor, monkeypatch: pytest.MonkeyPatch, sort: Sort, descending: bool, counted: int
) -> None:
    """Also where more fit than are counted: then the order's index is walked."""
    monkeypatch.setattr(activity, "COUNTED", counted)
    order = Order(sort, descending)
    attribute = {Sort.BY: "by"}.get(sort, sort.value)
    found: list[activity.Leg] = []
    after = None
    while True:
        page = activity.page(busy.tenant, busy.organisation_id, Filters(), order, after=after, limit=7)
        found += page.legs
        assert page.count == min(40, counted + 1)
        if (after := page.next) is None:
            break
    keys = [(getattr(leg, attribute), leg.id) for leg in found]
    assert keys == sorted(keys, reverse=descending)
    assert len({leg.id for leg in found}) == 40


@pytest.mark.parametrize("counted", [activity.COUNTED, 2])
def test_filters_leave_what_they_say(busy: Floor, monkeypatch: pytest.MonkeyPatch, counted: int) -> None:
    monkeypatch.setattr(activity, "COUNTED", counted)
    everything = list(itertools.chain(*activity.export(busy.tenant, busy.organisation_id, None, Filters())))
    callers = {name: user_id for user_id, name in activity.callers(busy.tenant, busy.organisation_id).items()}
    assert list(callers) == ["Abe", "Ana"]
    noon = busy.now
    cases = [
        (Filters(user_ids=(callers["Ana"],)), lambda leg: leg.by == "Ana"),
        (Filters(own=callers["Ana"], user_ids=(callers["Abe"],)), lambda leg: False),
        (Filters(phones=("+12145550010", "+12145550012")), lambda leg: leg.phone[-2:] in ("10", "12")),
        (Filters(outcomes=("busy", "failed")), lambda leg: leg.outcome in ("busy", "failed")),
        (Filters(talk_from_s=100, talk_to_s=200), lambda leg: leg.talk_s in (100, 200)),
        (
            Filters(since=noon + timedelta(hours=3), until=noon + timedelta(hours=9)),
            lambda leg: noon + timedelta(hours=3) <= leg.at < noon + timedelta(hours=9),
        ),
        (Filters(kind="agent"), lambda leg: False),
        (
            Filters(user_ids=tuple(callers.values()), talk_from_s=1, outcomes=("connected",)),
            lambda leg: leg.by and leg.talk_s and leg.outcome == "connected",
        ),
    ]
    for wanted, fits in cases:
        chunks = activity.export(busy.tenant, busy.organisation_id, None, wanted)
        found = list(itertools.chain(*chunks))
        assert [leg.id for leg in found] == [leg.id for leg in everything if fits(leg)], wanted
        assert legs(busy, wanted, counted=counted) == found


@pytest.mark.parametrize(("sort", "descending"), [*itertools.product(Sort, (True, False))])
@pytest.mark.parametrize(("counted", "walked"), [(activity.COUNTED, 6000), (5, 6000), (5, 3)])
def test_a_file_has_what_the_pages_have_in_the_same_order(
    busy: Floor, monkeypatch: pytest.MonkeyPatch, sort: Sort, descending: bool, counted: int, walked: int
) -> None:
    """Few and in memory, or many and walked through."""
    monkeypatch.setattr(activity, "COUNTED", counted)
    monkeypatch.setattr(activity, "WALKED", walked)
    monkeypatch.setattr(activity, "_CHUNK", 2)
    order, wanted = Order(sort, descending), Filters(outcomes=("busy", "connected"))
    chunks = list(activity.export(busy.tenant, busy.organisation_id, None, wanted, order))
    assert all(0 < len(chunk) <= 2 for chunk in chunks)
    found = list(itertools.chain(*chunks))
    assert len(found) == 20
    assert found == legs(busy, wanted, order, counted=counted)


def test_numbers_are_found_by_some_of_their_digits(busy: Floor) -> None:
    found = activity.phones(busy.tenant, busy.organisation_id, "(214) 555-0012")
    assert found == ["+12145550012"]
    assert len(activity.phones(busy.tenant, busy.organisation_id, "5500")) == 7
    assert activity.phones(busy.tenant, busy.organisation_id, "%") == []
    assert activity.outcomes(busy.tenant, busy.organisation_id) == [
        "busy",
        "connected",
        "failed",
        "no_answer",
    ]


def test_another_organisation_sees_none_of_them(busy: Floor, db: Database) -> None:
    other = Floor(db, "Borealis")
    assert activity.page(other.tenant, busy.organisation_id, Filters()).legs == []
    assert activity.phones(other.tenant, busy.organisation_id, "5500") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "x~1",
        "7~",
        "7~noon",
        "9223372036854775808~1",
        "7~99999999999",
        "7~2026-01-01",
        "9" * 5000 + "~1",
    ],
)
def test_a_place_that_was_never_ours_is_none(text: str) -> None:
    assert place_of(Sort.AT, text) is None
    assert place_of(Sort.TALK, text) is None
