"""How imports end that do not come to their end by themselves: cancelled, failed, gone on with (LPL-11)."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from import_house import House, bo, build

from dialer import uploads
from dialer.db import Connection, Database
from dialer.errors import DatabaseUnavailable, NotFound, Refused
from dialer.store import import_removal, imports, jobs, organisations, people, resets
from dialer.store.claims import Claim


@pytest.fixture
def house(db: Database, tmp_path: Path) -> House:
    return build(db, tmp_path)


def rows(count: int) -> list[list[str]]:
    return [bo(n, Mobile=f"+46701{n:06}") for n in range(count)]


def after(batches: int) -> Callable[[], bool]:
    """Says to stop after so many batches."""
    left = iter(range(batches))
    return lambda: next(left, None) is None


def go(house: House, stop: Callable[[], bool], worker: str = "ours") -> Claim:
    taken = jobs.claim(house.db, worker)
    assert taken is not None
    jobs.work(house.db, house.uploads, taken, stop)
    return taken


def left_behind(house: House) -> dict[str, int]:
    """Rows in every table that an import fills."""
    return {
        "prospects": len(house.rows("SELECT FROM prospect")),
        "phones": len(house.rows("SELECT FROM phone")),
        "tally": int(house.rows("SELECT coalesce(sum(prospects), 0) AS n FROM list_tally")[0]["n"]),
        "zones": int(house.rows("SELECT coalesce(sum(numbers), 0) AS n FROM list_zone")[0]["n"]),
    }


NOTHING = {"prospects": 0, "phones": 0, "tally": 0, "zones": 0}


def test_stopped_it_waits_in_the_queue_and_another_goes_on(house: House) -> None:
    import_id = house.queue(house.file(*rows(5_000)))
    go(house, after(1))
    waiting = house.progress(import_id)
    assert (waiting.state, waiting.rows_done) == ("queued", 4_000)
    go(house, lambda: False, "another")
    assert house.progress(import_id).state == "done"
    assert house.names() == [f"Berg {n}" for n in range(5_000)]


def test_cancelled_before_it_began_it_is_over_at_once(house: House) -> None:
    import_id = house.queue(house.file(bo(1)))
    imports.ask_cancel(house.db, house.max_id, import_id)
    assert house.progress(import_id).state == "cancelled"
    assert not house.work()
    with pytest.raises(Refused, match="over already"):
        imports.ask_cancel(house.db, house.max_id, import_id)
    (line,) = house.rows("SELECT action, subject FROM audit WHERE action LIKE 'import%'")
    assert line == {"action": "import.cancel", "subject": f"list:{house.list_id}"}


def test_cancelled_on_its_way_what_came_in_goes_out_again(house: House) -> None:
    import_id = house.queue(house.file(*rows(9_000)))
    go(house, after(2))
    assert left_behind(house)["prospects"] > 0
    imports.ask_cancel(house.db, house.max_id, import_id)
    assert house.progress(import_id).is_cancelled
    assert house.work()
    ended = house.progress(import_id)
    assert (ended.state, ended.accepted, ended.error) == ("cancelled", 0, None)
    assert left_behind(house) == NOTHING
    assert list(house.uploads.iterdir()) == []


def test_cancelled_while_a_batch_is_on_its_way_it_stops_after_it(house: House) -> None:
    import_id = house.queue(house.file(*rows(20_000)))
    taken = jobs.claim(house.db, "ours")
    assert taken is not None

    def cancel_after_the_first() -> bool:
        if house.progress(import_id).rows_done and not house.progress(import_id).is_cancelled:
            imports.ask_cancel(house.db, house.max_id, import_id)
        return False

    jobs.work(house.db, house.uploads, taken, cancel_after_the_first)
    ended = house.progress(import_id)
    assert ended.state == "cancelled" and 0 < ended.rows_done < 20_000
    assert left_behind(house) == NOTHING


def test_those_whom_somebody_took_or_called_stay_and_are_told(house: House) -> None:
    import_id = house.queue(house.file(*rows(5_000)))
    go(house, after(1))
    house.do("UPDATE prospect SET status = 'held' WHERE position <= 2")
    house.do("UPDATE prospect SET attempts = 1 WHERE position = 3")
    imports.ask_cancel(house.db, house.max_id, import_id)
    assert house.work()
    ended = house.progress(import_id)
    assert (ended.state, ended.accepted) == ("cancelled", 3)
    assert ended.error == "3 prospects stay in the list: they were taken or called before."
    assert house.names() == ["Berg 0", "Berg 1", "Berg 2"]
    assert left_behind(house) == {"prospects": 3, "phones": 6, "tally": 3, "zones": 6}


def test_taking_out_can_be_stopped_and_gone_on_with(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_removal, "AT_ONCE", 500)
    import_id = house.queue(house.file(*rows(5_000)))
    go(house, after(1))
    imports.ask_cancel(house.db, house.max_id, import_id)
    go(house, after(2))
    half = house.progress(import_id)
    assert half.state == "queued" and half.accepted == left_behind(house)["prospects"] == 3_000
    go(house, lambda: False, "another")
    assert house.progress(import_id).state == "cancelled" and left_behind(house) == NOTHING


def test_a_file_that_is_gone_fails_and_leaves_nothing_half_imported(house: House) -> None:
    import_id = house.queue(house.file(*rows(5_000)))
    taken = go(house, after(1))
    assert taken.file_token is not None
    uploads.discard(house.uploads, taken.file_token)
    assert house.work()
    ended = house.progress(import_id)
    assert (ended.state, ended.error, ended.accepted) == ("failed", "The file is gone; upload it again.", 0)
    assert left_behind(house) == NOTHING


def test_a_file_that_changed_meanwhile_fails(house: House) -> None:
    import_id = house.queue(house.file(*rows(5_000)))
    taken = go(house, after(1))
    assert taken.file_token is not None
    with uploads.path_of(house.uploads, taken.file_token).open("a") as file:
        file.write("more\n")
    assert house.work()
    error = house.progress(import_id).error
    assert error is not None and "has changed" in error and left_behind(house) == NOTHING


def test_a_command_that_ended_leaves_a_failed_import(house: House) -> None:
    import_id = house.queue(house.file(*rows(5_000)))
    go(house, after(1))
    house.do("UPDATE list_job SET state = 'running', worker = 'command-1', file_token = NULL")
    assert not house.work(), "it may still be alive"
    house.do("UPDATE list_job SET alive_at = now() - interval '11 s'")
    assert house.work()
    error = house.progress(import_id).error
    assert error is not None and "command" in error and left_behind(house) == NOTHING


def test_a_worker_that_lost_its_job_writes_nothing_more(house: House) -> None:
    import_id = house.queue(house.file(*rows(9_000)))
    taken = jobs.claim(house.db, "slow")
    assert taken is not None
    others: list[int] = []

    def taken_over() -> bool:
        if not others:
            house.do("UPDATE list_job SET alive_at = now() - interval '11 s'")
            assert house.work("quick")
            others.append(house.progress(import_id).rows_done)
        return False

    jobs.work(house.db, house.uploads, taken, taken_over)
    assert others == [9_000] and house.progress(import_id).state == "done"
    assert house.names() == [f"Berg {n}" for n in range(9_000)]


def test_two_workers_of_one_name_do_nothing_twice(house: House) -> None:
    import_id = house.queue(house.file(*rows(9_000)))
    taken = jobs.claim(house.db, "main")
    assert taken is not None
    restarted: list[int] = []

    def restart() -> bool:
        if not restarted:
            restarted.append(jobs.put_back_all(house.db, "main"))
            assert house.work("main")
        return False

    jobs.work(house.db, house.uploads, taken, restart)
    assert restarted == [1] and house.progress(import_id).state == "done"
    assert house.names() == [f"Berg {n}" for n in range(9_000)]


class Breaking(Database):
    """A database that is gone at the n-th transaction."""

    breaks_at = 0

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        if not threading.current_thread().name.startswith("alive"):
            self.breaks_at -= 1
            if self.breaks_at == 0:
                raise DatabaseUnavailable("The database does not answer.")
        with super().transaction() as connection:
            yield connection


@pytest.mark.parametrize("breaks_at", range(2, 8))
def test_the_database_gone_at_any_step_costs_nothing(house: House, breaks_at: int) -> None:
    import_id = house.queue(house.file(*rows(6_500)))
    taken = jobs.claim(house.db, "ours")
    assert taken is not None
    breaking = Breaking(house.db.url)
    breaking.breaks_at = breaks_at
    try:
        with pytest.raises(DatabaseUnavailable):
            jobs.work(breaking, house.uploads, taken, lambda: False)
    finally:
        breaking.close()
    assert house.progress(import_id).state == "running"
    house.do("UPDATE list_job SET alive_at = now() - interval '11 s'")
    assert house.work()
    assert house.progress(import_id).state == "done"
    assert house.names() == [f"Berg {n}" for n in range(6_500)]
    assert left_behind(house) == {"prospects": 6_500, "phones": 13_000, "tally": 6_500, "zones": 13_000}


def test_a_defect_of_ours_ends_the_import_and_is_seen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = house.queue(house.file(*rows(3_000)))

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("dialer.import_checks.normalise_all", broken)
    with pytest.raises(ZeroDivisionError):
        house.work()
    ended = house.progress(import_id)
    assert ended.state == "failed" and ended.error is not None and "error of ours" in ended.error


def dialed_to_its_end(house: House) -> int:
    """A reset waits for a list on which nobody is left; its id."""
    house.read(house.file(bo(1), bo(2)))
    house.do("UPDATE prospect SET status = 'done', attempts = 1")
    return resets.queue_reset(house.db, house.max_id, house.list_id)


def test_resets_go_through_the_same_queue(house: House) -> None:
    job_id = dialed_to_its_end(house)
    assert house.work() and not house.work()
    (job,) = jobs.listing(house.db, house.max_id, kind="reset")
    assert (job.id, job.state, job.accepted) == (job_id, "done", 2)
    assert {row["status"] for row in house.rows("SELECT status FROM prospect")} == {"pool"}


def test_a_reset_stopped_by_the_importer_waits_in_the_queue(house: House) -> None:
    dialed_to_its_end(house)
    go(house, lambda: True)
    (job,) = jobs.listing(house.db, house.max_id, kind="reset")
    assert job.state == "queued"
    assert house.work()


def test_a_reset_that_breaks_has_failed_and_is_seen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    dialed_to_its_end(house)
    monkeypatch.setattr(resets, "run_reset", broken)
    with pytest.raises(ZeroDivisionError):
        house.work()
    (job,) = jobs.listing(house.db, house.max_id, kind="reset")
    assert job.state == "failed" and job.error is not None and "error of ours" in job.error


def test_only_who_manages_lists_of_the_organisation_may_cancel(house: House) -> None:
    import_id = house.queue(house.file(bo(1)))
    at = datetime.now(UTC)
    other = organisations.create_organisation(house.db, "Other", at)
    for organisation_id, role in ((house.organisation_id, "agent"), (other.id, "admin")):
        ana = people.create_user(
            house.db,
            organisation_id,
            at,
            name="Ana",
            email=f"ana@{organisation_id}.example",
            password="only-for-tests",
            role=role,
        )
        with pytest.raises(NotFound):
            imports.ask_cancel(house.db, ana.id, import_id)
    assert house.progress(import_id).state == "queued"


def test_a_huge_file_is_read_as_a_stream(house: House) -> None:
    path = house.file(*rows(2_000))
    with path.open("r+b") as file:
        file.truncate(50_000_000)  # a hole: NUL characters without a line break
    tracemalloc.start()
    outcome = house.read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    (hole,) = imports.refused_rows(house.db, outcome.import_id)
    assert (outcome.accepted, hole.reason) == (2_000, "The line is longer than 1,000,000 characters.")
    assert peak < 30_000_000


def test_uploads_a_day_old_are_removed_unless_an_import_waits_for_them(house: House) -> None:
    house.queue(house.file(bo(1)))
    draft = uploads.path_of(house.uploads, uploads.new_token())
    draft.parent.mkdir()
    keepsake = house.uploads / "not ours"
    keepsake.mkdir()
    soon = datetime.now(UTC)
    later = soon + timedelta(days=1, minutes=1)
    assert uploads.tidy(house.uploads, jobs.open_tokens(house.db), soon) == 0
    assert uploads.tidy(house.uploads, jobs.open_tokens(house.db), later) == 1
    assert not draft.parent.exists() and keepsake.exists()
    assert house.work(), "the file that an import waits for is still there"


@pytest.mark.parametrize("token", ["", "..", "a" * 31, "A" * 32, "../../../../../../etc/passwd"])
def test_what_is_no_token_names_no_file(tmp_path: Path, token: str) -> None:
    with pytest.raises(NotFound):
        uploads.path_of(tmp_path, token)


def test_after_a_large_import_the_planner_knows_of_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialer.store.importing.SETTLE_FROM", 1)
    house.read(house.file(*rows(10)))
    analysed = house.rows(
        "SELECT relname FROM pg_stat_user_tables WHERE last_vacuum IS NOT NULL AND last_analyze IS NOT NULL"
    )
    assert {row["relname"] for row in analysed} >= {"prospect", "phone"}
