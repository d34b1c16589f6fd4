"""What the lists benchmark measures: a bare COPY, an import, leases, the Info page."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time as time_of_day
from pathlib import Path
from statistics import median

import psutil
import psycopg

from benchmarks.importing.stage import HEADERS, Center, Clock
from dialer import uploads
from dialer.clock import now
from dialer.csv_files import read_preview
from dialer.imports import suggest_mapping
from dialer.settings import Settings
from dialer.store import imports, leases, list_info, lists, sessions
from web.app import create_app

BATCH = 200
LOOK_EVERY_S = 0.005


@dataclass(frozen=True)
class Imported:
    """An import from Save to its end. Times in seconds, CPU seconds, memory in MB.

    ``others`` is the part of the machine that programs took that are no part of it.
    """

    list_id: int
    took_s: float
    first_s: float
    accepted: int
    refused: int
    importer_cpu_s: float
    database_cpu_s: float
    memory_mb: float
    others: float


@dataclass(frozen=True)
class Leased:
    """The time of some batches of BATCH, in milliseconds."""

    median_ms: float
    most_ms: float


def bare_copy_s(url: str, path: Path) -> float:
    """Seconds for COPY of the file as it is into a table of texts without an index."""
    columns = ", ".join(f"c{number} text" for number in range(len(HEADERS)))
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE TABLE bare ({columns})")
        began = time.perf_counter()
        with (
            path.open("rb") as file,
            connection.cursor().copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy,
        ):
            while block := file.read(1 << 16):
                copy.write(block)
        connection.commit()
        took_s = time.perf_counter() - began
        connection.execute("DROP TABLE bare")
    return took_s


def import_by(
    center: Center, process: psutil.Process, database_pid: int | None, path: Path, sort_by: str
) -> Imported:
    """Queue the file, as *Save List* does, and watch the running importer to the end."""
    settings = lists.ListSettings(
        name=f"By {sort_by}",
        batch_size=BATCH,
        calling_from=time_of_day(0),
        calling_until=time_of_day(23, 59, 59, 999999),
        sort_by=sort_by,
    )
    list_id = lists.create_list(center.db, center.max.id, settings, now(), user_ids=[center.ana.id])
    token = uploads.new_token()
    upload = uploads.path_of(center.uploads, token)
    upload.parent.mkdir(parents=True)
    shutil.copy(path, upload)
    mapping = suggest_mapping(read_preview(upload).headers)
    digest = uploads.fingerprint(upload)
    ours, theirs, watching, busy = Clock(process.pid), Clock(database_pid), Clock(os.getpid()), _busy_s()
    began = time.perf_counter()
    import_id = imports.queue_import(
        center.db,
        organisation_id=center.organisation_id,
        list_id=list_id,
        user_id=center.max.id,
        file_name=path.name,
        file_token=token,
        file_size=upload.stat().st_size,
        file_hash=digest,
        mapping=mapping,
        keep_unmapped=True,
        now=now(),
    )
    first_s = 0.0
    while not (job := imports.progress(center.db, center.organisation_id, import_id)).is_over:
        if job.rows_done and not first_s:
            first_s = time.perf_counter() - began
        time.sleep(LOOK_EVERY_S if not first_s else LOOK_EVERY_S * 10)
    took_s = time.perf_counter() - began
    cpu_s, database_s = ours.seconds(), theirs.seconds()
    memory_mb = peak_mb(process.pid)
    # The importer and an embedded server are children of this process: all of it is in ``watching``.
    others_s = _busy_s() - busy - watching.seconds()
    assert job.error is None, job.error
    _wait_for_vacuum(center)
    return Imported(
        list_id=list_id,
        took_s=took_s,
        first_s=first_s or took_s,
        accepted=job.accepted,
        refused=job.refused,
        importer_cpu_s=cpu_s,
        database_cpu_s=database_s,
        memory_mb=memory_mb,
        others=max(0.0, others_s) / (took_s * (os.cpu_count() or 1)),
    )


def _wait_for_vacuum(center: Center) -> None:
    """The importer sweeps the tables after a large import; nothing else is measured meanwhile."""
    at_it = "SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'VACUUM%'"
    time.sleep(1)
    while True:
        with center.db.transaction() as connection:
            if not connection.execute(at_it).fetchall():
                return
        time.sleep(0.1)


def _busy_s() -> float:
    """CPU seconds that the whole machine has worked."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)


def peak_mb(pid: int) -> float:
    """The most memory that the process ever held, in MB, as Linux counts it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise LookupError("VmHWM")


def lease_through(center: Center, list_id: int, batches: int) -> dict[str, Leased]:
    """Batches of BATCH for Ana at the start, in the middle and at the end of the pool.

    Between them half of the pool, then nearly all that is left of it, is marked as dialed, in the
    list's order, and swept as autovacuum would have by then.
    """
    sessions.start_session(center.db, center.ana.id, list_id, now())
    _dial(center, list_id)
    found = {}
    for place, left in (("start", None), ("middle", 0.5), ("end", batches * BATCH * 2)):
        if left is not None:
            _use_up(center, list_id, left)
        times = []
        for _ in range(batches):
            began = time.perf_counter()
            leased = leases.share_out(center.db, center.organisation_id, list_id, now(), at_once=True)
            times.append((time.perf_counter() - began) * 1000)
            assert leased == BATCH, f"{leased} were leased"
            _dial(center, list_id)
        found[place] = Leased(median(times), max(times))
    sessions.end_session(center.db, center.ana.id, now())
    return found


def info_ms(center: Center, list_id: int, repeats: int) -> float:
    """The Info page's query, in milliseconds."""
    return _median_ms(lambda: list_info.info(center.db, center.max.id, list_id), repeats)


def page_ms(center: Center, list_id: int, repeats: int) -> float:
    """The whole Info page, from the panel, in milliseconds."""
    app = create_app(
        Settings(database_url=center.db.url, secret_key="only for this benchmark", uploads=center.uploads)
    )
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    try:
        client.post("/sign-in", data={"email": "max@example.com", "password": "only-for-this"})

        def page() -> None:
            assert client.get(f"/lists/{list_id}").status_code == 200

        return _median_ms(page, repeats)
    finally:
        app.extensions["ringpool_hub"].stop()
        app.extensions["ringpool_database"].close()


def _median_ms(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return median(times[1:])  # the first one meets cold caches


def _dial(center: Center, list_id: int) -> None:
    """What Ana holds is dialed to its end."""
    with center.db.transaction() as connection:
        connection.execute(
            "WITH gone AS (DELETE FROM lease WHERE list_id = %(list)s RETURNING prospect_id)"
            " UPDATE prospect SET status = 'done', attempts = 1 FROM gone WHERE id = gone.prospect_id",
            {"list": list_id},
        )


def _use_up(center: Center, list_id: int, left: float) -> None:
    """Mark as dialed what comes first, until ``left`` (a share if below 1) of the pool is left."""
    with center.db.autocommit() as connection:
        row = connection.execute(
            "SELECT count(*) AS n FROM prospect WHERE list_id = %(list)s AND status = 'pool'",
            {"list": list_id},
        ).fetchone()
        assert row is not None
        keep = int(row["n"] * left) if left < 1 else int(left)
        connection.execute(
            "UPDATE prospect SET status = 'done', attempts = 1 WHERE id IN ("
            " SELECT id FROM prospect WHERE list_id = %(list)s AND status = 'pool'"
            " ORDER BY attempts, sort_key, position LIMIT %(gone)s)",
            {"list": list_id, "gone": max(0, row["n"] - keep)},
        )
        connection.execute("VACUUM prospect")
