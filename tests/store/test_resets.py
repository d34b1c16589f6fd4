"""Making a list dialable again: who is, who is not, and what is left when somebody dies of it (LPL-14)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from dialing_floor import NODE, Floor

from dialer.db import Database
from dialer.errors import NotFound, Refused
from dialer.store import launching, leases, resets
from dialer.store.claims import TakenOver
from dialer.store.people import Role

WORKER = "worker-1"


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db, prospects=30, batch_size=10)
    floor.do("UPDATE list SET calling_from = '00:00', calling_until = '23:59:59.999999'")
    yield floor
    floor.check()


def dial_all(floor: Floor) -> None:
    floor.do("UPDATE prospect SET status = 'done', attempts = 3, last_outcome = 'busy'")


def claim(floor: Floor, job_id: int, worker: str = WORKER) -> None:
    floor.do("UPDATE list_job SET state = 'running', worker = %(w)s WHERE id = %(id)s", id=job_id, w=worker)


def reset(floor: Floor) -> int:
    """A manager asks for it, and a worker does it."""
    job_id = resets.queue_reset(floor.tenant, floor.max_id, floor.list_id)
    claim(floor, job_id)
    resets.run_reset(floor.db, floor.organisation_id, job_id, WORKER, lambda: False)
    return job_id


def job(floor: Floor, job_id: int) -> dict[str, object]:
    return floor.rows("SELECT state, accepted, user_id, ended_at FROM list_job WHERE id = %(id)s", id=job_id)[
        0
    ]


def test_whose_attempts_were_used_up_and_who_rests_are_dialable_again(floor: Floor) -> None:
    dial_all(floor)
    floor.do("UPDATE prospect SET status = 'resting', not_before = now(), attempts = 1 WHERE position <= 5")
    job_id = reset(floor)
    assert floor.statuses() == {"pool": 30}
    assert floor.rows("SELECT DISTINCT attempts, not_before FROM prospect") == [
        {"attempts": 0, "not_before": None}
    ]
    assert (job(floor, job_id)["state"], job(floor, job_id)["accepted"]) == ("done", 30)


def test_final_results_do_not_call_and_follow_ups_stay_out(floor: Floor) -> None:
    dial_all(floor)
    for position, effect in ((1, "final"), (2, "wrong_number"), (3, "do_not_call"), (4, "retry")):
        floor.do(
            "UPDATE prospect SET last_result_id = %(r)s WHERE position = %(p)s",
            r=floor.result(effect),
            p=position,
        )
    floor.do("UPDATE prospect SET status = 'follow_up' WHERE position = 5")
    floor.do("UPDATE prospect SET status = 'excluded', excluded_by = 'do_not_call' WHERE position = 6")
    reset(floor)
    assert floor.rows("SELECT position, status FROM prospect WHERE status <> 'pool' ORDER BY position") == [
        {"position": 1, "status": "done"},
        {"position": 2, "status": "done"},
        {"position": 3, "status": "done"},
        {"position": 5, "status": "follow_up"},
        {"position": 6, "status": "excluded"},
    ]


def test_whoever_is_in_session_has_something_to_dial_again(floor: Floor) -> None:
    dial_all(floor)
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    assert floor.held() == {}
    reset(floor)
    assert floor.held() == {ana: 10, abe: 10}


def test_it_goes_batch_by_batch_and_final_results_do_not_stop_it(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resets, "BATCH", 4)
    dial_all(floor)
    floor.do("UPDATE prospect SET last_result_id = %(r)s WHERE position <= 9", r=floor.result("final"))
    job_id = reset(floor)
    assert floor.statuses() == {"done": 9, "pool": 21}
    assert job(floor, job_id)["accepted"] == 21


def test_who_was_called_since_it_was_asked_for_is_not_called_once_more(floor: Floor) -> None:
    floor.do("UPDATE list SET max_attempts = 1")
    dial_all(floor)
    job_id = resets.queue_reset(floor.tenant, floor.max_id, floor.list_id)
    floor.do("UPDATE list_job SET created_at = %(at)s", at=floor.now)
    floor.do("UPDATE prospect SET status = 'pool', attempts = 0 WHERE position <= 3")
    floor.at_work("Ana")
    for leg_id in floor.launch(3):
        floor.hang_up(leg_id, cause=17)
    claim(floor, job_id)
    resets.run_reset(floor.db, floor.organisation_id, job_id, WORKER, lambda: False)
    assert floor.statuses()["done"] == 3


def test_a_worker_that_is_stopped_leaves_the_rest_to_the_next(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resets, "BATCH", 4)
    dial_all(floor)
    job_id = resets.queue_reset(floor.tenant, floor.max_id, floor.list_id)
    claim(floor, job_id)
    stops = iter([False, False, False, True])
    resets.run_reset(floor.db, floor.organisation_id, job_id, WORKER, lambda: next(stops))
    assert floor.statuses() == {"pool": 8, "done": 22}
    assert job(floor, job_id)["state"] == "running"
    claim(floor, job_id, "worker-2")
    resets.run_reset(floor.db, floor.organisation_id, job_id, "worker-2", lambda: False)
    assert floor.statuses() == {"pool": 30}
    assert job(floor, job_id)["accepted"] == 30, "nobody is counted twice"


def test_a_worker_whose_reset_was_taken_over_changes_nothing_more(floor: Floor) -> None:
    dial_all(floor)
    job_id = resets.queue_reset(floor.tenant, floor.max_id, floor.list_id)
    claim(floor, job_id, "another")
    with pytest.raises(TakenOver):
        resets.run_reset(floor.db, floor.organisation_id, job_id, WORKER, lambda: False)
    assert floor.statuses() == {"done": 30}


def test_a_cancelled_reset_ends_where_it_is(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resets, "BATCH", 4)
    dial_all(floor)
    job_id = resets.queue_reset(floor.tenant, floor.max_id, floor.list_id)
    claim(floor, job_id)
    floor.do("UPDATE list_job SET cancel_asked_at = now() WHERE id = %(id)s", id=job_id)
    resets.run_reset(floor.db, floor.organisation_id, job_id, WORKER, lambda: False)
    assert floor.statuses() == {"done": 30}
    assert job(floor, job_id)["state"] == "cancelled"


def test_it_is_refused_while_one_is_open_or_there_is_nobody(floor: Floor) -> None:
    with pytest.raises(Refused, match="nobody on this list"):
        resets.queue_reset(floor.tenant, floor.max_id, floor.list_id)
    dial_all(floor)
    resets.queue_reset(floor.tenant, floor.max_id, floor.list_id)
    with pytest.raises(Refused, match="is open"):
        resets.queue_reset(floor.tenant, floor.max_id, floor.list_id)


def test_of_two_managers_at_once_one_is_told(floor: Floor) -> None:
    dial_all(floor)

    def ask(_: int) -> bool:
        try:
            resets.queue_reset(floor.tenant, floor.max_id, floor.list_id)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(ask, range(4))) == 1


def test_only_the_organisations_managers_may(floor: Floor) -> None:
    dial_all(floor)
    other = Floor(floor.db, "Borealis")
    for user_id in (floor.hire("Ana"), other.max_id):
        with pytest.raises(NotFound):
            resets.queue_reset(floor.db, user_id, floor.list_id)
    floor.do("UPDATE list SET archived_at = now() WHERE id = %(l)s", l=floor.list_id)
    with pytest.raises(NotFound):
        resets.queue_reset(floor.tenant, floor.max_id, floor.list_id)


def test_who_asked_for_it_is_in_the_audit_log_and_in_the_queue(floor: Floor) -> None:
    dial_all(floor)
    ada = floor.hire("Ada", role=Role.ADMIN)
    job_id = resets.queue_reset(floor.tenant, ada, floor.list_id)
    assert job(floor, job_id)["user_id"] == ada
    kept = floor.rows("SELECT user_id, subject, after FROM audit WHERE action = 'list.reset'")
    assert kept == [
        {"user_id": ada, "subject": f"list:{floor.list_id}", "after": {"name": "Spring leads", "job": job_id}}
    ]


def test_prospects_that_were_reset_are_dialed(floor: Floor) -> None:
    dial_all(floor)
    floor.at_work("Ana")
    reset(floor)
    now = floor.db.now()
    leases.share_out(floor.db, floor.organisation_id, floor.list_id, now)
    made = launching.launch(floor.db, floor.organisation_id, floor.list_id, NODE, "trunk", 3, now)
    assert len(made.originates) == 3
