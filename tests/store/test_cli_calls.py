"""`ringpool calls`: Call Activity as a file, from the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

from click.testing import Result
from dialing_floor import Floor

from dialer.db import Database


def test_calls_are_printed_as_csv_with_filters(run: Callable[..., Result], db: Database) -> None:
    floor = Floor(db)
    floor.at_work("Ana")
    leg_id = floor.talk()
    floor.pass_time(seconds=90)
    floor.hang_up(leg_id)
    printed = run("calls", "export")
    assert printed.exit_code == 0, printed.output
    (row,) = csv.DictReader(io.StringIO(printed.output))
    assert (row["By"], row["Phone"], row["Talk time, seconds"], row["Outcome"]) == (
        "Ana", "+12145550001", "90", "connected",
    )  # fmt: skip
    assert len(list(csv.DictReader(io.StringIO(run("calls", "export", "--talk-from", "91").output)))) == 0
    tomorrow = (floor.now + timedelta(days=1)).strftime("%Y-%m-%d")
    assert len(list(csv.DictReader(io.StringIO(run("calls", "export", "--until", tomorrow).output)))) == 1
    assert run("calls", "export", "--since", "yesterday").exit_code != 0
