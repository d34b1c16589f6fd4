"""Who gets which prospects, and which of them are dialed (LPL-3, LPL-4, LPS-9, DIAL-2)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import psycopg
import pytest
from dialing_floor import NODE, NOON, OTHER_NODE, Floor

from dialer.db import Database
from dialer.pacing import Snapshot, decide
from dialer.store import launching, leases, sessions


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db, prospects=50, batch_size=10)
    yield floor
    floor.check()


# -- sharing out ---------------------------------------------------------------------------------------


def test_each_user_gets_a_batch(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    assert floor.held() == {ana: 10}, "they get it as they begin"
    abe = floor.at_work("Abe")
    assert floor.held() == {ana: 10, abe: 10}
    assert floor.share_out() == 0, "everybody has a batch"
    assert floor.statuses() == {"held": 20, "pool": 30}


def test_early_and_late_records_are_dealt_in_turn(floor: Floor) -> None:
    floor.at_work("Ana"), floor.at_work("Abe")
    floor.do("UPDATE prospect SET status = 'pool'")
    floor.do("DELETE FROM lease")
    floor.share_out()
    dealt = floor.rows("SELECT position, user_id FROM lease ORDER BY position")
    assert [row["position"] for row in dealt] == list(range(1, 21))
    assert all(one["user_id"] != two["user_id"] for one, two in pairwise(dealt))


def test_who_joins_an_empty_pool_gets_an_equal_share(floor: Floor) -> None:
    floor.do("DELETE FROM prospect WHERE position > 10")
    ana = floor.at_work("Ana")
    floor.share_out()
    abe = floor.at_work("Abe")
    floor.share_out()
    assert floor.held() == {ana: 5, abe: 5}
    eve = floor.at_work("Eve")
    floor.share_out()
    assert sorted(floor.held().values()) == [3, 3, 4]
    assert eve in floor.held()


def test_who_left_keeps_their_records_until_the_hours_are_over(floor: Floor) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    floor.share_out()
    sessions.end_session(floor.tenant, ana, floor.now)
    floor.share_out()
    assert floor.held() == {ana: 10, abe: 10}
    floor.launch(20)
    assert floor.held() == {ana: 10}, "only those in session are dialed for"


def test_nothing_is_dealt_while_everybody_has_some(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.share_out()
    assert leases.share_out(floor.db, floor.organisation_id, floor.list_id, floor.now) == 0


def test_nothing_is_dealt_to_an_empty_floor(floor: Floor) -> None:
    assert floor.share_out() == 0


def test_two_at_once_deal_no_record_twice(floor: Floor) -> None:
    floor.at_work("Ana"), floor.at_work("Abe")
    floor.launch(20)
    with ThreadPoolExecutor(4) as threads:
        dealt = [threads.submit(floor.share_out) for _ in range(4)]
        assert sum(each.result() for each in dealt) == 20


# -- expiry and rest -----------------------------------------------------------------------------------


def test_records_not_dialed_within_the_hours_go_back_to_the_pool(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    sessions.end_session(floor.tenant, ana, floor.now)
    assert leases.expire(floor.db, floor.pass_time(hours=23)) == 0
    assert leases.expire(floor.db, floor.pass_time(hours=1)) == 10
    assert floor.statuses() == {"pool": 50}
    assert floor.held() == {}


def test_who_is_at_work_gets_an_equal_share_of_what_went_back(floor: Floor) -> None:
    floor.do("DELETE FROM prospect WHERE position > 10")
    ana = floor.at_work("Ana")
    sessions.end_session(floor.tenant, ana, floor.now)
    abe, eve = floor.at_work("Abe"), floor.at_work("Eve")
    assert floor.held() == {ana: 10}
    leases.expire(floor.db, floor.pass_time(hours=24))
    assert floor.held() == {abe: 5, eve: 5}


def test_a_record_that_is_being_dialed_does_not_expire(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.share_out()
    with floor.db.transaction() as dialing:
        dialing.execute("SELECT 1 FROM prospect WHERE position = 1 FOR NO KEY UPDATE")
        assert leases.expire(floor.db, NOON + timedelta(days=1)) == 9
        assert floor.value("SELECT status FROM prospect WHERE position = 1") == "held"
        # What the launch does next: it must not wait for whoever returns leases.
        dialing.execute("DELETE FROM lease WHERE position = 1")
        dialing.execute("UPDATE prospect SET status = 'pool' WHERE position = 1")


def test_rested_prospects_are_in_the_pool_again(floor: Floor) -> None:
    floor.do(
        "UPDATE prospect SET status = 'resting', not_before = %(at)s WHERE position <= 3",
        at=NOON + timedelta(hours=1),
    )
    assert leases.wake(floor.db, NOON) == 0
    assert leases.wake(floor.db, NOON + timedelta(hours=1)) == 3
    assert floor.statuses() == {"pool": 50}


# -- launching -------------------------------------------------------------------------------------------


def test_a_launched_prospect_is_on_record_before_it_is_dialed(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.share_out()
    made = launching.launch(floor.db, floor.organisation_id, floor.list_id, NODE, "trunk", 1, floor.now)
    ((attempt_id, originate),) = made.originates
    attempt = floor.attempt(originate.leg_id)
    assert (attempt["id"], attempt["state"], attempt["number"]) == (attempt_id, "dialing", "+12145550001")
    assert originate.endpoint == "PJSIP/+12145550001@trunk"
    assert attempt["due_at"] > floor.now + timedelta(seconds=25)
    assert floor.prospect(originate.leg_id)["attempts"] == 1
    assert floor.held() == {ana: 9}


def test_fresh_prospects_are_dialed_before_those_tried_already(floor: Floor) -> None:
    floor.do("UPDATE prospect SET attempts = 1 WHERE position <= 45")
    floor.at_work("Ana")
    legs = floor.launch(7)
    assert [floor.prospect(leg)["position"] for leg in legs] == [46, 47, 48, 49, 50, 1, 2]


def test_the_next_is_taken_from_whoever_holds_most(floor: Floor) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    floor.share_out()
    floor.launch(10)
    assert floor.held() == {ana: 5, abe: 5}


def test_two_launches_at_once_dial_nobody_twice(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.share_out()
    with ThreadPoolExecutor(4) as threads:
        launched = [leg for legs in threads.map(floor.launch, [5] * 4) for leg in legs]
    assert len(launched) == len({floor.prospect(leg)["id"] for leg in launched})
    assert floor.value("SELECT count(*) FROM attempt") == len(launched)


def test_another_organisations_list_gives_nothing(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.share_out()
    other = Floor(floor.db, "Borealis")
    made = launching.launch(floor.db, other.organisation_id, floor.list_id, NODE, "t", 5, floor.now)
    assert made.originates == []
    assert leases.share_out(floor.db, other.organisation_id, floor.list_id, floor.now, at_once=True) == 0


def test_do_not_call_added_after_leasing_is_seen(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.share_out()
    floor.do(
        "INSERT INTO do_not_call (organisation_id, number, added_at) VALUES (%(o)s, '+12145550001', now())"
    )
    (leg_id,) = floor.launch(2)
    assert floor.prospect(leg_id)["position"] == 2
    first = floor.rows("SELECT status, excluded_by FROM prospect WHERE position = 1")
    assert first == [{"status": "excluded", "excluded_by": "do_not_call"}]


def test_another_organisations_do_not_call_list_is_theirs(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.share_out()
    Floor(floor.db, "Borealis").do(
        "INSERT INTO do_not_call (organisation_id, number, added_at) VALUES (%(o)s, '+12145550001', now())"
    )
    assert len(floor.launch(1)) == 1


@pytest.mark.parametrize(("until", "status"), [("2026-03-03", "excluded"), ("2026-03-02", "calling")])
def test_a_parked_number_stays_parked_until_its_day(floor: Floor, until: str, status: str) -> None:
    floor.at_work("Ana")
    floor.share_out()
    floor.do(
        "INSERT INTO parking_lot (organisation_id, number, until) VALUES (%(o)s, '+12145550001', %(d)s)",
        d=until,
    )
    floor.launch(1)
    assert floor.value("SELECT status FROM prospect WHERE position = 1") == status


def test_outside_calling_hours_prospects_wait_in_the_pool_until_the_opening(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.now = datetime(2026, 3, 3, 2, tzinfo=UTC)  # 20:00 in Chicago
    floor.share_out()
    assert floor.launch(10) == []
    floor.share_out()
    assert floor.rows("SELECT DISTINCT status FROM prospect") == [{"status": "pool"}]
    floor.now = datetime(2026, 3, 3, 15, tzinfo=UTC)  # 09:00 in Chicago
    floor.share_out()
    assert len(floor.launch(1)) == 1


def test_who_used_their_attempts_is_done(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.share_out()
    floor.do("UPDATE list SET max_attempts = 1")
    floor.do("UPDATE prospect SET attempts = 1 WHERE position = 1")
    floor.launch(1)
    assert floor.value("SELECT status FROM prospect WHERE position = 1") == "done"


def test_a_prospect_without_a_number_is_excluded(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.share_out()
    floor.do("DELETE FROM phone WHERE number = '+12145550001'")
    floor.launch(1)
    assert floor.value("SELECT excluded_by FROM prospect WHERE position = 1") == "invalid_number"


def test_a_prospect_dialed_elsewhere_meanwhile_is_not_put_aside(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.do("UPDATE list SET max_attempts = 1")
    floor.share_out()
    with psycopg.connect(floor.db.url) as other:
        # Another dialer is about to commit a call to the first record …
        other.execute("UPDATE prospect SET status = 'calling', attempts = 1 WHERE position = 1")
        other.execute("DELETE FROM lease WHERE position = 1")
        rows = floor.rows("SELECT organisation_id, id FROM prospect WHERE position = 1")
        other.execute(
            "INSERT INTO attempt (organisation_id, prospect_id, list_id, node, number, ring_s, record,"
            " drop_message, state, leg_id, due_at, launched_at) VALUES (%(organisation_id)s, %(id)s, %(l)s,"
            " 'second', '+12145550001', 25, false, '', 'dialing', gen_random_uuid(), now(), now())",
            {**rows[0], "l": floor.list_id},
        )
        other.commit()
    # … and this one, whose candidates were read before, finds its attempts used up.
    floor.do(
        launching.SQL.put_aside,
        organisation_id=floor.organisation_id,
        prospect_id=rows[0]["id"],
        status="done",
        not_before=None,
        resting_for="retry",
        excluded_by=None,
    )
    assert floor.value("SELECT status FROM prospect WHERE position = 1") == "calling"


def test_pacing_sees_who_is_ready_and_what_rings_on_its_node(floor: Floor) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    floor.do("UPDATE list SET lines_per_agent = 2.5")
    floor.ring()
    sessions.ask_pause(floor.tenant, abe, "Lunch", floor.now)
    (seen,) = launching.look(floor.db, NODE, floor.now).lists
    assert seen.snapshot == Snapshot(ready=1, in_flight=1, lines_per_agent=2.5)
    assert seen.users == (ana, abe)
    assert decide(seen.snapshot) == 1
    assert launching.look(floor.db, OTHER_NODE, floor.now).lists == []


def test_calling_hours_may_run_over_midnight(db: Database) -> None:
    floor = Floor(db, calling_from=time(20), calling_until=time(2))
    floor.at_work("Ana")
    floor.share_out()
    assert floor.launch(1) == []
    floor.now = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)  # 01:30 in Chicago
    leases.wake(floor.db, floor.now)
    floor.share_out()
    assert len(floor.launch(1)) == 1
