"""The embedded PostgreSQL starts anywhere, keeps its data, and stays in its folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from cli.stack.postgres import EmbeddedPostgres, PostgresFailed, shared_buffers

from .test_stack_supervisor import alive, wait_until

SMALL = {"shared_buffers": "16MB"}


def test_data_outlives_a_restart(stack_folder: Path) -> None:
    with (
        EmbeddedPostgres(stack_folder, settings=SMALL) as postgres,
        psycopg.connect(postgres.url) as connection,
    ):
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    with (
        EmbeddedPostgres(stack_folder, settings=SMALL) as postgres,
        psycopg.connect(postgres.url) as connection,
    ):
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_settings_reach_the_server(stack_folder: Path) -> None:
    settings = SMALL | {"synchronous_commit": "off"}
    with (
        EmbeddedPostgres(stack_folder, settings=settings) as postgres,
        psycopg.connect(postgres.url) as connection,
    ):
        shown = connection.execute(
            "SELECT current_setting('synchronous_commit'), current_setting('max_connections'), version()"
        ).fetchone()
    assert shown is not None
    assert shown[:2] == ("off", "200")
    assert shown[2].startswith("PostgreSQL 18")


def test_it_takes_a_quarter_of_the_memory_and_no_more_than_a_gigabyte() -> None:
    assert shared_buffers(2 * 2**30) == "512MB"
    assert shared_buffers(64 * 2**30) == "1024MB"


def test_two_run_side_by_side(tmp_path: Path) -> None:
    with (
        EmbeddedPostgres(tmp_path / "a", settings=SMALL) as one,
        EmbeddedPostgres(tmp_path / "b", settings=SMALL) as two,
        psycopg.connect(one.url) as first,
        psycopg.connect(two.url) as second,
    ):
        first.execute("CREATE TABLE only_here (x int)")
        first.commit()
        assert second.execute("SELECT to_regclass('only_here')").fetchone() == (None,)


def test_it_runs_where_other_users_cannot_enter(stack_folder: Path) -> None:
    stack_folder.mkdir(mode=0o700)
    with EmbeddedPostgres(stack_folder / "deeper", settings=SMALL) as postgres:
        assert postgres.is_ready()
        assert stack_folder.stat().st_mode & 0o777 == 0o700


def test_a_long_path_is_no_hindrance(tmp_path: Path) -> None:
    with (
        EmbeddedPostgres(tmp_path / ("x" * 100), settings=SMALL) as postgres,
        psycopg.connect(postgres.url) as c,
    ):
        assert c.execute("SELECT 1").fetchone() == (1,)


def test_data_of_another_version_is_refused(stack_folder: Path) -> None:
    (stack_folder / "data").mkdir(parents=True)
    (stack_folder / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(PostgresFailed, match="PostgreSQL 16"):
        EmbeddedPostgres(stack_folder).prepare()


def test_it_goes_when_its_parent_is_killed(stack_folder: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from pathlib import Path; from cli.stack.postgres import EmbeddedPostgres\n"
        f"p = EmbeddedPostgres(Path({str(stack_folder)!r}), settings={SMALL!r}); p.start(); print(p.pid, flush=True)\n"
        "import signal; signal.pause()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not alive(pid))
    # It stopped as it does when asked, not as in a crash.
    assert "database system is shut down" in (stack_folder / "log").read_text()
