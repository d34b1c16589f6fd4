"""How long a list takes to import, beside a bare COPY of the same file in the same run.

    TEST_DATABASE_URL=postgresql://... python -m benchmarks.lists --rows 1000000

Makes a file of 12 columns (4 of them custom), reads it into a new database, and prints both times,
the importer's own CPU time and its largest memory. Without TEST_DATABASE_URL it starts a PostgreSQL
of its own, with the settings that `ringpool up` gives it.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import resource
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from cli.stack.folders import Folders
from cli.stack.postgres import EmbeddedPostgres
from dialer.clock import now
from dialer.csv_files import read_preview
from dialer.db import Database
from dialer.imports import suggest_mapping
from dialer.migrate import migrate
from dialer.store import imports, lists, organisations, people

HEADERS = [
    "Account Name",
    "First Name",
    "Last Name",
    "Phone",
    "Mobile",
    "Email",
    "State",
    "Zip",
    "Budget",
    "Source",
    "Score",
    "Owner",
]
STATES = ["NY", "CA", "TX", "FL", "WA", "OH", "TN", "IL"]


def write_file(path: Path, rows: int) -> None:
    """A list of people who do not exist; the same for the same number of rows."""
    chance = random.Random(1)
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADERS)
        for number in range(rows):
            phone = f"({chance.randint(201, 989)}) {chance.randint(200, 999)}-{chance.randint(0, 9999):04}"
            mobile = f"+1{chance.randint(2010000000, 9899999999)}"
            place = chance.choice(STATES), f"{chance.randint(10000, 99999)}"
            mail = f"bo{number}@example.com"
            custom = chance.randint(1, 1_000_000), "web, fair", chance.random(), "Max"
            writer.writerow([f"Firm {number}", "Bo", f"Berg {number}", phone, mobile, mail, *place, *custom])


@contextmanager
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedPostgres(Path(folder) / "postgres", Folders.from_environment().cache) as embedded,
    ):
        yield embedded.url


@contextmanager
def new_database(url: str) -> Iterator[str]:
    """The URL of a migrated database, dropped at the end."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            made = make_conninfo(url, dbname=name)
            migrate(made)
            yield made
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def bare_copy_s(url: str, path: Path) -> float:
    """Seconds for COPY of the file as it is into a table of texts."""
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


def import_s(url: str, path: Path) -> tuple[float, imports.ImportOutcome]:
    """Seconds from the file to the last prospect, as the panel and the command line do it."""
    db = Database(url)
    acme = organisations.create_organisation(db, "Acme", now())
    max_ = people.create_user(
        db, acme.id, now(), name="Max", email="max@example.com", password="only-for-this", role="manager"
    )
    list_id = lists.create_list(db, max_.id, lists.ListSettings(name="Spring"), now())
    began = time.perf_counter()
    preview = read_preview(path)
    outcome = imports.import_list(
        db,
        organisation_id=acme.id,
        list_id=list_id,
        user_id=max_.id,
        path=path,
        file_name=path.name,
        mapping=suggest_mapping(preview.headers),
        now=now(),
    )
    took_s = time.perf_counter() - began
    db.close()
    return took_s, outcome


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder, server() as url, new_database(url) as made:
        path = Path(folder) / "list.csv"
        write_file(path, rows)
        bare_s = bare_copy_s(made, path)
        before = resource.getrusage(resource.RUSAGE_SELF)
        took_s, outcome = import_s(made, path)
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        size = path.stat().st_size
    print(f"file            {rows:,} rows, {size / 1e6:.0f} MB")
    print(f"bare COPY       {bare_s:8.1f} s")
    print(f"import          {took_s:8.1f} s   {took_s / bare_s:.1f} times the bare COPY")
    print(f"  accepted      {outcome.accepted:8,}     refused {outcome.refused:,}")
    print(f"  its own CPU   {cpu_s:8.1f} s")
    print(f"  its memory    {after.ru_maxrss / 1024:8.0f} MB at most")


if __name__ == "__main__":
    main()
