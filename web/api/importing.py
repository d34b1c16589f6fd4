"""A list made from a file: the file is kept, the importer reads it, the answer is the job (LPL-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
from flask import request
from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.datastructures import FileStorage

from dialer import import_plan, imports
from dialer.errors import Refused
from dialer.imports import read_preview
from dialer.store import company, lists, mappings, organisations
from dialer.store import imports as store
from dialer.store.lists import ListSettings
from dialer.store.tokens import Scope
from web.api.callers import me, tenant
from web.api.fields import Body, Clock, Flag, Number, Text, Whole, ids
from web.api.jobs import Job, find
from web.api.operations import operation
from web.api.problems import WrongInput, problem
from web.bodies import LARGEST_LIST
from web.lists import uploads
from web.lists.queueing import queue_new_list

_ORDER = "upload, random, a standard field's name, or custom:LABEL."


class NewList(Body):
    """How a new list is dialed, by whom, and how its file is read. What is left out has the usual value."""

    name = Text(120, least=1, metadata={"description": "Left out: the file's name."})
    kind = fields.String(validate=validate.OneOf(["lead_pool", "normal"]))
    phone_field = fields.String(
        validate=validate.OneOf(imports.PHONES), metadata={"description": "The number that is dialed."}
    )
    sort_by = Text(220, least=1, metadata={"description": _ORDER})
    sort_descending = Flag()
    batch_size = Whole(1, lists.MAX_BATCH)
    retain_h = Whole(1, 8760)
    overnight_reset = Flag()
    reset_by_itself = Flag()
    calling_from = Clock(metadata={"description": "In the prospect's own local time."})
    calling_until = Clock()
    max_attempts = Whole(1, 100)
    ring_s = Whole(15, 120)
    lines_per_agent = Number(1, 10)
    script = Text(20_000)
    user_ids = ids(metadata={"description": "Who may dial it, by name."})
    team_ids = ids(metadata={"description": "Whose members may dial it."})
    keep_unmapped = Flag(metadata={"description": "Keep the other columns as custom fields (true)."})
    use_mapping = Text(120, least=1, metadata={"description": "The name of a saved mapping."})


class Mapping(Body):
    """Field name, or custom:LABEL, → header; null leaves a field without a column."""

    mapping = fields.Dict(
        keys=Text(220, least=1),
        values=Text(1_000, least=1, allow_none=True),
        validate=validate.Length(max=500),
    )


class Earlier(Schema):
    """An import of a file with the same content."""

    id = fields.Integer(required=True)
    list_id = fields.Integer(required=True)
    list_name = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    state = fields.String(required=True)
    by = fields.String(required=True, allow_none=True)


class Queued(Schema):
    """The list, empty as yet, and the job that reads its file."""

    list_id = fields.Integer(required=True)
    job = fields.Nested(Job, required=True)
    seen_before = fields.List(
        fields.Nested(Earlier), required=True, metadata={"description": "Imports of the same file."}
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """How the file is to be read."""

    mapping: dict[str, str]
    keep_unmapped: bool


_PARTS = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "The CSV, of any usual kind."},
        "settings": {"$ref": "#/components/schemas/NewList"},
        "mapping": {
            "type": "object",
            "description": Mapping.__doc__,
            "additionalProperties": {"type": ["string", "null"]},
        },
    },
}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": _PARTS,
            "encoding": {
                "settings": {"contentType": "application/json"},
                "mapping": {"contentType": "application/json"},
            },
        }
    },
}


@operation(
    "POST",
    "/lists",
    Scope.LISTS_WRITE,
    answer=Queued,
    status=202,
    described={"requestBody": _BODY},
    refusals=(400, 413, 415, 422),
)
def import_list() -> Any:
    """Make a list from a CSV file.

    The parts of the form are `file`, `settings` (JSON) and `mapping` (JSON). Obvious headers match by
    themselves; Account Name, First Name, Last Name and the mandatory phone columns must have a column.
    The answer comes as soon as the file is stored: follow the job to see it being read.
    """
    request.max_content_length = LARGEST_LIST
    if request.mimetype != "multipart/form-data":
        return problem(415, "Send the file as multipart/form-data, in a part named 'file'.")
    settings = _part("settings", NewList())
    wanted = _part("mapping", Mapping(), inside="mapping").get("mapping", {})
    file = request.files.get("file")
    if file is None or {*request.files, *request.form} - {"file", "settings", "mapping"}:
        raise WrongInput.parameter(
            "file", "The parts are 'file', which must be there, 'settings' and 'mapping'."
        )
    draft = uploads.keep(me(), file)
    try:
        reading = _reading(settings, wanted, read_preview(draft.path).headers)
        uploads.take(draft)
        list_id, job_id = _queue(draft, settings, reading)
    except Exception:
        uploads.discard(draft)
        raise
    earlier = store.seen_before(tenant(), me().organisation_id, bytes.fromhex(draft.sha256))
    told = {
        "list_id": list_id,
        "job": find(job_id),
        "seen_before": [each for each in earlier if each.id != job_id],
    }
    return told, {"Location": f"/api/v1/jobs/{job_id}"}


def _part(name: str, schema: Schema, inside: str | None = None) -> dict[str, Any]:
    """A part of the form that holds JSON. Raises WrongInput for the first that is wrong with it."""
    text: str | bytes | None = request.form.get(name)
    if text is None and isinstance(part := request.files.get(name), FileStorage):
        text = part.stream.read(1_000_000)
    if text is None:
        return {}
    try:
        given = orjson.loads(text)
        loaded: dict[str, Any] = schema.load({inside: given} if inside else given)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise WrongInput.parameter(name, f"The part '{name}' is no JSON: {error}.") from None
    except ValidationError as error:
        raise WrongInput.part(name, error.messages) from None
    return loaded


def _reading(settings: dict[str, Any], wanted: dict[str, str | None], headers: Sequence[str]) -> _Reading:
    """What is to become of each column. Fills in the Phone Field. Raises BadMapping, NotFound, Refused."""
    keep_unmapped = settings.pop("keep_unmapped", True)
    rules = company.settings(tenant(), me().organisation_id)
    settings.setdefault("phone_field", rules.mandatory_phones[0])
    if (name := settings.pop("use_mapping", None)) is not None:
        saved = mappings.named(tenant(), me().organisation_id, name).mapping
        wanted = {**{key: header for key, header in saved.items() if header in headers}, **wanted}
    custom = [field.label for field in company.custom_fields(tenant(), me().organisation_id)]
    agreed = import_plan.agree_on(
        headers,
        imports.fields(custom, rules.mandatory_phones),
        wanted,
        phone_field=settings["phone_field"],
        sort_by=settings.get("sort_by", "upload"),
        keep_unmapped=keep_unmapped,
    )
    return _Reading(agreed, keep_unmapped)


def _queue(draft: uploads.Draft, settings: dict[str, Any], reading: _Reading) -> tuple[int, int]:
    """Make the list and let the importer read the file into it; ids of the list and of the job."""
    mine = organisations.organisation(tenant(), me().organisation_id)
    pools = mine.lead_pool_sessions and mine.import_queue
    settings.setdefault("kind", "lead_pool" if pools else "normal")
    if settings["kind"] == "lead_pool" and not pools:
        raise Refused("Your organisation does not use lead pools; make it a normal list.")
    settings.setdefault("name", uploads.list_name_of(draft.file_name) or draft.file_name)
    if "lines_per_agent" in settings:
        settings["lines_per_agent"] = Decimal(str(settings["lines_per_agent"]))
    assigned = {kind: settings.pop(kind, []) for kind in ("user_ids", "team_ids")}
    return queue_new_list(
        tenant(),
        me(),
        draft,
        ListSettings(**settings),
        reading.mapping,
        keep_unmapped=reading.keep_unmapped,
        **assigned,
    )
