"""Storing an import's batches: two at a time, committed in the file's order."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain

from dialer.csv_files import Record
from dialer.db import Connection, Database, one
from dialer.errors import RingpoolError, sentence
from dialer.import_batches import Batch, chunks, refused
from dialer.import_checks import Checker
from dialer.live import wake_dialer
from dialer.sql import load
from dialer.store.claims import Claim, TakenOver
from dialer.store.sentences import template_of, values_of
from dialer.store.zone_counts import count_zones

SQL = load("imports")

LANES = 2
"""Batches that the database stores side by side."""

TELL_EVERY_S = 0.25

_DUPLICATE = sentence("Its phone number is already in the list.")


class Cancelled(RingpoolError):
    """Somebody asked that the import end."""


def why_not(connection: Connection, claim: Claim) -> RingpoolError:
    """Why an import that was claimed may not go on."""
    job = one(connection, SQL.open_import, claim.where)
    return Cancelled() if job is not None and job["is_cancelled"] else TakenOver()


class Lanes:
    """Stores batches, two at a time, committed in the file's order."""

    def __init__(self, db: Database, claim: Claim, country: str, time_zone: str, rows_done: int) -> None:
        self._db, self._claim, self._country = db, claim, country
        self._where = {**claim.where, "time_zone": time_zone}
        self._rows_done = rows_done
        self._told_at = 0.0

    def store_all(
        self, records: Iterator[Record], checker: Checker, position: int, stop: Callable[[], bool]
    ) -> int | None:
        """Check and store every row. How many there were; None when it was stopped before the end."""
        done = 0
        waiting: deque[Future[None]] = deque()
        earlier: dict[str, int] = {}
        with ThreadPoolExecutor(LANES, thread_name_prefix=f"import-{self._claim.job_id}") as threads:
            for chunk in chunks(records):
                batch = checker.check(chunk, position, earlier)
                # Only the batch before may be on its way still when this one's numbers are looked up.
                earlier = batch.lines
                position += len(chunk)
                while len(waiting) >= LANES:
                    waiting.popleft().result()
                before = waiting[-1] if waiting else None
                waiting.append(threads.submit(self._store, batch, self._rows_done + done, before))
                done += len(chunk)
                if stop():
                    done = -1
                    break
            for each in waiting:
                each.result()
        return None if done < 0 else done

    def _store(self, batch: Batch, rows_done: int, before: Future[None] | None) -> None:
        with self._db.transaction() as connection:
            connection.execute(SQL.commit_later)
            if batch.records:
                batch = self._copy(connection, batch)
            if before is not None:
                before.result()
            counts = {"rows": batch.rows, "accepted": len(batch.records), "refused": len(batch.refused)}
            if one(connection, SQL.count_batch, {**self._where, **counts, "rows_done": rows_done}) is None:
                raise why_not(connection, self._claim)
            if batch.refused:
                connection.execute(
                    SQL.refuse_rows,
                    {
                        **self._where,
                        "lines": [row.line for row in batch.refused],
                        "reasons": [template_of(row.reason) for row in batch.refused],
                        "reason_values": [values_of(row.reason) for row in batch.refused],
                        "raws": [row.raw for row in batch.refused],
                    },
                )
            numbers = [(kind, column, batch.zones) for kind, column in batch.phones.items()]
            count_zones(connection, self._claim.where, self._country, numbers)
            if rows_done == 0 or time.monotonic() - self._told_at >= TELL_EVERY_S:
                self._told_at = time.monotonic()
                self._claim.tell(connection)
                wake_dialer(connection)

    def _copy(self, connection: Connection, batch: Batch) -> Batch:
        """Copy the rows into their tables, and return those that came in."""
        known = one(
            connection, SQL.look_up, {**self._where, "rows": len(batch.dialed), "numbers": batch.dialed}
        )
        assert known is not None
        excluded = ["" if number else "invalid_number" for number in batch.dialed]
        for reason in ("parking_lot", "do_not_call"):
            for place in known[reason]:
                excluded[place - 1] = reason
        if twice := {place - 1 for place in known["known"]}:
            batch.refused += [refused(batch.records[place], _DUPLICATE) for place in sorted(twice)]
            batch = batch.without(twice)
            excluded = [reason for place, reason in enumerate(excluded) if place not in twice]
        ids = known["ids"][: len(batch.records)]
        with connection.cursor().copy(SQL.copy_prospects) as copy:
            copy.write(self._prospect_lines(ids, excluded, batch.texts))
        with connection.cursor().copy(SQL.copy_phones) as copy:
            copy.write(self._phone_lines(ids, batch))
        return batch

    def _prospect_lines(self, ids: list[int], excluded: list[str], texts: list[str]) -> str:
        claim = self._claim
        head, job = f"{claim.organisation_id}\t", f"\t{claim.list_id}\t{claim.job_id}\t"
        pool = f"{job}pool\t\\N\t"
        if not any(excluded):
            return "".join([f"{head}{id_}{pool}{text}\n" for id_, text in zip(ids, texts, strict=True)])
        return "".join(
            [
                f"{head}{id_}{job}excluded\t{reason}\t{text}\n" if reason else f"{head}{id_}{pool}{text}\n"
                for id_, reason, text in zip(ids, excluded, texts, strict=True)
            ]
        )

    def _phone_lines(self, ids: list[int], batch: Batch) -> str:
        head = f"{self._claim.organisation_id}\t"
        columns = [
            [
                f"{head}{id_}\t{rank}\t{kind}\t{number}\n" if number else ""
                for id_, number in zip(ids, numbers, strict=True)
            ]
            for rank, (kind, numbers) in enumerate(batch.phones.items(), start=1)
        ]
        return "".join(chain.from_iterable(zip(*columns, strict=True)))
