"""Ring-all, from the POST of a lead to the wire, and from the press of 1 to everybody else's release.

    python -m benchmarks.ring_all            # about two minutes
    python -m benchmarks.ring_all --quick    # to try it

One Asterisk node, one simulated outside world (a second Asterisk with a hundred phones), one PostgreSQL,
the dialer and the panel are started in a temporary folder, on free ports of the loopback.

* **one lead at a time**: a lead is posted to the panel's API over HTTP; ten phones ring, one is picked up
  and 1 is pressed on it. Measured: from before the POST was sent to the tenth INVITE as the phones'
  Asterisk received it; from the 1, as the dialer heard it, to the end of the last other phone's ringing
  and to the lead's own INVITE. How long the key itself takes (RFC 4733, 120 ms) is told apart.
* **many at once**: so many leads a second for so long, a hundred agents; whoever of a lead's ten rings
  first picks up and presses 1. Told: how many were taken, what became of the others, and how often a phone
  rang for two leads at once, by the wire's own account.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar

import orjson

from benchmarks.calling.center import Center, found
from benchmarks.calling.hands import Hands
from benchmarks.calling.stage import Stage, standing
from benchmarks.calling.whole import Whole
from benchmarks.ringing.wire import Line, Wire
from cli.context import as_environment
from cli.stack.ami import AmiFailed
from cli.stack.ports import free_ports
from cli.stack.process import Child, Service
from dialer.campaigns import CampaignSettings, GroupSettings
from dialer.clock import now
from dialer.db import Database
from dialer.errors import RingpoolError
from dialer.migrate import migrate
from dialer.settings import Settings
from dialer.store import campaigns, distribution_groups, tokens
from dialer.store.tokens import Scope

AGENTS = 100
RUNG = 10
PATIENCE_S = 20.0
SCRIPT = "1001"
"""The lead answers at once, says nothing and hangs up after a second."""

RINGING_PHONES = """
[phones](+)
; Phones that ring until somebody sends them to «answer».
exten => _2XXX,1,Ringing()
 same => n,Wait(120)
 same => n,Hangup(19)

[bench]
exten => answer,1,Answer(,i)
 same => n,Wait(86400)
 same => n,Hangup(16)
"""

AREAS = (212, 213, 214, 312, 305, 404, 415, 503, 602, 617, 702, 713, 718, 202, 206)
NUMBERS = count()
T = TypeVar("T")


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


def main() -> None:
    """Measure and print. Ends with status 1 and one sentence where something is missing."""
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="ringpool-bench-") as folder, ExitStack() as stack:
            bench = stack.enter_context(_bench(Path(folder)))
            singles = [bench.one_lead() for _ in range(options.leads)]
            many = bench.many(options.per_s, options.seconds)
    except KeyboardInterrupt:
        sys.exit(130)
    except RingpoolError as error:
        sys.exit(str(error))
    print(orjson.dumps(_as_json(singles, many)).decode() if options.json else _table(singles, many))


class Bench:
    """Everything running, and how to ring on it."""

    def __init__(
        self, stage: Stage, db: Database, center: Center, wire: Wire, post: Callable[[str], int]
    ) -> None:
        self._stage = stage
        self._db = db
        self._center = center
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


@contextmanager
def _bench(folder: Path) -> Iterator[Bench]:
    """A call center with a hundred agents who are signed in, its dialer, its panel, and a token."""
    with ExitStack() as stack:
        stage = stack.enter_context(standing(folder, AGENTS, _say, phones_do=RINGING_PHONES, watched=True))
        migrate(stage.database_url)
        db = Database(stage.database_url, max_size=4, application_name="ringpool benchmark")
        stack.callback(db.close)
        center = found(db, AGENTS)
        Whole(stage, db, center).register_phones()
        stack.enter_context(Whole(stage, db, center).dialer(None))
        campaign_id = _campaign(db, center)
        _, secret = tokens.create(
            db.for_organisation(center.organisation_id),
            center.manager_id,
            name="Benchmark",
            scopes=[Scope.LEADS_WRITE],
            user_id=center.manager_id,
            expires_at=None,
            now=now(),
        )
        url = stack.enter_context(_panel(stage))
        hands = Hands(db, center, None)
        hands.start()
        stack.callback(hands.stop)
        wire = stack.enter_context(Wire(stage.world.settings.ami_port))

        def post(number: str) -> int:
            body = json.dumps({"campaign_id": campaign_id, "phone": number, "last_name": "Prospect"}).encode()
            request = urllib.request.Request(f"{url}/api/v1/leads", body, method="POST")
            request.add_header("Authorization", f"Bearer {secret}")
            request.add_header("Content-Type", "application/json")
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return int(json.load(answer)["id"])
            except urllib.error.HTTPError as refused:
                raise RingpoolError(f"The lead was refused: {refused.read().decode()}") from refused

        yield Bench(stage, db, center, wire, post)


def _campaign(db: Database, center: Center) -> int:
    """For everybody, at any hour; the agents' pages stay open, and nobody has a session."""
    with db.transaction() as connection:
        connection.execute(
            "UPDATE app_user SET seen_at = %s, phone_mode = 'ring_each_call'", (now() + timedelta(days=1),)
        )
        connection.execute("UPDATE app_user SET role = 'admin' WHERE id = %s", (center.manager_id,))
        connection.execute("UPDATE organisation SET wrap_up_s = 0")
    tenant = db.for_organisation(center.organisation_id)
    group_id = distribution_groups.add(tenant, center.organisation_id, GroupSettings("Everybody"))
    campaign_id = campaigns.add(
        tenant, center.organisation_id, CampaignSettings("Website", group_id), now(), by=center.manager_id
    )
    with db.transaction() as connection:
        connection.execute("UPDATE list SET calling_from = '00:00', calling_until = '23:59:59.999999'")
    return campaign_id


