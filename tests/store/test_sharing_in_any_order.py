"""Whoever comes, goes, calls or decides in whatever order: shares are equal and nobody is lost (LPL-3).

The invariant, after every step: of all who are in session on a list and may dial it, nobody holds
more than one record more than another, and nobody more than a batch. It holds without exception:
where calling hours or the pool's end leave less than a batch for each, that is divided. What can be
had from the pool is leased only where somebody has run out, or at a step that shares out again.
"""

from __future__ import annotations

from datetime import time, timedelta
from itertools import count
from typing import Any

from dialing_floor import Floor
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dialer.db import Database
from dialer.dialing_rules import window_is_open
from dialer.errors import RingpoolError
from dialer.store import do_not_call, leases, lists, nights, parking, sessions, sharing, tally, teams
from dialer.store.dispositions import save_result
from dialer.store.people import Role

NAMES = ("Ana", "Abe", "Eve", "Ida")
ZONES = ("America/Chicago", "America/New_York", "Asia/Kathmandu")
PROSPECTS = 24

NUMBERS = count()
USERS = st.integers(0, len(NAMES) - 1)


class Sharing(RuleBasedStateMachine):
    """A list of 24 prospects in three time zones, and four agents who do as they like."""

    def __init__(self, db: Database) -> None:
        super().__init__()
        self.db = db

    @initialize(batch_size=st.integers(3, 6), sort_by=st.sampled_from(["upload", "random"]))
    def found(self, batch_size: int, sort_by: str) -> None:
        self.floor = floor = Floor(
            self.db, f"Acme {next(NUMBERS)}", prospects=0, batch_size=batch_size, retain_h=4
        )
        floor.do("UPDATE list SET sort_by = %(s)s WHERE id = %(l)s", s=sort_by, l=floor.list_id)
        floor.add_prospects(PROSPECTS)
        floor.do(
            "UPDATE prospect SET time_zone = (%(z)s::text[])[1 + position %% 3],"
            " sort_key = substring(uuid_send(gen_random_uuid()) for 8) WHERE list_id = %(l)s",
            z=list(ZONES),
            l=floor.list_id,
        )
        floor.do("UPDATE organisation SET night_done_on = '2026-03-02' WHERE id = %(o)s")
        self.users = [floor.hire(name) for name in NAMES]
        self.admin = floor.hire("Ada", role=Role.ADMIN)
        self.team = teams.create_team(floor.tenant, floor.organisation_id, "Evening").id
        teams.change_members(floor.tenant, self.team, floor.now, join=self.users[2:])
        self.calls: list[Any] = []
        self.edit(user_ids=self.users[:2], team_ids=[self.team])
        for user_id in self.users[:3]:
            floor.start(user_id)

    def teardown(self) -> None:
        with self.db.transaction() as connection:
            connection.execute("TRUNCATE organisation CASCADE")

    def edit(self, **change: Any) -> None:
        floor = self.floor
        version = floor.value("SELECT version FROM list WHERE id = %(l)s", l=floor.list_id)
        lists.edit(floor.tenant, floor.max_id, floor.list_id, version, lists.ListEdit(**change), floor.now)

    # -- agents ----------------------------------------------------------------------------------

    @rule(user=USERS)
    def starts(self, user: int) -> None:
        try:
            self.floor.start(self.users[user])
        except RingpoolError:
            return
        in_pool = "SELECT DISTINCT time_zone FROM prospect WHERE list_id = %(l)s AND status = 'pool'"
        pool = [row["time_zone"] for row in self.floor.rows(in_pool, l=self.floor.list_id)]
        if any(window_is_open(time(9), time(17), zone, self.floor.now) for zone in pool):
            assert min(self.shares().values()) == self.batch_size(), (
                "nobody goes short while the pool has some"
            )

    @rule(user=USERS)
    def ends(self, user: int) -> None:
        try:
            sessions.end_session(self.floor.tenant, self.users[user], self.floor.now)
        except RingpoolError:
            pass

    @rule(user=USERS, pause=st.booleans())
    def pauses_or_resumes(self, user: int, pause: bool) -> None:
        tenant, user_id, now = self.floor.tenant, self.users[user], self.floor.now
        try:
            sessions.ask_pause(tenant, user_id, "Lunch", now) if pause else sessions.resume(
                tenant, user_id, now
            )
        except RingpoolError:
            pass

    # -- calls -----------------------------------------------------------------------------------

    @rule(most=st.integers(1, 8))
    def dials(self, most: int) -> None:
        floor = self.floor
        leases.share_out(floor.db, floor.organisation_id, floor.list_id, floor.now)
        self.calls += floor.launch(most)

    @rule()
    def one_answers(self) -> None:
        if not self.calls:
            return
        leg_id = self.calls.pop(0)
        self.floor.answer(leg_id)
        if self.floor.attempt(leg_id)["state"] == "bridging":
            self.floor.join(leg_id)
        self.calls.append(leg_id)

    @rule(effect=st.sampled_from(["retry", "final", "do_not_call", "follow_up"]))
    def one_hangs_up(self, effect: str) -> None:
        if not self.calls:
            return
        floor, leg_id = self.floor, self.calls.pop(0)
        floor.hang_up(leg_id, cause=17)
        call = floor.attempt(leg_id)
        if call["state"] == "wrap_up":
            save_result(floor.tenant, call["user_id"], call["id"], floor.result(effect), "", floor.now)

    # -- managers --------------------------------------------------------------------------------

    @rule(users=st.sets(USERS, min_size=1), with_team=st.booleans())
    def is_assigned_to(self, users: set[int], with_team: bool) -> None:
        self.edit(user_ids=[self.users[n] for n in users], team_ids=[self.team] if with_team else [])

    @rule(size=st.integers(2, 8))
    def gets_another_batch_size(self, size: int) -> None:
        self.edit(batch_size=size)

    @rule(user=USERS, joins=st.booleans())
    def team_changes(self, user: int, joins: bool) -> None:
        who = [self.users[user]]
        change = {"join": who} if joins else {"leave": who}
        teams.change_members(self.floor.tenant, self.team, self.floor.now, **change)

    @rule(positions=st.sets(st.integers(1, PROSPECTS), min_size=1, max_size=3), parked=st.booleans())
    def numbers_are_barred(self, positions: set[int], parked: bool) -> None:
        floor = self.floor
        numbers = [f"+1214555{position:04}" for position in positions]
        if parked:
            until = floor.now.date() + timedelta(days=2)
            parking.add(floor.tenant, self.admin, numbers, floor.now, until=until)
        else:
            do_not_call.add(floor.tenant, self.admin, numbers, floor.now)

    # -- the dialer ------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 3, 13]))
    def time_passes(self, hours: int) -> None:
        now = self.floor.pass_time(hours=hours)
        for duty in (leases.wake, leases.expire, nights.keep, sharing.hold_to_rights):
            duty(self.db, now)

    @rule()
    def tally_is_folded(self) -> None:
        tally.fold(self.db, lines=1)

    # -- what must be so after every step ----------------------------------------------------------

    def shares(self) -> dict[int, int]:
        """What everybody holds who is in session and may dial the list."""
        found = self.floor.rows(
            "SELECT a.user_id, (SELECT count(*) FROM lease e WHERE e.list_id = a.list_id"
            " AND e.user_id = a.user_id) AS held FROM agent a JOIN list_user m USING (list_id, user_id)"
            " WHERE a.list_id = %(l)s",
            l=self.floor.list_id,
        )
        return {row["user_id"]: row["held"] for row in found}

    def batch_size(self) -> int:
        return int(self.floor.value("SELECT batch_size FROM list WHERE id = %(l)s", l=self.floor.list_id))

    @invariant()
    def shares_are_equal(self) -> None:
        held = self.shares().values()
        assert not held or max(held) - min(held) <= 1, held
        assert max(held, default=0) <= self.batch_size()

    @invariant()
    def only_who_may_dial_holds_or_is_at_work(self) -> None:
        floor = self.floor
        without_right = (
            "NOT EXISTS (SELECT FROM list_user m WHERE m.list_id = x.list_id AND m.user_id = x.user_id)"
        )
        assert not floor.rows(
            f"SELECT * FROM lease x WHERE list_id = %(l)s AND {without_right}", l=floor.list_id
        )
        left = floor.rows(
            f"SELECT state, wanted FROM agent x WHERE list_id = %(l)s AND {without_right}", l=floor.list_id
        )
        busy = {"ready", "reserved", "on_call", "on_hold", "wrap_up"}
        assert all(agent["wanted"] == "log_out" and agent["state"] in busy for agent in left), left

    @invariant()
    def nobody_is_lost_and_the_tally_is_right(self) -> None:
        self.floor.check()
        of_list = {"l": self.floor.list_id}
        counted = self.floor.rows(
            "SELECT status, excluded_by, count(*) AS n FROM prospect WHERE list_id = %(l)s GROUP BY 1, 2",
            **of_list,
        )
        summed = self.floor.rows(
            "SELECT status, excluded_by, sum(prospects)::bigint AS n FROM list_tally WHERE list_id = %(l)s"
            " GROUP BY 1, 2 HAVING sum(prospects) <> 0",
            **of_list,
        )
        assert sum(row["n"] for row in counted) == PROSPECTS

        def lines(rows: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
            return {tuple(row.values()) for row in rows}

        assert lines(counted) == lines(summed)


def test_shares_stay_equal_and_nobody_is_lost_whatever_happens(db: Database) -> None:
    run_state_machine_as_test(
        lambda: Sharing(db),
        settings=settings(
            max_examples=10,
            stateful_step_count=35,
            deadline=None,
            phases=[Phase.generate],  # making a failure short would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
