"""Open pages: how soon 200 agents see what changes, beside 5 connected calls a second.

    python -m benchmarks.panel            # about four minutes
    python -m benchmarks.panel --quick    # to try it

One Asterisk node, the simulated outside world, PostgreSQL and the dialer run as in benchmarks/calls.py, and the
panel as in production (gunicorn with web/gunicorn_conf.py). All agents are in session on one list with My Session
open. Some of them (--callers) have their phones connected and take the calls in turn, one second each; a result
is saved at once, at the pace that is asked for. The others pause: two cores cannot play music to 200 phones, and
a panel does not see the difference.

The pages are held by one process that asks what a browser's page would ask (see paging/page.py), and the first
caller's is a real Chromium. Measured, all by the machine's clock:

* from a change of an agent's state (when PostgreSQL committed it) until the agent's own page has the part that
  shows it, and until the team grid on other pages does;
* from ``bridged_at`` of a call until its Call Disposition window has come to the agent's page, and in the real
  browser until it has been drawn.

``--beside CHECKOUT`` measures another checkout's panel in turn, with the same calls and the same pages.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from secrets import token_hex

import orjson

from benchmarks.calling import cost
from benchmarks.calling.center import Center, fill_list, found, found_resting, make_empty_list
from benchmarks.calling.hands import Hands
from benchmarks.calling.panel import panel
from benchmarks.calling.phase import Load
from benchmarks.calling.stage import FIRST_EXTENSION, PASSWORD, Stage, standing
from benchmarks.calling.whole import DIALER, Whole
from benchmarks.paging import measured, pages, report
from benchmarks.paging.measured import Measured
from benchmarks.paging.screen import Screen, screen
from cli.stack.process import Child, Service
from dialer.clock import now
from dialer.db import Database
from dialer.errors import RingpoolError
from dialer.migrate import migrate
from dialer.store import sessions

TALK_S = 1
KEEP_COMMIT_TIMES = {"track_commit_timestamp": "on"}
SETTLED_S = 3.0
"""What changed last is given so long to arrive."""


def main() -> None:
    """Measure and print. Ends with status 1 and one sentence where something is missing."""
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="ringpool-bench-") as folder:
            columns, asterisk = _measure(Path(folder), options)
    except KeyboardInterrupt:
        sys.exit(130)
    except RingpoolError as error:
        sys.exit(str(error))
    if options.json:
        print(orjson.dumps(report.as_json(columns, asterisk)).decode())
    else:
        print(report.table(columns, asterisk))


def _measure(folder: Path, options: argparse.Namespace) -> tuple[list[list[Measured]], str]:
    with ExitStack() as stack:
        stage = stack.enter_context(standing(folder, options.callers, _say, KEEP_COMMIT_TIMES))
        migrate(stage.database_url)
        db = Database(stage.database_url, max_size=4, application_name="ringpool benchmark")
        stack.callback(db.close)
        at_work = stack.enter_context(_at_work(stage, db, options))
        browser = None if options.without_browser else stack.enter_context(screen())
        panels = [("this panel", None)] + [
            (f"panel in {path.name}", path.absolute()) for path in options.beside
        ]
        columns: list[list[Measured]] = [[] for _ in panels]
        for repeat in range(options.repeats):
            for column, (name, checkout) in zip(columns, panels, strict=True):
                began = time.monotonic()
                column.append(_measure_panel(at_work, browser, name, checkout, options))
                _say(
                    f"{repeat + 1} of {options.repeats}: {name}: {report.short(column[-1])}"
                    f" ({time.monotonic() - began:.0f} s)."
                )
        return columns, stage.version


@dataclass(frozen=True, slots=True)
class _AtWork:
    """The call center, calling."""

    stage: Stage
    db: Database
    center: Center
    list_id: int
    pids: dict[str, int]
    secret_key: str


@contextmanager
def _at_work(stage: Stage, db: Database, options: argparse.Namespace) -> Iterator[_AtWork]:
    """Everybody in session: the callers connected and calling at the pace, the others paused."""
    callers = found(db, options.callers)
    whole = Whole(stage, db, callers)
    whole.register_phones()
    resting = found_resting(db, callers, FIRST_EXTENSION + options.callers, options.agents - options.callers)
    center = replace(callers, agent_ids=(*callers.agent_ids, *resting))
    list_id = make_empty_list(db, center, "Everybody")
    hands = Hands(db, center, options.calls_per_s)
    with whole.dialer(None) as dialer:
        tenant = db.for_organisation(center.organisation_id)
        for user_id in resting:  # while there is nobody to call
            sessions.start_session(tenant, user_id, list_id, now())
            sessions.ask_pause(tenant, user_id, "Lunch", now())
        whole_s = options.repeats * (1 + len(options.beside)) * (options.seconds + 120)
        fill_list(db, center, list_id, Load(options.callers, TALK_S, 0.0, whole_s, options.calls_per_s))
        try:
            hands.start()
            hands.begin(callers.agent_ids, list_id)
            whole.until(lambda: whole.seated(options.callers), "all callers' phones are connected")
            yield _AtWork(stage, db, center, list_id, {**stage.pids, DIALER: dialer}, token_hex(16))
        finally:
            hands.go_home()
            hands.stop()


def _measure_panel(
    work: _AtWork, browser: Screen | None, name: str, checkout: Path | None, options: argparse.Namespace
) -> Measured:
    others = work.center.agent_ids[1:] if browser else work.center.agent_ids
    first = work.center.agent_ids[0]
    drawn: list[tuple[float, int]] = []
    with panel(work.stage, work.secret_key, checkout) as (url, panel_pid):
        if browser is not None:
            browser.sign_in(url, f"ana{FIRST_EXTENSION}@example.com", PASSWORD, work.list_id)
        with _pages(work, url, others, options.watching) as (held, results):
            pids = {**work.pids, "panel": panel_pid, "pages": held}
            if browser is not None:
                pids["browser"] = browser.pid
            _let_pass(options.warm_up, browser)
            began, since, before = os.getloadavg()[0], now(), cost.read(pids)
            _let_pass(options.seconds, browser)
            until, after, ended = now(), cost.read(pids), os.getloadavg()[0]
            _let_pass(SETTLED_S, browser)
            if browser is not None:
                drawn = browser.leave()
        seen = pages.seen(results)
    made, calls = measured.changes(work.db, since, until), measured.bridged(work.db, since, until)
    fetched: dict[str, list[float]] = {}
    refused, size = 0, 0
    for at, took_s, part, status, length in (each for page in seen for each in page.fetched):
        if since.timestamp() <= at < until.timestamp():
            fetched.setdefault(part, []).append(1000 * took_s)
            refused += status >= 400
            size += length
    return Measured(
        name=name,
        agents=options.agents,
        calls=len(calls),
        own=measured.own_changes((each for each in made if each.user_id in others), seen),
        team=measured.team_changes(made, seen),
        window=measured.windows(calls, seen),
        screen=measured.on_screen(calls, first, drawn) if browser else None,
        fetched=fetched,
        refused=refused,
        kilobytes=size / 1000,
        messages=float(
            sum(since.timestamp() <= at < until.timestamp() for page in seen for at in page.heard)
        ),
        faults=sum(page.faults for page in seen),
        load=(began, ended),
        cost=cost.between(before, after),
    )


@contextmanager
def _pages(work: _AtWork, url: str, user_ids: tuple[int, ...], watching: int) -> Iterator[tuple[int, Path]]:
    """Everybody's page, open; the process that holds them, and where it leaves what they were shown."""
    folder = work.stage.folder / f"pages-{time.monotonic_ns()}"
    folder.mkdir()
    first = FIRST_EXTENSION + len(work.center.agent_ids) - len(user_ids)
    order = pages.Order(
        url=url,
        list_id=work.list_id,
        user_ids=list(user_ids),
        emails=[f"ana{first + n}@example.com" for n in range(len(user_ids))],
        password=PASSWORD,
        watching=watching,
        cookies=str(work.stage.folder / "cookies.json"),
        ready=str(folder / "ready"),
        results=str(folder / "results.json"),
    )
    (folder / "order.json").write_bytes(orjson.dumps(asdict(order)))
    child = Child(
        Service(
            name="The pages",
            argv=(sys.executable, "-m", "benchmarks.paging.pages", str(folder / "order.json")),
            log=work.stage.folder / "pages.log",
            ready=(folder / "ready").exists,
            ready_within_s=900.0,
        )
    )
    try:
        child.wait_ready()
        yield child.pid, folder / "results.json"
    finally:
        child.stop()


