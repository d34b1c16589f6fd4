"""Imports, loads and resets, as the Import Queue shows them (LPL-15)."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from dialer.errors import NotFound, Refused
from dialer.store import imports, jobs
from dialer.store.tokens import Scope
from web.api.callers import me, tenant
from web.api.fields import BIGGEST, Paging, cursor, cursor_id, page_of
from web.api.operations import ID, operation
from web.csv_answers import csv_answer

KINDS = ("import", "load", "reset")
STATES = ("queued", "running", "done", "failed", "cancelled")


class Job(Schema):
    """Something that is, or was, done to a list."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    list_id = fields.Integer(required=True)
    list_name = fields.String(required=True)
    by = fields.String(required=True, allow_none=True)
    file_name = fields.String(required=True)
    file_size = fields.Integer(required=True, allow_none=True)
    rows_done = fields.Integer(required=True)
    rows_total = fields.Integer(
        required=True, allow_none=True, metadata={"description": "How many at most; null while unknown."}
    )
    accepted = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    error = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    is_cancelled = fields.Boolean(required=True, metadata={"description": "Somebody asked to end it."})


class JobFilters(Paging):
    """Which jobs are wanted."""

    kind = fields.String(validate=validate.OneOf(KINDS))
    state = fields.String(validate=validate.OneOf(STATES))


@operation("GET", "/jobs", Scope.LISTS_READ, answer=page_of(Job), query=JobFilters)
def list_jobs(query: dict[str, Any]) -> dict[str, Any]:
    """Imports, loads to sessions and resets, the newest first."""
    limit = query["limit"]
    found = jobs.listing(
        tenant(),
        me().id,
        kind=query.get("kind"),
        state=query.get("state"),
        before_id=cursor_id(query),
        limit=limit + 1,
    )
    shown = found[:limit]
    return {"items": shown, "next": cursor(shown[-1].id) if len(found) > limit else None}


@operation("GET", f"/jobs/<{ID}:job_id>", Scope.LISTS_READ, answer=Job)
def get_job(job_id: int) -> jobs.Job:
    """One job, as it stands."""
    return find(job_id)


@operation("POST", f"/jobs/<{ID}:job_id>/cancel", Scope.LISTS_WRITE, answer=Job, status=202)
def cancel_job(job_id: int) -> jobs.Job:
    """End an import or a reset after the batch in hand.

    What an import has brought and nobody has touched is taken out again; what a reset has done stays.
    """
    if find(job_id).kind == "load":
        raise Refused("A load is over as soon as it is asked for.")
    imports.ask_cancel(tenant(), me().id, job_id)
    return find(job_id)


@operation(
    "GET",
    f"/jobs/<{ID}:job_id>/refused.csv",
    Scope.LISTS_READ,
    answer={"type": "string"},
    content_type="text/csv",
)
def get_refused_rows(job_id: int) -> Response:
    """The rows of an import that did not come in, each with its line and the reason."""
    find(job_id)
    return csv_answer(imports.refused_csv(tenant(), job_id), f"refused-{job_id}.csv", for_people=False)


def find(job_id: int) -> jobs.Job:
    """The job. Raises NotFound, also for another organisation's."""
    found = jobs.listing(tenant(), me().id, before_id=min(job_id + 1, BIGGEST), limit=1)
    if not found or found[0].id != job_id:
        raise NotFound("There is no such import, load or reset.")
    return found[0]
