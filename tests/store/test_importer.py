"""The importer as a process: killed, stopped, stalled, several side by side (LPL-11)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from import_house import House, bo, build

from dialer.db import Database
from dialer.store import imports


@pytest.fixture
def house(db: Database, tmp_path: Path) -> House:
    return build(db, tmp_path)


@contextmanager
def importer(house: House, name: str = "main") -> Iterator[subprocess.Popen[bytes]]:
    """A running importer; what it says is in importer.log."""
    env = {
        **os.environ,
        "DATABASE_URL": house.db.url,
        "RINGPOOL_UPLOADS": str(house.uploads),
        "RINGPOOL_HOME": str(house.folder / "home"),
    }
    with (house.folder / "importer.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "importer", "--name", name], env=env, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about"
        assert process is None or process.poll() is None, "the importer ended by itself"
        time.sleep(0.01)


def is_over(house: House, import_id: int) -> Callable[[], bool]:
    return lambda: house.progress(import_id).is_over


def test_a_queued_file_is_read_and_forgotten(house: House) -> None:
    with importer(house) as process:
        import_id = house.queue(house.file(bo(1), bo(2)))
        wait_until(is_over(house, import_id), process)
        wait_until(lambda: list(house.uploads.iterdir()) == [], process)
    done = house.progress(import_id)
    assert (done.state, done.accepted, done.rows_done, done.rows_total) == ("done", 2, 2, 2)
    assert house.names() == ["Berg 1", "Berg 2"]


def long_file(house: House, rows: int) -> Path:
    """Rows of which every 50th is refused, for its number or because it comes again later."""

    def row(n: int) -> list[str]:
        if n % 100 == 50:
            return bo(n, Phone="soon")
        return bo(n, Phone=bo(n - 3)[3]) if n % 100 == 99 else bo(n)

    return house.file(*map(row, range(rows)))


def expected_names(rows: int) -> list[str]:
    return [f"Berg {n}" for n in range(rows) if n % 100 not in (50, 99)]


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_it_goes_on_exactly_there(house: House, seed: int) -> None:
    rows, chance = 40_000, random.Random(seed)
    import_id = house.queue(long_file(house, rows))
    for _ in range(4):
        goal = house.progress(import_id).rows_done + chance.randint(1, 6_000)
        with importer(house) as process:
            wait_until(lambda goal=goal: house.progress(import_id).rows_done >= goal, process)  # type: ignore[misc]
            process.kill()
            process.wait()
        assert house.progress(import_id).state == "running"
    with importer(house) as process:
        wait_until(is_over(house, import_id), process)
    done = house.progress(import_id)
    assert (done.state, done.rows_done, done.accepted) == ("done", rows, rows * 98 // 100)
    assert house.names() == expected_names(rows)
    refused = [row.line for row in imports.refused_rows(house.db, import_id)]
    assert refused == [n + 2 for n in range(rows) if n % 100 in (50, 99)]
    assert house.rows("SELECT count(*)::int AS n FROM phone")[0]["n"] == done.accepted
    counted = house.rows("SELECT status, sum(prospects)::int AS n FROM list_tally GROUP BY status")
    assert counted == [{"status": "pool", "n": done.accepted}]
    assert house.rows("SELECT kind, numbers::int AS n FROM list_zone") == [
        {"kind": "phone", "n": done.accepted}
    ]


def test_told_to_stop_it_hands_its_jobs_back_at_once(house: House) -> None:
    rows = 60_000
    import_id = house.queue(long_file(house, rows))
    with importer(house) as process:
        wait_until(lambda: house.progress(import_id).rows_done > 0, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    stopped = house.progress(import_id)
    assert stopped.state == "queued" and 0 < stopped.rows_done < rows
    with importer(house, "another") as process:
        wait_until(is_over(house, import_id), process)
    assert house.names() == expected_names(rows)


def halted_and_silent(house: House, process: subprocess.Popen[bytes]) -> bool:
    """Halt the importer, as it would be after eleven seconds; not inside a commit, which the database ends
    by itself after a while."""
    process.send_signal(signal.SIGSTOP)
    silent = house.rows(
        "UPDATE list_job SET alive_at = now() - interval '11 s'"
        " WHERE id IN (SELECT id FROM list_job FOR UPDATE SKIP LOCKED) RETURNING id"
    )
    if not silent:
        process.send_signal(signal.SIGCONT)
    return bool(silent)


def test_a_stalled_importer_is_given_up_and_does_nothing_twice(house: House) -> None:
    rows = 60_000
    import_id = house.queue(long_file(house, rows))
    with importer(house, "stalled") as stalled:
        wait_until(lambda: house.progress(import_id).rows_done > 0, stalled)
        wait_until(lambda: halted_and_silent(house, stalled), stalled)
        with importer(house, "quick") as quick:
            wait_until(lambda: house.rows("SELECT worker FROM list_job")[0]["worker"] == "quick", quick)
            stalled.send_signal(signal.SIGCONT)
            wait_until(is_over(house, import_id), quick)
        assert stalled.poll() is None
    assert house.progress(import_id).state == "done"
    assert house.names() == expected_names(rows)


def test_several_importers_share_the_work(house: House) -> None:
    lists_ = [house.add_list(f"List {n}") for n in range(8)]
    ids = [
        house.queue(house.file(*map(bo, range(2_500)), name=f"{n}.csv"), list_id=list_id)
        for n, list_id in enumerate(lists_)
    ]
    with importer(house, "one") as one, importer(house, "two"), importer(house, "two"):
        for import_id in ids:
            wait_until(is_over(house, import_id), one)
    for import_id, list_id in zip(ids, lists_, strict=True):
        assert house.progress(import_id).accepted == 2_500
        assert house.names(list_id) == [f"Berg {n}" for n in range(2_500)]


def test_a_short_import_does_not_wait_behind_a_long_one(house: House) -> None:
    long = house.queue(house.file(*map(bo, range(120_000))))
    with importer(house) as process:
        wait_until(lambda: house.progress(long).rows_done > 0, process)
        short = house.queue(house.file(bo(1), name="short.csv"), list_id=house.add_list("Short"))
        wait_until(is_over(house, short), process)
        assert not house.progress(long).is_over


def test_the_database_away_for_a_while_costs_nothing(house: House) -> None:
    rows = 40_000
    import_id = house.queue(long_file(house, rows))
    with importer(house) as process:
        wait_until(lambda: house.progress(import_id).rows_done > 0, process)
        house.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name LIKE 'ringpool importer%'"
        )
        # The next start takes it up; so would this one, ten seconds later.
        house.do("UPDATE list_job SET alive_at = now() - interval '11 s' WHERE state = 'running'")
        wait_until(is_over(house, import_id), process)
    assert house.names() == expected_names(rows)