@contextmanager
def _panel(stage: Stage) -> Iterator[str]:
    """The panel as in production; its address."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    settings = Settings(database_url=stage.database_url, secret_key=token_hex(16), panel_port=port)
    child = Child(
        Service(
            name="The panel",
            argv=(sys.executable, "-m", "gunicorn", "-c", "python:web.gunicorn_conf", "web.wsgi:app"),
            log=stage.folder / "panel.log",
            ready=lambda: _answers(f"{url}/healthz"),
            env={**as_environment(settings), "XDG_CACHE_HOME": str(stage.folder)},
        )
    )
    try:
        child.wait_ready()
        yield url
    finally:
        child.stop()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False


def _table(singles: list[OneLead], many: Many) -> str:
    rows = [
        ("POST → tenth INVITE", [each.to_tenth_invite for each in singles], "150"),
        ("1 heard → the others released", [each.to_last_release for each in singles], "100"),
        ("1 heard → the lead's INVITE", [each.to_lead_invite for each in singles], "100"),
        ("key pressed → 1 heard", [each.key for each in singles], "–"),
        ("many at once: POST → ring begun", many.to_first_invite_ms, "–"),
    ]
    lines = [
        f"{len(singles)} leads, {RUNG} phones each of {AGENTS}",
        "",
        "| ms | p50 | p95 | p99 | most | target, p99 |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, values, target in rows:
        figures = [_quantile(values, q) for q in (0.5, 0.95, 0.99, 1.0)]
        lines.append(f"| {name} | {' | '.join(f'{figure:.0f}' for figure in figures)} | {target} |")
    states = ", ".join(f"{n} {state}" for state, n in sorted(many.states.items()))
    lines += [
        "",
        f"{many.posted} leads in {many.seconds:.1f} s ({many.posted / many.seconds:.1f}/s): {states}; "
        f"a phone called for two at once: {many.twice_at_once}.",
    ]
    return "\n".join(lines)


def _quantile(values: list[float], q: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else float("nan")


def _as_json(singles: list[OneLead], many: Many) -> dict[str, object]:
    return {
        "leads": len(singles),
        "to_tenth_invite_ms": [each.to_tenth_invite for each in singles],
        "to_last_release_ms": [each.to_last_release for each in singles],
        "to_lead_invite_ms": [each.to_lead_invite for each in singles],
        "key_ms": statistics.median(each.key for each in singles),
        "many": {
            "posted": many.posted,
            "seconds": many.seconds,
            "states": many.states,
            "twice_at_once": many.twice_at_once,
            "to_ring_ms": many.to_first_invite_ms,
        },
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ring_all", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--quick", action="store_true", help="a few leads, to try it")
    parser.add_argument("--json", action="store_true", help="every lead's figures as one JSON object")
    parser.add_argument("--leads", type=int, help="one at a time; default 100")
    parser.add_argument("--per-s", type=float, default=10.0, help="leads a second, many at once; default 10")
    parser.add_argument("--seconds", type=float, help="how long they come; default 15")
    options = parser.parse_args()
    options.leads = options.leads or (5 if options.quick else 100)
    options.seconds = options.seconds or (3.0 if options.quick else 15.0)
    return options


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
