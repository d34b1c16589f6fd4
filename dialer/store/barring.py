"""Numbers out of dialing, and back: what Do Not Call and the parking lot do to prospects.

A prospect's number is the one that is dialed: the first of theirs, in their list's Phone Field.
Other numbers of the same person decide nothing, because they are never called.

Whoever takes numbers out locks in this order: lists, attempts, the numbers, prospects, agents.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from dialer.db import Connection, one
from dialer.live import tell_panel, wake_dialer
from dialer.sql import load
from dialer.store import sharing

SQL = load("barring")

By = Literal["do_not_call", "parking_lot"]


def lock_lists(connection: Connection, organisation_id: int, numbers: Sequence[str]) -> None:
    """Keep the lists on which the numbers are somebody's: the first thing to be locked."""
    connection.execute(SQL.lock_lists, {"organisation_id": organisation_id, "numbers": list(numbers)})


def exclude(
    connection: Connection, organisation_id: int, numbers: Sequence[str], by: By, now: datetime
) -> int:
    """Take everybody out whose number this is; how many. The lists must be locked.

    Held records leave their holders at once and what is left is shared equally again. A live call
    is not cut: its prospect goes out when it ends.
    """
    row = one(
        connection,
        SQL.exclude,
        {"organisation_id": organisation_id, "numbers": list(numbers), "excluded_by": by},
    )
    assert row is not None
    for list_id in row["freed_list_ids"]:
        sharing.equalise(connection, organisation_id, list_id, now)
    if row["list_ids"]:
        topics = [f"list:{one_id}" for one_id in row["list_ids"]]
        tell_panel(connection, organisation_id, *topics, *(f"user:{one_id}" for one_id in row["user_ids"]))
        wake_dialer(connection)
    return int(row["prospects"])


def put_back(
    connection: Connection, organisation_id: int, numbers: Sequence[str], today: date, now: datetime | None
) -> int:
    """Let everybody be dialed again whose number this is and whom nothing else bars; how many.

    Their last result counts: after a final one they are done, after a wrong number they stay out.
    ``today`` is the organisation's own date; ``now`` None is the database's time.
    """
    row = one(
        connection,
        SQL.put_back,
        {"organisation_id": organisation_id, "numbers": list(numbers), "today": today, "now": now},
    )
    assert row is not None
    if row["list_ids"]:
        tell_panel(connection, organisation_id, *(f"list:{one_id}" for one_id in row["list_ids"]))
        wake_dialer(connection)
    return int(row["prospects"])
