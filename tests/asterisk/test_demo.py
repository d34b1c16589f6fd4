"""The unattended demo, as a newcomer runs it: the books agree, and every recording holds both voices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from psycopg.conninfo import make_conninfo

from cli.stack.cdr import read_cdr
from cli.stack.postgres import EmbeddedPostgres
from dialer.db import Database

from .spectrum import tone_levels

PROSPECTS, AGENTS = 24, 6
LONG_ENOUGH = timedelta(seconds=1)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The demo's home folder and how it ended."""
    home = tmp_path_factory.mktemp("demo")
    argv = [sys.executable, "-m", "cli.main", "demo", "--until-done", "--json"]
    ran = subprocess.run(
        [*argv, "--prospects", str(PROSPECTS), "--agents", str(AGENTS)],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "RINGPOOL_HOME": str(home)},
        check=False,
    )
    return home / "demo", ran


@pytest.mark.timeout(300)
def test_the_demo_ends_with_one_json_object_and_nothing_unaccounted(
    demo: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, ran = demo
    assert ran.returncode == 0, ran.stderr
    books = json.loads(ran.stdout)
    assert books["unaccounted"] == 0
    assert books["attempts"] >= PROSPECTS
    assert books["connected"] == books["by_outcome"]["connected"] > 0
    assert sum(books["by_result"].values()) == books["connected"]
    assert books["answered"] >= books["connected"] + books["dropped"]
    assert 0 < books["connect_ms"]["p50"] <= books["connect_ms"]["p99"]
    assert books["seconds"] > 0


def test_nobody_is_called_twice_at_once(demo: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    home, _ = demo
    carried = read_cdr(home / "world" / "log" / "cdr-custom" / "ringpool.csv")
    calls = sorted(
        (row for row in carried if row.channel.startswith("PJSIP/node-")),
        key=lambda row: (row.dst, row.start),
    )
    assert len({call.dst for call in calls}) >= PROSPECTS
    assert not [one for one, other in pairwise(calls) if one.dst == other.dst and one.overlaps(other)]


def test_every_recording_holds_both_voices(demo: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    home, ran = demo
    with EmbeddedPostgres(home / "postgres") as server:
        db = Database(make_conninfo(server.url))
        with db.transaction() as connection:
            rows = connection.execute(
                "SELECT r.id, a.number, u.extension, a.ended_at - a.bridged_at AS talk FROM recording r"
                " JOIN attempt a ON a.id = r.attempt_id JOIN app_user u ON u.id = r.user_id"
                " WHERE a.outcome = 'connected'"
            ).fetchall()
        db.close()
    assert len(rows) == json.loads(ran.stdout)["connected"]
    for row in rows:
        file = home / "asterisk" / "spool" / "recording" / f"{row['id']}.wav"
        assert file.exists(), row
        if row["talk"] < LONG_ENOUGH:
            continue  # they hung up as they were connected: there is nothing to hear
        levels = tone_levels(file, _prospect_hz(row["number"]), 400 + 2 * int(row["extension"][-2:]))
        assert min(levels.values()) > 0.1, (row, levels)


def _prospect_hz(number: str) -> int:
    """What the prospect hums; an answering machine's greeting has a pitch of its own."""
    return 750 if number[-4] == "7" else 1000 + 10 * int(number[-6:-4])


def test_the_demo_leaves_no_process_behind(demo: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    home, _ = demo
    left = [
        process.info
        for process in psutil.process_iter(["pid", "cmdline"])
        if any(str(home) in part for part in process.info["cmdline"] or [])
    ]
    assert not left
