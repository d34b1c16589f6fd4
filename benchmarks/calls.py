"""Connected calls per second, and what one costs: Ringpool beside the same calls by AMI and dialplan.

    python -m benchmarks.calls            # about five minutes
    python -m benchmarks.calls --quick    # to try it

One Asterisk node, one simulated outside world (asterisk_conf/sim, a second Asterisk) and one PostgreSQL
are started in a temporary folder, on free ports of the loopback. Then, in turn and repeatedly, the same
calls are made in two ways:

* **floor**: by AMI Originate and dialplan. Agents' phones wait in a holding bridge; for each that is free
  the client sends one Originate, and the dialplan bridges the answered prospect to the agent.
* **Ringpool**: by the dialer with everything on. Lists, leases, attempts, legs, events and agents' history
  in PostgreSQL, every call recorded, notifications, music for agents who wait. Hands in this process save
  each result as soon as the call is over, through the functions that the panel calls.

Alike: the node and its configuration; the trunk, real SIP over UDP to the outside world; prospects who
answer at once, say nothing and hang up after a fixed time; agents' phones that were called once, answered
and stay connected; one call for each free agent; Asterisk's CDR. Not alike, and all of it on Ringpool's
side: ARI, PostgreSQL, one Python process for the calls and one for the hands, recording (which makes a
bridge a mixing one), music. The floor's agents are called through the trunk instead of by registration,
and Asterisk moves them from bridge to bridge, where Ringpool's stay in one of their own.

Everything shares the machine: the outside world and the hands are no part of a real node. So the table
says how much of the machine each program had, and how much others took meanwhile.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import orjson

from benchmarks.calling import floor, report
from benchmarks.calling.center import found
from benchmarks.calling.phase import Load, Phase
from benchmarks.calling.stage import Stage, standing
from benchmarks.calling.whole import Whole
from dialer.db import Database
from dialer.errors import RingpoolError
from dialer.migrate import migrate

MOST_AGENTS = 400
PACED_PER_S = 20.0
PACED_TALK_S = 1

Measurement = Callable[[], Phase]


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


def _measure(folder: Path, options: argparse.Namespace) -> tuple[list[list[Phase]], str]:
    with standing(folder, max(options.agents, options.paced_agents), _say) as stage:
        migrate(stage.database_url)
        db = Database(stage.database_url, max_size=4, application_name="ringpool benchmark")
        try:
            measurements = _measurements(stage, db, options)
            columns: list[list[Phase]] = [[] for _ in measurements]
            for repeat in range(options.repeats):
                for column, measurement in zip(columns, measurements, strict=True):
                    started = time.monotonic()
                    phase = measurement()
                    column.append(phase)
                    pace = (
                        f"{phase.load.calls_per_s:.0f}/s" if phase.load.calls_per_s else "as many as can be"
                    )
                    _say(
                        f"{repeat + 1} of {options.repeats}: {phase.mode}, {pace}: "
                        f"{phase.rate:.1f} connected calls/s ({time.monotonic() - started:.0f} s)."
                    )
            return columns, stage.version
        finally:
            db.close()


def _measurements(stage: Stage, db: Database, options: argparse.Namespace) -> list[Measurement]:
    """What to measure in each repeat, in order."""
    whole = Whole(stage, db, found(db, max(options.agents, options.paced_agents)))
    whole.register_phones()
    times = {"warm_up_s": options.warm_up, "measured_s": options.seconds}
    most = Load(options.agents, talk_s=1, **times)
    floor_most = Load(options.floor_agents, talk_s=1, **times)
    paced = Load(options.paced_agents, talk_s=PACED_TALK_S, calls_per_s=PACED_PER_S, **times)
    found_in: list[tuple[str, Path | None]] = [("Ringpool", None)]
    found_in += [(f"Ringpool in {path.name}", path.absolute()) for path in options.beside]
    columns: list[Measurement] = []
    for how, load, floor_load in (("most", most, floor_most), ("paced", paced, paced)):
        if options.only in (None, how):
            if not options.without_floor:
                columns.append(partial(floor.measure, stage, floor_load))
            columns += [partial(whole.measure, load, name, path) for name, path in found_in]
    return columns


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.calls", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--quick", action="store_true", help="one short repeat with fewer agents, to try it")
    parser.add_argument("--json", action="store_true", help="every repeat's figures as one JSON object")
    parser.add_argument("--repeats", type=_between(1, 20), help="default 3")
    parser.add_argument("--seconds", type=_between(1, 120), help="measured in each repeat; default 10")
    parser.add_argument("--agents", type=_between(1, MOST_AGENTS), help="Ringpool's; default 50")
    parser.add_argument("--floor-agents", type=_between(1, MOST_AGENTS), help="the floor's; default 150")
    parser.add_argument(
        "--beside",
        type=Path,
        action="append",
        default=[],
        metavar="CHECKOUT",
        help="measure another checkout's dialer in turn, too; it must have the same schema",
    )
    parser.add_argument("--without-floor", action="store_true", help="Ringpool only")
    parser.add_argument("--only", choices=("most", "paced"), help="as many calls as can be, or 20 a second")
    options = parser.parse_args()
    quick = options.quick
    options.repeats = options.repeats or (1 if quick else 3)
    options.seconds = options.seconds or (4 if quick else 10)
    options.agents = options.agents or (40 if quick else 50)
    options.floor_agents = options.floor_agents or (80 if quick else 150)
    options.warm_up = 2.0 if quick else 5.0
    options.paced_agents = int(PACED_PER_S * (PACED_TALK_S + 0.8))
    return options


def _between(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from {least} to {most}")
        return value

    return number


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
