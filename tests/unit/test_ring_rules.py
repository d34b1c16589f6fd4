"""Who can be rung for a lead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.agents import AgentState, Wanted
from dialer.ring_rules import (
    LEAD_EXCEPTIONS,
    SEEN_WITHIN,
    SENTENCES,
    Candidate,
    Filters,
    LeadException,
    LeadFacts,
    NotRung,
    chosen,
    why_not_rung,
    works_at,
)
from dialer.roles import Role

MONDAY_NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
CHICAGO = "America/Chicago"
ANY = frozenset[str]()

ANA = Candidate(
    user_id=1,
    name="Ana",
    role=Role.AGENT,
    active=True,
    extension="1001",
    team_ids=frozenset({7}),
    skills={"Solar": 5},
    states=ANY,
    languages=ANY,
    products=ANY,
    works_from=None,
    works_until=None,
    works_days=frozenset(range(1, 8)),
    takes_leads=True,
    seen_at=MONDAY_NOON,
    agent_state=None,
    wanted=None,
    node=None,
    phone_closed=False,
    rings=False,
    on_a_call=False,
    owes_result=False,
    last_rung_at=None,
)


def why(filters: Filters = Filters(), lead: LeadFacts = LeadFacts(), **of_ana: Any) -> NotRung | None:  # noqa: B008
    return why_not_rung(replace(ANA, **of_ana), filters, lead, CHICAGO, MONDAY_NOON, "main")


def test_who_is_signed_in_with_a_phone_is_rung() -> None:
    assert why() is None


def test_who_is_ready_in_a_session_is_rung_without_a_page() -> None:
    assert why(seen_at=None, agent_state=AgentState.READY, node="main") is None


@pytest.mark.parametrize(
    ("of_ana", "reason"),
    [
        ({"active": False}, NotRung.NO_AGENT),
        ({"role": Role.DIALING_AGENT}, NotRung.NO_AGENT),
        ({"extension": None}, NotRung.NO_PHONE),
        ({"seen_at": None}, NotRung.NOT_THERE),
        ({"seen_at": MONDAY_NOON - SEEN_WITHIN - timedelta(seconds=1)}, NotRung.NOT_THERE),
        ({"agent_state": AgentState.LOGGED_OUT, "seen_at": None}, NotRung.NOT_THERE),
        ({"takes_leads": False}, NotRung.LEADS_OFF),
        ({"takes_leads": False, "agent_state": AgentState.READY, "node": "main"}, NotRung.LEADS_OFF),
        ({"phone_closed": True}, NotRung.PHONE_CLOSED),
        ({"agent_state": AgentState.READY, "node": "second"}, NotRung.OTHER_NODE),
        ({"agent_state": AgentState.PAUSED, "node": "second"}, NotRung.PAUSED),
        ({"rings": True, "agent_state": AgentState.RESERVED, "node": "second"}, NotRung.RUNG_ALREADY),
        ({"rings": True}, NotRung.RUNG_ALREADY),
        ({"on_a_call": True}, NotRung.ON_A_CALL),
        ({"owes_result": True}, NotRung.WRAP_UP),
        ({"works_days": frozenset({2, 3})}, NotRung.OFF_HOURS),
        ({"works_from": time(13), "works_until": time(17)}, NotRung.OFF_HOURS),
    ],
)
def test_who_is_not_there_or_has_no_free_phone_is_not_rung(of_ana: dict[str, Any], reason: NotRung) -> None:
    assert why(**of_ana) is reason


FREE = (AgentState.READY, AgentState.LOGGED_OUT)


@pytest.mark.parametrize("state", [each for each in AgentState if each not in FREE])
def test_in_a_session_nobody_but_the_ready_are_rung(state: AgentState) -> None:
    assert why(agent_state=state, node="main") is not None


@pytest.mark.parametrize("wanted", Wanted)
def test_who_is_about_to_leave_is_not_rung(wanted: Wanted) -> None:
    assert why(agent_state=AgentState.READY, node="main", wanted=wanted) is NotRung.LEAVING


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        (Filters(team_ids=frozenset({8})), NotRung.TEAM),
        (Filters(skills={"solar": 6}), NotRung.SKILL),
        (Filters(skills={"Wind": 1}), NotRung.SKILL),
        (Filters(team_ids=frozenset({7, 8}), skills={"solar": 5}), None),
    ],
)
def test_the_group_filters_by_team_and_skill(filters: Filters, reason: NotRung | None) -> None:
    assert why(filters) is reason


@pytest.mark.parametrize("name", ["states", "languages", "products"])
def test_the_group_and_the_agent_must_have_a_word_in_common(name: str) -> None:
    group = Filters(**{name: frozenset({"TX", "en"})})
    assert why(group, **{name: frozenset({"ca"})}) in {
        NotRung.GROUP_STATE, NotRung.GROUP_LANGUAGE, NotRung.GROUP_PRODUCT,
    }  # fmt: skip
    assert why(group, **{name: frozenset({"tx"})}) is None
    assert why(group) is None, "who has no filter takes any"


@pytest.mark.parametrize(
    ("name", "says", "reason"),
    [
        ("states", "state", NotRung.OWN_STATE),
        ("languages", "language", NotRung.OWN_LANGUAGE),
        ("products", "product", NotRung.OWN_PRODUCT),
    ],
)
def test_an_agents_own_filter_keeps_other_leads_away(name: str, says: str, reason: NotRung) -> None:
    own = {name: frozenset({"Texas"})}
    assert why(lead=LeadFacts(**{says: "Iowa"}), **own) is reason
    assert why(lead=LeadFacts(**{says: "texas"}), **own) is None
    assert why(**own) is None, "what the lead does not say keeps nobody away"


def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_began() -> None:
    two_in_the_night = datetime(2026, 3, 3, 8, tzinfo=UTC)  # Tuesday, 02:00 in Chicago
    assert works_at(time(22), time(6), {1}, CHICAGO, two_in_the_night)
    assert not works_at(time(22), time(6), {2}, CHICAGO, two_in_the_night)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("TX", "Texas"), ("texas", "tx"), ("New  York", " new york "), ("Skåne", "skåne")]
)
def test_a_state_is_the_same_by_its_name_and_by_its_code(ours: str, theirs: str) -> None:
    own = {"states": frozenset({ours})}
    assert why(lead=LeadFacts(state=theirs), **own) is None
    assert why(Filters(states=frozenset({theirs})), **own) is None
    assert why(lead=LeadFacts(state="Ohio"), **own) is NotRung.OWN_STATE


def test_blanks_make_no_other_word_and_alone_say_nothing() -> None:
    own = {"products": frozenset({"Home loan"})}
    assert why(lead=LeadFacts(product=" home  loan "), **own) is None
    assert why(lead=LeadFacts(product="  "), **own) is None


@pytest.mark.parametrize(
    ("zone", "days", "now", "works"),
    [
        (CHICAGO, {1}, "2026-03-03T05:00", True),  # Monday, 23:00
        (CHICAGO, {1}, "2026-03-03T11:59:59", True),  # Tuesday, a second before the shift of Monday ends
        (CHICAGO, {1}, "2026-03-03T12:00", False),
        (CHICAGO, {1}, "2026-03-02T09:00", False),  # Monday, 03:00: the shift of Sunday
        (CHICAGO, {6}, "2026-03-08T07:59", True),  # the night on which clocks go forward: 01:59
        (CHICAGO, {6}, "2026-03-08T10:59", True),  # and 05:59, three hours later
        (CHICAGO, {6}, "2026-03-08T11:00", False),
        (CHICAGO, {6}, "2026-11-01T06:30", True),  # the night on which they go back: 01:30, twice
        (CHICAGO, {6}, "2026-11-01T07:30", True),
        (CHICAGO, {6}, "2026-11-01T12:00", False),
        (
            "Pacific/Kiritimati",
            {2},
            "2026-03-02T11:00",
            False,
        ),  # Tuesday, 01:00, where Monday's shift goes on
        ("Pacific/Kiritimati", {1}, "2026-03-02T11:00", True),
    ],
)
def test_a_night_shift_goes_by_the_clock_on_the_wall(
    zone: str, days: set[int], now: str, works: bool
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert works_at(time(22), time(6), days, zone, moment) is works


def test_a_shift_until_midnight_ends_with_its_day() -> None:
    last_second = datetime(2026, 3, 3, 5, 59, 59, tzinfo=UTC)  # Monday in Chicago
    assert works_at(time(16), time(0), {1}, CHICAGO, last_second)
    assert not works_at(time(16), time(0), {1, 2}, CHICAGO, last_second + timedelta(seconds=1))


def test_those_who_were_rung_at_the_same_moment_come_in_the_order_of_their_ids() -> None:
    agents = [replace(ANA, user_id=n, last_rung_at=MONDAY_NOON) for n in (3, 1, 2)]
    assert [each.user_id for each in chosen(agents, 2)[0]] == [1, 2]


@given(st.lists(st.integers(0, 50) | st.none(), max_size=20), st.integers(1, 10))
def test_those_whose_last_ring_is_longest_ago_come_first(minutes: list[int | None], most: int) -> None:
    agents = [
        replace(
            ANA,
            user_id=n,
            last_rung_at=None if ago is None else MONDAY_NOON - timedelta(minutes=ago),
        )
        for n, ago in enumerate(minutes)
    ]
    rung, others = chosen(agents, most)
    assert len(rung) == min(most, len(agents))
    assert {c.user_id for c in (*rung, *others)} == {c.user_id for c in agents}
    never = datetime.min.replace(tzinfo=UTC)
    last = max((c.last_rung_at or never for c in rung), default=never)
    assert all((c.last_rung_at or never) >= last for c in others)


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(NotRung)
    assert set(LEAD_EXCEPTIONS) == set(LeadException)
