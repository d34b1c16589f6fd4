"""The Call Disposition window as its page shows it: what is on record, under what was typed since."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from flask_babel import format_datetime, gettext
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from dialer.drafts import Draft
from dialer.follow_ups import Wish, zone_info
from dialer.imports import CUSTOM, FIELDS
from dialer.prospects import EDITABLE
from dialer.scripts import Piece, fill
from dialer.store.call_window import Surroundings
from dialer.store.dispositions import OpenCall
from web.access import me
from web.formats import phone_number
from web.recordings import places

PHONE_KINDS = {"phone": _l("Phone"), "mobile_phone": _l("Mobile Phone"), "work_phone": _l("Work Phone")}

EXCLUDED = {
    "do_not_call": _l("on Do Not Call: saved, but nobody calls this number"),
    "parking_lot": _l("in the parking lot: saved, but not called until its day has come"),
}

_LABELS = {field.name: field.label for field in FIELDS}
_LONGEST = {field.name: field.max_length for field in FIELDS}


@dataclass(frozen=True, slots=True)
class Editable:
    """A field of the prospect in the window; ``type`` is the input's."""

    name: str
    label: str
    value: str
    type: str = "text"
    mode: str = "text"
    max_length: int = 2_000


@dataclass(frozen=True, slots=True)
class CallView:
    """What the window's template needs beside the call."""

    around: Surroundings
    fields: tuple[Editable, ...]
    script: list[Piece]
    audible: frozenset[UUID]
    """Recordings that are here to be played."""

    def typed(self, name: str, otherwise: str = "") -> str:
        """What was typed into a field, or what is on record."""
        return _typed(self.around.draft, name, otherwise)

    @property
    def typed_at(self) -> str:
        """When each field was typed in, as the page's script reads it."""
        return json.dumps({name: at for name, (_, at) in self.around.draft.items()})


def call_view(call: OpenCall, around: Surroundings) -> CallView:
    """The window of a call."""
    fields = tuple(_fields(call, around))
    values = {field.name.removeprefix(CUSTOM): field.value for field in reversed(fields)}
    own = {
        "phone": phone_number(call.number),
        "agent_name": around.agent_name,
        "list_name": call.list_name,
    }
    script = fill(call.script, {**{name: values[name] for name in EDITABLE}, **own, **values})
    return CallView(around, fields, script, _audible(around))


def field_label(name: str) -> str:
    """What a field of the window is called."""
    name = name.removeprefix(CUSTOM)
    return gettext(_LABELS.get(name, name)) if name in _LABELS else name


def edits(form: MultiDict[str, str]) -> dict[str, str]:
    """The prospect's fields as the window sends them."""
    return {name: value for name, value in form.items() if name in EDITABLE or name.startswith(CUSTOM)}


def when_text(wanted: Wish | None, time_zone: str, now: datetime) -> str:
    """A follow-up's time for the prospect and for the agent, and in which list it lands."""
    if wanted is None or wanted.due_at is None:
        return ""
    there = wanted.due_at.astimezone(zone_info(time_zone))
    here = wanted.due_at.astimezone(zone_info(me().time_zone))
    said = str(
        gettext(
            "%(theirs)s for the prospect (%(zone)s), %(yours)s for you",
            theirs=format_datetime(there, "EEE d MMM, HH:mm", rebase=False),
            zone=there.tzname(),
            yours=format_datetime(here, "EEE d MMM, HH:mm", rebase=False),
        )
    )
    past = there.date() <= now.astimezone(there.tzinfo).date()
    lands = gettext("lands in Follow Ups (Past due)") if past else gettext("lands in Follow Ups (Not due)")
    return f"{said} · {lands}"


def _fields(call: OpenCall, around: Surroundings) -> Iterable[Editable]:
    draft = around.draft
    for name in EDITABLE:
        kind = "email" if name == "email" else "text"
        value = _typed(draft, name, getattr(call, name))
        yield Editable(name, gettext(_LABELS[name]), value, mode=kind, max_length=_LONGEST[name])
    for custom in around.custom:
        name = f"{CUSTOM}{custom.label}"
        value = _typed(draft, name, custom.value)
        # A date that the browser's own field could not show would be lost in it.
        is_date = custom.kind == "date" and _is_plain_date(value) and _is_plain_date(custom.value)
        yield Editable(
            name,
            custom.label,
            value,
            type="date" if is_date else "text",
            mode="decimal" if custom.kind == "number" else "text",
        )


def _is_plain_date(value: str) -> bool:
    try:
        return not value or date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _typed(draft: Draft, name: str, otherwise: str) -> str:
    return draft[name][0] if name in draft else otherwise


def _audible(around: Surroundings) -> frozenset[UUID]:
    return frozenset(
        each
        for one in around.earlier
        for each in one.recordings
        if each in one.stored or places.in_folder(each)
    )


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)
