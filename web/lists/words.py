"""Words of the lists room in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from dialer.imports import FIELDS
from dialer.scripts import PLACEHOLDERS
from dialer.zone_groups import ZoneLine
from web.lists.blueprint import blueprint

JOB_KINDS = {"import": _l("Import"), "load": _l("Upload to session"), "reset": _l("Reset")}
JOB_TONES = {
    "queued": "bg-secondary-lt",
    "running": "bg-blue-lt",
    "done": "bg-green-lt",
    "failed": "bg-red-lt",
    "cancelled": "bg-orange-lt",
}
_LABELS = {field.name: field.label for field in FIELDS}

# Lines of the Timezone table that are words.
ZONES = (_l("International"), _l("Toll Free"))


@blueprint.app_template_global()
def script_hint() -> str:
    """What stands beside the Script field: how fields are filled in."""
    return str(
        gettext(
            "Shown to the agent during the call. Filled in: %(names)s, and any custom field by its name in "
            "braces, such as {Plan}; what is not known is shown as it is.",
            names=", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
        )
    )


@blueprint.app_template_filter()
def job_kind(kind: str) -> str:
    """What a job does."""
    return str(JOB_KINDS[kind])


@blueprint.app_template_filter()
def job_tone(state: str) -> str:
    """The colour of a job's state."""
    return JOB_TONES[state]


@blueprint.app_template_filter()
def field_label(name: str) -> str:
    """A standard field's label."""
    return str(gettext(_LABELS[name]))


@blueprint.app_template_filter()
def sort_label(sort_by: str) -> str:
    """What a list is sorted by."""
    if sort_by == "upload":
        return str(gettext("No Sort (upload order)"))
    if sort_by == "random":
        return str(gettext("Random"))
    if sort_by.startswith("custom:"):
        return sort_by.removeprefix("custom:")
    return str(gettext(_LABELS[sort_by]))


@blueprint.app_template_filter()
def sum_of(lines: Iterable[ZoneLine], kind: str) -> int:
    """Numbers of one kind over every zone."""
    return sum(line.numbers.get(kind, 0) for line in lines)
