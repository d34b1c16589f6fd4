"""Importing, sharing out and looking at a list of a million prospects.

    python -m benchmarks.lists                     # about ten minutes
    python -m benchmarks.lists --rows 50000        # to try it

Makes a file of 12 columns (4 of them custom, two of them phones) and measures, on one database and in one
run: a bare COPY of the file into a table of texts, before and after the rest; the import of the file by a
running `ringpool importer`, from *Save List* to the first dialable prospects and to the last, once for each
sort order; batches of 200 leased to an agent at the start, in the middle and at the end of each of those
pools; the Info page. The database is one of its own with the settings that `ringpool up` gives it, or a new
one on the server that TEST_DATABASE_URL names.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

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
    info_ms: float
    page_ms: float


def measure(rows: int, sorts: tuple[str, ...], batches: int) -> Result:
    """Measure everything, one after the other."""
    with (
        tempfile.TemporaryDirectory(prefix="ringpool-bench-") as temporary,
        server() as postgres,
        new_database(postgres.url) as url,
        center(url, Path(temporary)) as acme,
    ):
        path = Path(temporary) / "list.csv"
        _say("writing the file")
        write_file(path, rows)
        _say("bare COPY")
        bare = [measures.bare_copy_s(url, path)]
        imported: dict[str, Imported] = {}
        leased: dict[str, dict[str, Leased]] = {}
        for sort_by in sorts:
            # Started anew, so that its memory is that of this import.
            with importer(url, acme.uploads) as process:
                _say(f"import, sorted by {sort_by}")
                imported[sort_by] = measures.import_by(acme, process, postgres.pid, path, sort_by)
            _say(f"leases, sorted by {sort_by}")
            leased[sort_by] = measures.lease_through(acme, imported[sort_by].list_id, batches)
        _say("bare COPY again, Info")
        bare.append(measures.bare_copy_s(url, path))
        list_id = imported[sorts[0]].list_id
        info_ms = measures.info_ms(acme, list_id, batches)
        page_ms = measures.page_ms(acme, list_id, batches)
        size = path.stat().st_size / 1e6
    return Result(_machine(), rows, size, bare, imported, leased, info_ms, page_ms)


def table(result: Result) -> str:
    """The figures as Markdown."""
    bare_s = mean(result.bare_s)
    lines = [
        result.machine,
        "",
        f"{result.rows:,} rows, {result.file_mb:.0f} MB. Bare COPY: "
        f"{' and '.join(f'{each:.1f}' for each in result.bare_s)} s.",
        "",
        f"| sorted by | {' | '.join(result.imports)} |",
        f"|---|{'---:|' * len(result.imports)}",
    ]

    def row(name: str, cells: list[str]) -> None:
        lines.append(f"| {name} | {' | '.join(cells)} |")

    imports = list(result.imports.values())
    row("import, s", [f"{each.took_s:.1f}" for each in imports])
    row("… times the bare COPY", [f"{each.took_s / bare_s:.1f}" for each in imports])
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
    lines += ["", f"Info: {result.info_ms:.1f} ms from the records, {result.page_ms:.1f} ms the page."]
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
