"""How many prospects are where, without counting them: the sums are right whoever does what at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from dialing_floor import Floor

from dialer.db import Database
from dialer.store import tally

COUNTED = """
    SELECT status, excluded_by, count(*) AS n FROM prospect WHERE list_id = %(l)s GROUP BY 1, 2 ORDER BY 1, 2
"""
SUMMED = """
    SELECT status, excluded_by, sum(prospects)::bigint AS n FROM list_tally WHERE list_id = %(l)s
    GROUP BY 1, 2 HAVING sum(prospects) <> 0 ORDER BY 1, 2
"""


def is_right(floor: Floor) -> bool:
    return floor.rows(COUNTED, l=floor.list_id) == floor.rows(SUMMED, l=floor.list_id)


def lines(floor: Floor) -> int:
    return int(floor.value("SELECT count(*) FROM list_tally WHERE list_id = %(l)s", l=floor.list_id))


def test_many_lines_become_one_for_each_status(db: Database) -> None:
    floor = Floor(db, prospects=20)
    for position in range(1, 11):
        floor.do("UPDATE prospect SET status = 'held' WHERE position = %(p)s", p=position)
        floor.do("UPDATE prospect SET status = 'done' WHERE position = %(p)s", p=position)
    floor.do("UPDATE prospect SET status = 'excluded', excluded_by = 'do_not_call' WHERE position = 11")
    assert lines(floor) > 20
    assert tally.fold(db, lines=20) == 1
    assert floor.rows("SELECT status, excluded_by, prospects FROM list_tally ORDER BY status") == [
        {"status": "done", "excluded_by": None, "prospects": 10},
        {"status": "excluded", "excluded_by": "do_not_call", "prospects": 1},
        {"status": "pool", "excluded_by": None, "prospects": 9},
    ]
    assert is_right(floor)


def test_a_short_tally_is_left_alone(db: Database) -> None:
    floor = Floor(db, prospects=20)
    before = lines(floor)
    assert tally.fold(db) == 0
    assert lines(floor) == before


def test_the_sum_is_right_while_prospects_move_and_others_fold(db: Database) -> None:
    floor = Floor(db, prospects=40)
    stop = threading.Event()

    def move(first: int) -> None:
        for n in range(60):
            floor.do(
                "UPDATE prospect SET status = %(s)s, excluded_by = %(by)s WHERE position %% 4 = %(f)s"
                " AND position > %(n)s",
                s=["pool", "held", "excluded", "done"][n % 4],
                by="do_not_call" if n % 4 == 2 else None,
                f=first,
                n=n % 20,
            )

    def fold() -> int:
        folded = 0
        while not stop.is_set():
            folded += tally.fold(db, lines=1)
        return folded

    def look() -> bool:
        whole = True
        while not stop.is_set():
            whole &= (
                floor.value("SELECT sum(prospects) FROM list_tally WHERE list_id = %(l)s", l=floor.list_id)
                == 40
            )
        return whole

    with ThreadPoolExecutor(6) as threads:
        folders = [threads.submit(fold) for _ in range(2)]
        looker = threads.submit(look)
        try:
            list(threads.map(move, range(2)))
        finally:
            stop.set()
        assert sum(each.result() for each in folders) > 0
        assert looker.result(), "nobody ever sees a sum in between"
    assert is_right(floor)
    tally.fold(db, lines=1)
    assert is_right(floor)
    assert lines(floor) <= 8
