"""A call is over for its prospect, who goes where the outcome or the call result says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dialer.calls.power import Outcome
from dialer.db import Connection
from dialer.retries import Place
from dialer.sql import load

SQL = load("settling")


def settle(
    connection: Connection,
    organisation_id: int,
    attempt: Mapping[str, Any],
    place: Place,
    at: datetime,
    *,
    outcome: Outcome,
    result_id: int | None = None,
    notes: str | None = None,
) -> None:
    """calling → ``place``; out instead, if the number was barred during the call.

    ``attempt`` is the row of a locked one. Without a result or notes those from before stay.
    """
    connection.execute(
        SQL.settle,
        {
            "organisation_id": organisation_id,
            "prospect_id": attempt["prospect_id"],
            "number": attempt["number"],
            "at": at,
            "status": place.status,
            "not_before": place.not_before,
            "excluded_by": place.excluded_by,
            "uncounted": place.uncounted,
            "outcome": outcome.value,
            "result_id": result_id,
            "notes": notes,
        },
    )
