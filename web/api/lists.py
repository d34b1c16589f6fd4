"""Lists: made from a file, looked at, edited, reset (LPL-1, LPL-7, LPL-12 to LPL-14)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields, validate

from dialer.store import list_info, lists, resets
from dialer.store.lists import ListEdit
from dialer.store.tokens import Scope
from web.api.callers import me, tenant
from web.api.fields import Body, Flag, Paging, Text, Whole, ids, page, page_of, seen_version, version
from web.api.jobs import Job, find
from web.api.operations import ID, operation


class OpenJob(Schema):
    """An import or reset that waits or is under way."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["import", "reset"]))
    state = fields.String(required=True, validate=validate.OneOf(["queued", "running"]))
    rows_done = fields.Integer(required=True)
    rows_total = fields.Integer(required=True, allow_none=True)


class List(Schema):
    """A list and how many of its prospects are where."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["lead_pool", "normal"]))
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    batch_size = fields.Integer(required=True)
    prospects = fields.Integer(required=True)
    remaining = fields.Integer(required=True, metadata={"description": "May still be dialed."})
    held = fields.Integer(required=True, metadata={"description": "Of them, held by users."})
    calling = fields.Integer(required=True)
    resting = fields.Integer(required=True, metadata={"description": "Of them, waiting for a retry."})
    follow_up = fields.Integer(required=True)
    done = fields.Integer(required=True)
    excluded = fields.Integer(required=True, metadata={"description": "The three that follow, together."})
    do_not_call = fields.Integer(required=True)
    parking_lot = fields.Integer(required=True)
    invalid_number = fields.Integer(required=True)
    users = fields.Integer(required=True, metadata={"description": "How many users may dial it."})
    dialing = fields.List(
        fields.String(), required=True, metadata={"description": "Who is in session on it, by name."}
    )
    job = fields.Nested(OpenJob, required=True, allow_none=True)


class Assigned(Schema):
    """Somebody who may dial the list."""

    user_id = fields.Integer(required=True)
    name = fields.String(required=True)
    by_name = fields.Boolean(required=True, metadata={"description": "Assigned by name."})
    teams = fields.List(fields.String(), required=True, metadata={"description": "Assigned through these."})
    held = fields.Integer(required=True)
    dialing = fields.Boolean(required=True)


class Zone(Schema):
    """How many numbers of the list are in a zone, by kind of phone."""

    name = fields.String(required=True)
    numbers = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    total = fields.Integer(required=True)


class ListInfo(List):
    """Everything about a list (LPL-12)."""

    phone_field = fields.String(required=True)
    sort_by = fields.String(required=True)
    sort_descending = fields.Boolean(required=True)
    retain_h = fields.Integer(required=True)
    overnight_reset = fields.Boolean(required=True)
    reset_by_itself = fields.Boolean(required=True)
    calling_from = fields.Time("%H:%M", required=True)
    calling_until = fields.Time("%H:%M", required=True)
    max_attempts = fields.Integer(required=True)
    ring_s = fields.Integer(required=True)
    lines_per_agent = fields.Float(required=True)
    script = fields.String(required=True)
    zones = fields.List(fields.Nested(Zone), required=True)
    assigned = fields.List(fields.Nested(Assigned), required=True)
    user_ids = fields.List(fields.Integer(), required=True)
    team_ids = fields.List(fields.Integer(), required=True)


class ListChange(Body):
    """What may be changed after the import (LPL-13); what is left out stays."""

    version = version()
    name = Text(120, least=1)
    batch_size = Whole(1, lists.MAX_BATCH)
    overnight_reset = Flag()
    reset_by_itself = Flag()
    script = Text(20_000)
    user_ids = ids(metadata={"description": "Exactly these users, by name."})
    team_ids = ids(metadata={"description": "Exactly these teams."})
    interrupt = Flag(
        load_default=False,
        metadata={"description": "Take the list also from users who are dialing it; a live call goes on."},
    )


@operation("GET", "/lists", Scope.LISTS_READ, answer=page_of(List), query=Paging)
def list_lists(query: dict[str, Any]) -> dict[str, Any]:
    """The organisation's lists, the newest first."""
    return page(lists.overview(tenant(), me().id), query, newest_first=True)


@operation("GET", f"/lists/<{ID}:list_id>", Scope.LISTS_READ, answer=ListInfo)
def get_list(list_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """One list: its counts, its settings, its numbers by zone, who may dial it."""
    return _told(list_id)


@operation("PATCH", f"/lists/<{ID}:list_id>", Scope.LISTS_WRITE, answer=ListInfo, body=ListChange)
def edit_list(list_id: int, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Change a list: its batch size, its overnight reset, its users and teams.

    Records that are left are shared out evenly again. Users who lose the list give back what they have
    not dialed; while one of them is dialing it, `interrupt` must be true.
    """
    seen, interrupt = seen_version(body), body.pop("interrupt")
    lists.edit(
        tenant(),
        me().id,
        list_id,
        seen,
        ListEdit(**body),
        datetime.now(UTC),
        may_interrupt=None if interrupt else (),
    )
    return _told(list_id)


@operation("POST", f"/lists/<{ID}:list_id>/reset", Scope.LISTS_WRITE, answer=Job, status=202)
def reset_list(list_id: int) -> tuple[Any, dict[str, str]]:
    """Make a list dialable again; Do Not Call and final results stay out. The importer does it."""
    job = find(resets.queue_reset(tenant(), me().id, list_id))
    return job, {"Location": f"/api/v1/jobs/{job.id}"}


def _told(list_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    found = list_info.info(tenant(), me().id, list_id, calls=0)
    told = {
        **asdict(found.settings),
        **asdict(found.counts),
        "version": found.version,
        "assigned": found.assigned,
        "user_ids": sorted(found.user_ids),
        "team_ids": sorted(found.team_ids),
        "zones": found.zones,
    }
    return told, {"ETag": f'"{found.version}"'}
