"""A call center at which leads come in, and the hands that pick phones up and press 1."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

from benchmarks.calling.stage import Stage
from benchmarks.ringing.wire import Line, Wire
from cli.stack.ami import AmiFailed
from dialer.db import Database
from dialer.errors import RingpoolError

T = TypeVar("T")
RUNG = 10
PATIENCE_S = 20.0
SCRIPT = "1001"
"""The lead answers at once, says nothing and hangs up after a second."""

AREAS = (212, 213, 214, 312, 305, 404, 415, 503, 602, 617, 702, 713, 718, 202, 206)
NUMBERS = count()


@dataclass(frozen=True, slots=True)
class OneLead:
    """Milliseconds."""

    to_tenth_invite: float
    key: float
    to_last_release: float
    to_lead_invite: float


@dataclass(frozen=True, slots=True)
class Many:
    """What became of leads that came many at once."""

    posted: int
    states: dict[str, int]
    seconds: float
    twice_at_once: int
    to_first_invite_ms: list[float]


class Bench:
    """Everything running, and how to ring on it."""

    def __init__(self, stage: Stage, db: Database, wire: Wire, post: Callable[[str], int]) -> None:
        self._stage = stage
        self._db = db
        self._wire = wire
        self._post = post
        self._chance = random.Random(7)
        self._ami = threading.Lock()

    def one_lead(self) -> OneLead:
        """Post, let ten ring, pick one up, press 1."""
        mark, number = self._wire.mark, _number()
        posted_at = time.time()
        lead_id = self._post(number)
        rung = self._until(lambda: self._rung(mark, RUNG), "ten phones ring")
        winner = self._chance.choice(rung)
        self._pick_up(winner)
        leg_id = self._until(lambda: self._listens(lead_id), "somebody listens")
        pressed_at = time.time()
        self._press(winner)
        heard_at = self._until(lambda: self._pressed_at(leg_id), "the 1 was heard")
        others = [line for line in rung if line is not winner]
        self._until(lambda: all(line.ended_at for line in others), "the others stopped ringing")
        called = self._until(lambda: self._call_of(mark, number), "the lead is called")
        self._until(lambda: self._everybody_is_free(), "everybody is free again")
        return OneLead(
            to_tenth_invite=1000 * (max(line.invited_at for line in rung) - posted_at),
            key=1000 * (heard_at - pressed_at),
            to_last_release=1000 * (max(line.ended_at or 0.0 for line in others) - heard_at),
            to_lead_invite=1000 * (called.invited_at - heard_at),
        )

    def many(self, per_s: float, seconds: float) -> Many:
        """Leads at a pace; the first phone of each that rings is picked up."""
        mark, stop = self._wire.mark, threading.Event()
        people = threading.Thread(target=self._pick_everything_up, args=(mark, stop), daemon=True)
        people.start()
        began, lead_ids, posted_at = time.time(), [], {}
        for n in range(int(per_s * seconds)):
            time.sleep(max(0.0, began + n / per_s - time.time()))
            number = _number()
            at = time.time()
            lead_ids.append(self._post(number))
            posted_at[lead_ids[-1]] = at
        posting_s = time.time() - began
        self._until(
            lambda: not self._count("lead WHERE state IN ('waiting', 'ringing')"), "all are decided", 120
        )
        self._until(lambda: self._everybody_is_free(), "everybody is free again", 60)
        stop.set()
        people.join()
        rows = self._rows("SELECT state, count(*) AS n FROM lead WHERE id = ANY(%s) GROUP BY 1", lead_ids)
        first = self._rows(
            "SELECT r.lead_id, min(extract(epoch FROM g.started_at)) AS at FROM ring r"
            " JOIN ring_leg g ON g.ring_id = r.id WHERE r.lead_id = ANY(%s) GROUP BY 1",
            lead_ids,
        )
        return Many(
            posted=len(lead_ids),
            states={row["state"]: row["n"] for row in rows},
            seconds=posting_s,
            twice_at_once=_overlaps(self._wire.since(mark)),
            to_first_invite_ms=[1000 * (float(row["at"]) - posted_at[row["lead_id"]]) for row in first],
        )

    def _pick_everything_up(self, mark: int, stop: threading.Event) -> None:
        seen: set[int] = set()
        while not stop.is_set():
            self._wire.wait(0.05)
            legs = self._rows(
                "SELECT DISTINCT ON (g.ring_id) g.ring_id, g.extension, g.state FROM ring_leg g"
                " JOIN ring r ON r.id = g.ring_id WHERE r.state = 'ringing'"
                " ORDER BY g.ring_id, (g.state = 'listening') DESC, g.id"
            )
            for leg in legs:
                line = next(
                    (each for each in reversed(self._wire.since(mark))
                     if each.dialed == f"phone{leg['extension']}" and each.ended_at is None),
                    None,
                )  # fmt: skip
                if line is None:
                    continue
                with contextlib.suppress(AmiFailed):
                    if leg["state"] == "listening":
                        self._press(line)
                    elif leg["ring_id"] not in seen:
                        seen.add(leg["ring_id"])
                        self._pick_up(line)

    def _rung(self, mark: int, wanted: int) -> list[Line] | None:
        lines = [line for line in self._wire.since(mark) if line.dialed.startswith("phone")]
        return lines if len(lines) >= wanted else None

    def _call_of(self, mark: int, number: str) -> Line | None:
        return next((line for line in self._wire.since(mark) if line.dialed == number), None)

    def _pick_up(self, line: Line) -> None:
        with self._ami:
            self._stage.world.ami.action(
                "Redirect", Channel=line.channel, Context="bench", Exten="answer", Priority="1"
            )

    def _press(self, line: Line) -> None:
        with self._ami:
            self._stage.world.ami.action("PlayDTMF", Channel=line.channel, Digit="1", Duration="120")

    def _listens(self, lead_id: int) -> int | None:
        rows = self._rows(
            "SELECT g.id FROM ring_leg g JOIN ring r ON r.id = g.ring_id"
            " WHERE r.lead_id = %s AND g.state = 'listening'",
            lead_id,
        )
        return int(rows[0]["id"]) if rows else None

    def _pressed_at(self, leg_id: int) -> float | None:
        rows = self._rows("SELECT extract(epoch FROM pressed_at) AS at FROM ring_leg WHERE id = %s", leg_id)
        return None if rows[0]["at"] is None else float(rows[0]["at"])

    def _everybody_is_free(self) -> bool:
        return not (
            self._count("ring_leg WHERE state <> 'over'")
            or self._count("attempt WHERE state <> 'ended'")
            or self._count("agent WHERE state <> 'logged_out'")
        )

    def _count(self, what: str) -> int:
        return int(self._rows(f"SELECT count(*) AS n FROM {what}")[0]["n"])

    def _rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        with self._db.transaction() as connection:
            return connection.execute(query, values).fetchall()

    def _until(self, condition: Callable[[], T | None], what: str, timeout_s: float = PATIENCE_S) -> T:
        until = time.monotonic() + timeout_s
        while not (value := condition()):
            if time.monotonic() > until:
                raise RingpoolError(f"Waited {timeout_s:.0f} s in vain until {what}; see the dialer's log.")
            self._wire.wait(0.01)
        return value


def _number() -> str:
    """One that was not called before, and can be a number of the United States."""
    n = next(NUMBERS)
    return f"+1{AREAS[n // 100 % len(AREAS)]}5{n % 100:02d}{SCRIPT}"


def _overlaps(lines: Sequence[Line]) -> int:
    """How often a phone was called while an earlier call to it was not over."""
    found, free_at = 0, dict[str, float]()
    for line in sorted(lines, key=lambda each: each.invited_at):
        if line.dialed.startswith("phone"):
            found += line.invited_at < free_at.get(line.dialed, 0.0)
            free_at[line.dialed] = max(free_at.get(line.dialed, 0.0), line.ended_at or float("inf"))
    return found
