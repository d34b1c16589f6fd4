"""A list with its file: made and queued together, by the wizard and by programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dialer.db import Transactions
from dialer.store import imports, lists
from dialer.store.lists import ListSettings
from dialer.store.people import User
from web.lists.uploads import Draft


def queue_new_list(
    db: Transactions,
    user: User,
    draft: Draft,
    settings: ListSettings,
    mapping: Mapping[str, str],
    *,
    keep_unmapped: bool,
    user_ids: Sequence[int] = (),
    team_ids: Sequence[int] = (),
) -> tuple[int, int]:
    """Make the list and let the importer read the draft's file into it; ids of the list and of the job.

    When the file cannot be queued there is no list either. Raises what ``create_list`` and
    ``queue_import`` raise.
    """
    now = datetime.now(UTC)
    list_id = lists.create_list(db, user.id, settings, now, user_ids=user_ids, team_ids=team_ids)
    try:
        job_id = imports.queue_import(
            db,
            organisation_id=user.organisation_id,
            list_id=list_id,
            user_id=user.id,
            file_name=draft.file_name,
            file_token=draft.token,
            file_size=draft.size,
            file_hash=bytes.fromhex(draft.sha256),
            mapping=dict(mapping),
            keep_unmapped=keep_unmapped,
            now=now,
        )
    except Exception:
        lists.drop_empty_list(db, user.id, list_id)
        raise
    return list_id, job_id
