"""The six figures of a session (LPS-10) and the team grid's connects (LPS-11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from dialing_floor import NOON, Floor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer import agents as machine
from dialer.agents import AgentEvent, AgentState, PhoneMode
from dialer.db import Database
from dialer.store import agent_metrics, agents, dispositions, sessions, team_grid
from dialer.store.agent_metrics import Metrics, Spent

NUMBERS = count()
S = AgentState


@pytest.fixture
def floor(db: Database) -> Floor:
    return Floor(db)


def metrics(floor: Floor, user_id: int) -> Metrics:
    found = agent_metrics.of_user(floor.tenant, floor.organisation_id, user_id)
    assert found is not None
    return found


def seconds(spent: Spent, now: datetime) -> float:
    return spent.at(now).total_seconds()


def save(floor: Floor, user_id: int) -> None:
    call = dispositions.open_call(floor.tenant, user_id)
    assert call is not None
    sale = floor.result("final")
    dispositions.save_result(floor.tenant, user_id, call.attempt_id, sale, "", floor.now)


def hold(floor: Floor, user_id: int, event: AgentEvent) -> None:
    with floor.db.transaction() as connection:
        agents.move(connection, agents.lock(connection, floor.organisation_id, user_id), event)


def test_who_never_dialed_has_no_figures(floor: Floor) -> None:
    assert agent_metrics.of_user(floor.tenant, floor.organisation_id, floor.hire("Ana")) is None


def test_a_call_with_hold_and_wrap_up_adds_up_to_the_second(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.pass_time(seconds=10)
    leg_id = floor.talk()
    floor.pass_time(seconds=60)
    hold(floor, ana, machine.Held(floor.now))
    floor.pass_time(seconds=25)
    hold(floor, ana, machine.Unheld(floor.now))
    floor.pass_time(seconds=5)
    floor.hang_up(leg_id)
    floor.pass_time(seconds=12)
    save(floor, ana)
    floor.pass_time(seconds=100)
    found = metrics(floor, ana)
    assert (found.dials, found.connects) == (1, 1)
    times = (found.total_time, found.connect_time, found.hold_time, found.wrap_time)
    assert [seconds(each, floor.now) for each in times] == [212, 65, 25, 12]
    assert [each.since is not None for each in times] == [True, False, False, False]


def test_a_time_that_runs_has_the_same_beginning_whenever_it_is_read(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    for _ in range(2):
        leg_id = floor.talk()
        floor.pass_time(seconds=30)
        before = metrics(floor, ana).connect_time
        floor.pass_time(seconds=10)
        after = metrics(floor, ana).connect_time
        assert before == after
        assert after.as_if_since is not None
        assert floor.now - after.as_if_since == after.at(floor.now)
        floor.hang_up(leg_id)
        save(floor, ana)
    assert seconds(metrics(floor, ana).connect_time, floor.now) == 80


def test_wrap_time_ends_with_close_and_a_result_that_comes_later_adds_nothing(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.hang_up(floor.talk())
    floor.pass_time(seconds=20)
    call = dispositions.open_call(floor.tenant, ana)
    assert call is not None
    dispositions.close_window(floor.tenant, ana, call.attempt_id, floor.now)
    floor.pass_time(seconds=300)
    save(floor, ana)
    assert seconds(metrics(floor, ana).wrap_time, floor.now) == 20


def test_a_dial_counts_for_the_one_who_held_the_prospect(floor: Floor) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    sessions.ask_pause(floor.tenant, abe, "Lunch", floor.now)
    floor.share_out()
    floor.launch(4)
    assert (metrics(floor, ana).dials, metrics(floor, abe).dials) == (2, 2)
    assert floor.value("SELECT count(*) FROM attempt WHERE dialed_for IS NULL") == 0


def test_a_prospect_who_was_passed_on_is_a_connect_of_both(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    abe = floor.at_work("Abe")
    floor.pass_time(seconds=9)
    floor.lose_phone(ana)
    floor.join(leg_id)
    floor.pass_time(seconds=4)
    assert [metrics(floor, who).connects for who in (ana, abe)] == [1, 1]
    assert [seconds(metrics(floor, who).connect_time, floor.now) for who in (ana, abe)] == [9, 4]
    grid = {row.user_id: row.connects for row in team_grid.team_grid(floor.tenant, floor.list_id)}
    assert grid == {ana: 1, abe: 1}


def test_a_session_that_is_over_stands_still_and_the_next_begins_at_nothing(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.hang_up(floor.talk())
    save(floor, ana)
    floor.pass_time(minutes=5)
    sessions.end_session(floor.tenant, ana, floor.now)
    floor.pass_time(hours=1)
    over = metrics(floor, ana)
    assert (over.connects, seconds(over.total_time, floor.now), over.total_time.since) == (1, 300, None)
    assert all(each.since is None for each in over.time_in.values())
    floor.start(ana)
    anew = metrics(floor, ana)
    assert (anew.dials, anew.connects, seconds(anew.total_time, floor.now)) == (0, 0, 0)
    assert [row.connects for row in team_grid.team_grid(floor.tenant, floor.list_id)] == [0]


# -- whatever happens ----------------------------------------------------------------------------------

HAPPENS = st.sampled_from(
    [
        machine.PhoneUp,
        machine.PhoneGone,
        machine.PhoneUnanswered,
        machine.Bridged,
        machine.Released,
        machine.CallEnded,
        machine.Held,
        machine.Unheld,
        machine.ResultSaved,
        machine.WindowClosed,
        machine.PauseAsked,
        machine.Resumed,
    ]
)


class Shift:
    """An agent to whom anything happens that the table allows; keeps book beside the database."""

    def __init__(self, db: Database, mode: PhoneMode) -> None:
        self.floor = Floor(db, f"Acme {next(NUMBERS)}", prospects=1)
        self.user_id = self.floor.at_work("Ana", mode)
        self.spent: dict[AgentState, float] = {}
        self.joined = 0
        self.attempt_id = self.floor.value(
            "INSERT INTO attempt (organisation_id, prospect_id, list_id, node, number, ring_s, record, drop_message,"
            " state, leg_id, outcome, launched_at, ended_at)"
            " SELECT %(o)s, id, list_id, 'main', '+12145550001', 20, false, '', 'ended', gen_random_uuid(),"
            " 'busy', %(at)s, %(at)s FROM prospect WHERE organisation_id = %(o)s RETURNING id",
            at=NOON,
        )

    def go_on(self, kind: type[AgentEvent], after_s: int) -> None:
        agent = self.floor.agent(self.user_id)
        impossible = (
            kind is machine.PhoneUp and (agent.leg_id is None or agent.state is S.LOGGED_OUT),
            kind is machine.Reserved and agent.attempt_id is not None,
            kind is machine.Rung,  # there is no lead here
        )
        if (agent.state, kind) not in machine.RULES or any(impossible):
            return
        if agent.state is not S.LOGGED_OUT:
            self.spent[agent.state] = self.spent.get(agent.state, 0) + after_s
        self.floor.pass_time(seconds=after_s)
        more: dict[type[AgentEvent], tuple[Any, ...]] = {
            machine.Reserved: (self.attempt_id,),
            machine.PauseAsked: ("Lunch",),
        }
        hold(self.floor, self.user_id, kind(self.floor.now, *more.get(kind, ())))
        self.joined += kind is machine.Bridged


EVENTS = st.one_of(HAPPENS, st.sampled_from([machine.Reserved, machine.Reserved, machine.Bridged]))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    mode=st.sampled_from(PhoneMode),
    events=st.lists(st.tuples(EVENTS, st.integers(0, 90)), min_size=5, max_size=40),
    ends=st.booleans(),
)
def test_in_any_order_the_times_sum_to_the_total(
    db: Database, mode: PhoneMode, events: list[tuple[type[AgentEvent], int]], ends: bool
) -> None:
    shift = Shift(db, mode)
    for kind, after_s in events:
        shift.go_on(kind, after_s)
    if ends:
        shift.go_on(machine.LogOutAsked, 7)
    floor = shift.floor
    found = metrics(floor, shift.user_id)
    now = floor.now
    spent = {state: seconds(each, now) for state, each in found.time_in.items()}
    assert {state: s for state, s in spent.items() if s} == {s: n for s, n in shift.spent.items() if n}
    assert sum(spent.values()) == seconds(found.total_time, now)
    assert seconds(found.connect_time, now) + seconds(found.hold_time, now) <= seconds(found.total_time, now)
    assert found.connects == min(shift.joined, 1), "one prospect is one connect"
    assert all(each.before >= timedelta() for each in found.time_in.values())


def test_a_clock_that_was_set_back_makes_no_time_negative(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.pass_time(seconds=30)
    leg_id = floor.talk()
    floor.pass_time(seconds=-20)
    floor.hang_up(leg_id)
    floor.pass_time(seconds=40)
    save(floor, ana)
    found = metrics(floor, ana)
    assert seconds(found.connect_time, floor.now) == 0
    assert seconds(found.wrap_time, floor.now) == 20
    total = sum(seconds(each, floor.now) for each in found.time_in.values())
    assert total == seconds(found.total_time, floor.now) == 50


# -- the cost ------------------------------------------------------------------------------------------


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for below in plan.get("Plans", ()) for node in _nodes(below))]


def test_a_long_history_is_not_read(floor: Floor) -> None:
    ana = floor.hire("Ana")
    floor.assign(ana)
    yesterday = NOON - timedelta(days=1)
    floor.do(
        "INSERT INTO session (organisation_id, user_id, list_id, node, started_at, ended_at)"
        " SELECT %(o)s, %(u)s, %(l)s, 'main', %(at)s, %(at)s FROM generate_series(1, 500)",
        u=ana,
        l=floor.list_id,
        at=yesterday,
    )
    floor.do(
        "INSERT INTO agent_state (organisation_id, user_id, session_id, attempt_id, state, at)"
        " SELECT %(o)s, %(u)s, s.id, n, (ARRAY['ready', 'reserved', 'on_call', 'wrap_up'])[1 + n %% 4], %(at)s"
        " FROM session s CROSS JOIN generate_series(1, 200) n",
        u=ana,
        at=yesterday,
    )
    floor.start(ana)
    floor.talk()
    floor.do("ANALYZE agent_state, session, attempt")
    for query, parameters in (
        (agent_metrics.SQL.of_user, {"organisation_id": floor.organisation_id, "user_id": ana}),
        (team_grid.SQL.team_grid, {"list_id": floor.list_id}),
    ):
        with floor.tenant.transaction() as connection:
            told = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", parameters).fetchone()
        assert told is not None
        (plan,) = told["QUERY PLAN"]
        history = [n for n in _nodes(plan["Plan"]) if n.get("Relation Name") == "agent_state"]
        assert history
        for node in history:
            assert "Index" in node["Node Type"] or "Bitmap" in node["Node Type"], node["Node Type"]
            read = node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0)
            assert read <= 300, "no more than the session's own"
