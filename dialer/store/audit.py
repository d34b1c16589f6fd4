"""The audit log: who changed what, when, from what to what (ORG-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from dialer.db import Connection
from dialer.sql import load

SQL = load("audit")


def keep(
    connection: Connection,
    organisation_id: int,
    user_id: int | None,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Note a change in the same transaction that makes it.

    ``action`` is ``FAMILY.VERB`` (list.edit), ``subject`` ``KIND:ID``. Of two mappings only what
    differs is kept; None stands for something that was not there before, or is not any more. Never
    pass a secret. ``user_id`` None: nobody, the product did it by itself.
    """
    if before is not None and after is not None:
        changed = {key for key in {**before, **after} if before.get(key) != after.get(key)}
        if not changed:
            return
        before = {key: value for key, value in before.items() if key in changed}
        after = {key: value for key, value in after.items() if key in changed}
    connection.execute(
        SQL.keep,
        {
            "organisation_id": organisation_id,
            "user_id": user_id,
            "action": action,
            "subject": subject,
            "before": _json(before),
            "after": _json(after),
        },
    )


def _json(values: Mapping[str, Any] | None) -> Jsonb | None:
    if values is None:
        return None
    plain = (int, float, str, bool, list, dict, type(None))
    return Jsonb({key: value if isinstance(value, plain) else str(value) for key, value in values.items()})