def _let_pass(seconds: float, browser: Screen | None) -> None:
    if browser is None:
        time.sleep(seconds)
    else:
        browser.wait(seconds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.panel", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--quick", action="store_true", help="a few seconds with 40 pages, to try it")
    parser.add_argument("--json", action="store_true", help="every repeat's figures as one JSON object")
    parser.add_argument("--agents", type=int, help="pages that are open; default 200")
    parser.add_argument("--callers", type=int, default=20, help="agents who take the calls; default 20")
    parser.add_argument("--calls-per-s", type=float, default=5.0, help="connected calls a second; default 5")
    parser.add_argument("--seconds", type=float, help="measured in each repeat; default 30")
    parser.add_argument("--repeats", type=int, help="default 2")
    parser.add_argument(
        "--watching", type=int, default=10, help="pages that note what the grid shows; default 10"
    )
    parser.add_argument("--without-browser", action="store_true", help="no real browser among the pages")
    parser.add_argument(
        "--beside",
        type=Path,
        action="append",
        default=[],
        metavar="CHECKOUT",
        help="measure another checkout's panel in turn, too; it must have the same schema",
    )
    options = parser.parse_args()
    quick = options.quick
    options.agents = options.agents or (40 if quick else 200)
    options.seconds = options.seconds or (8.0 if quick else 30.0)
    options.repeats = options.repeats or (1 if quick else 2)
    options.warm_up = 3.0 if quick else 10.0
    if not 2 <= options.callers <= options.agents - options.watching:
        parser.error("give at least 2 callers, and more agents than callers and watching pages together")
    return options


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
