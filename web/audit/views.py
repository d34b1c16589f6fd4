"""The audit log: its page, and the same as a file (ORG-6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.csv_files import write_rows
from dialer.store import audit
from dialer.store.audit import PAGE, Change, Filters
from web.access import MANAGERS, id_asked, me, room, tenant
from web.audit.rows import Row, readable, subjects_in
from web.audit.words import NOTHING
from web.csv_answers import csv_answer

blueprint = Blueprint("audit", __name__, url_prefix="/audit", template_folder="templates")


@blueprint.get("/")
@room(*MANAGERS)
def overview() -> ResponseReturnValue:
    """The newest changes that fit the filters; with ``before`` those older than that one."""
    organisation_id = me().organisation_id
    wanted = _filters()
    before_id = id_asked("before")
    changes = audit.page(tenant(), organisation_id, wanted, before_id=before_id, limit=PAGE + 1)
    shown = changes[:PAGE]
    pinned = wanted.subject if wanted.subject and ":" in wanted.subject else None
    return render_template(
        "audit/overview.html",
        rows=_readable(shown),
        older=shown[-1].id if len(changes) > PAGE else None,
        before=before_id,
        authors=audit.authors(tenant(), organisation_id),
        families=audit.families(tenant(), organisation_id),
        filters={name: value for name, value in request.args.items() if name != "before" and value},
        pinned=pinned,
        pinned_name=audit.names_of(tenant(), organisation_id, [pinned]).get(pinned, pinned)
        if pinned
        else None,
    )


@blueprint.get("/audit.csv")
@room(*MANAGERS)
def export() -> ResponseReturnValue:
    """Every change that fits the filters, a line for each field."""
    rows = (
        row
        for changes in audit.pages(tenant(), me().organisation_id, _filters())
        for row in _readable(changes)
    )
    return csv_answer(write_rows(_lines(rows)), "audit.csv")


def _lines(rows: Iterator[Row]) -> Iterator[Sequence[object]]:
    zone = ZoneInfo(me().time_zone)
    yield (
        gettext("When"),
        gettext("Who"),
        gettext("What"),
        gettext("Change"),
        gettext("Name"),
        gettext("Field"),
        gettext("Before"),
        gettext("After"),
    )
    for row in rows:
        head = (
            row.at.astimezone(zone).isoformat(" ", "seconds"),
            row.who,
            row.family,
            row.what,
            row.subject_name,
        )
        for field in row.fields:
            sides = ("" if side in (None, NOTHING) else side for side in (field.before, field.after))
            yield (*head, field.word, *sides)
        if not row.fields:
            yield (*head, "", "", "")


def _readable(changes: list[Change]) -> list[Row]:
    names = audit.names_of(tenant(), me().organisation_id, subjects_in(changes))
    return readable(changes, names)


def _filters() -> Filters:
    """The filters of the address; days are those of the organisation, the last one belongs to the range."""
    until = _day("until")
    return Filters(
        user_id=id_asked("who"),
        family=request.args.get("family") or None,
        subject=request.args.get("subject", "").strip()[:200] or None,
        since=_midnight(_day("since")),
        until=_midnight(until + timedelta(days=1)) if until and until < date.max else None,
    )


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), ZoneInfo(me().time_zone)) if day and day.year > 1 else None
