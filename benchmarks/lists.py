"""Importing, sharing out and looking at a list of a million prospects.

    python -m benchmarks.lists                     # about ten minutes
    python -m benchmarks.lists --rows 50000        # to try it

Makes a file of 12 columns (4 of them custom, two of them phones) and measures for each sort order, in a new
database and one after the other: a bare COPY of the file into a table of texts; the import by a running
`ringpool importer`, from *Save List* to the first dialable prospects and to the last; the Info page; batches
of 200 leased to an agent at the start, in the middle and at the end of the pool. The server is one of its own
with the settings that `ringpool up` gives it, or the one that TEST_DATABASE_URL names.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import psutil

from benchmarks.importing import measures
from benchmarks.importing.measures import BATCH, Imported, Leased
from benchmarks.importing.stage import center, importer, new_database, server, write_file
from dialer.logs import configure_log

SORTS = ("upload", "random", "last_name", "custom:Score")


@dataclass(frozen=True)
class Result:
    """Everything that was measured. Times in seconds or, where the name says so, milliseconds."""

    machine: str
    rows: int
    file_mb: float
    bare_s: list[float]
    imports: dict[str, Imported]
    leases: dict[str, dict[str, Leased]]
    info_ms: list[float]
    page_ms: list[float]


def measure(rows: int, sorts: tuple[str, ...], batches: int) -> Result:
    """Measure everything, one after the other; each sort order has a database of its own."""
    imported: dict[str, Imported] = {}
    leased: dict[str, dict[str, Leased]] = {}
    bare: list[float] = []
    info_ms: list[float] = []
    page_ms: list[float] = []
    with tempfile.TemporaryDirectory(prefix="ringpool-bench-") as temporary, server() as postgres:
        path = Path(temporary) / "list.csv"
        _say("writing the file")
        write_file(path, rows)
        for sort_by in sorts:
            with new_database(postgres.url) as url, center(url, Path(temporary)) as acme:
                _say(f"sorted by {sort_by}: bare COPY")
                bare.append(measures.bare_copy_s(url, path))
                with importer(url, acme.uploads) as process:
                    _say(f"sorted by {sort_by}: import")
                    found = measures.import_by(acme, process, postgres.pid, path, sort_by)
                imported[sort_by] = found
                _say(f"sorted by {sort_by}: Info")
                info_ms.append(measures.info_ms(acme, found.list_id, batches))
                page_ms.append(measures.page_ms(acme, found.list_id, batches))
                _say(f"sorted by {sort_by}: leases")
                leased[sort_by] = measures.lease_through(acme, found.list_id, batches)
        size = path.stat().st_size / 1e6
    return Result(_machine(), rows, size, bare, imported, leased, info_ms, page_ms)


def table(result: Result) -> str:
    """The figures as Markdown."""
    lines = [
        f"{result.machine}. {result.rows:,} rows, {result.file_mb:.0f} MB.",
        "",
        f"| sorted by | {' | '.join(result.imports)} |",
        f"|---|{'---:|' * len(result.imports)}",
    ]

    def row(name: str, cells: list[str]) -> None:
        lines.append(f"| {name} | {' | '.join(cells)} |")

    imports = list(result.imports.values())
    row("bare COPY, s", [f"{each:.1f}" for each in result.bare_s])
    row("import, s", [f"{each.took_s:.1f}" for each in imports])
    times = [each.took_s / bare_s for each, bare_s in zip(imports, result.bare_s, strict=True)]
    row("… times the bare COPY", [f"{each:.1f}" for each in times])
    row("first prospects dialable after, s", [f"{each.first_s:.2f}" for each in imports])
    row("importer: most memory, MB", [f"{each.memory_mb:.0f}" for each in imports])
    row("importer: CPU, s", [f"{each.importer_cpu_s:.1f}" for each in imports])
    row(
        "database: CPU, s", [f"{each.database_cpu_s:.1f}" if each.database_cpu_s else "–" for each in imports]
    )
    row("other programs, % of the machine", [f"{100 * each.others:.0f}" for each in imports])
    row("accepted", [f"{each.accepted:,}" for each in imports])
    for place in ("start", "middle", "end"):
        found = [leased[place] for leased in result.leases.values()]
        row(
            f"{BATCH} leased at the {place}, ms: median (most)",
            [f"{each.median_ms:.1f} ({each.most_ms:.1f})" for each in found],
        )
    row("Info from the records, ms", [f"{each:.1f}" for each in result.info_ms])
    row("Info, the whole page, ms", [f"{each:.1f}" for each in result.page_ms])
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sorts", default=",".join(SORTS), help="Sort orders, separated by commas.")
    parser.add_argument("--batches", type=int, default=15, help="Batches leased at each place of a pool.")
    parser.add_argument("--json", action="store_true", help="One JSON object instead of the table.")
    options = parser.parse_args()
    if options.rows < (least := 8 * BATCH * options.batches):
        parser.error(f"--rows must be {least:,} at least: the pools would be empty too soon.")
    configure_log()
    result = measure(options.rows, tuple(options.sorts.split(",")), options.batches)
    print(
        orjson.dumps(asdict(result), option=orjson.OPT_INDENT_2).decode() if options.json else table(result)
    )


def _machine() -> str:
    gigabytes = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {gigabytes:.0f} GB of memory, "
        f"Linux {platform.release().split('-')[0]}, Python {platform.python_version()}"
    )


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
