"""Two people edited one list: what each of them meant, put together (LPL-13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from dialer.store.lists import PastEdit
from web.formats import number

FIELDS = {"user_ids": "users", "team_ids": "teams"}
"""Names in the record and, where they differ, in the form."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Values for the form; ``both`` are the fields that both changed, in different ways."""

    values: dict[str, Any]
    both: frozenset[str]


def merge(edits: Iterable[PastEdit], now: Mapping[str, Any], typed: Mapping[str, Any]) -> Merged:
    """Put what was typed together with ``edits`` made meanwhile, which led to ``now``.

    Fields that were not touched take the others' value, those that were keep what was typed; people
    and teams are added and removed one by one.
    """
    base = dict(now)
    for edit in reversed(list(edits)):
        base.update({FIELDS.get(key, key): value for key, value in edit.before.items() if key != "version"})
    values, both = {}, set()
    for key, current in now.items():
        if key not in typed:
            continue  # a normal list has no such field
        mine, was = typed[key], base[key]
        if isinstance(current, list):
            added, removed = set(mine) - set(was), set(was) - set(mine)
            values[key] = sorted((set(current) | added) - removed)
        elif mine == was:
            values[key] = current
        else:
            values[key] = mine
            if current not in (was, mine):
                both.add(key)
    return Merged(values, frozenset(both))


def said(edit: PastEdit, names: Mapping[str, Mapping[int, str]]) -> list[str]:
    """What the edit changed, as sentences' halves: "Batch size: 20 → 30". ``names`` by field and id."""
    labels = {
        "name": gettext("List name"),
        "batch_size": gettext("Batch size"),
        "overnight_reset": gettext("Allow Overnight Reset"),
        "reset_by_itself": gettext("Reset by itself"),
    }
    lines = []
    for key, after in edit.after.items():
        before = edit.before[key]
        if key in labels:
            lines.append(f"{labels[key]}: {_shown(before)} → {_shown(after)}")
        elif key == "script":
            lines.append(gettext("Script: changed"))
        elif key in FIELDS:
            known = names[FIELDS[key]]
            added = ", ".join(known.get(one, f"#{one}") for one in after if one not in before)
            removed = ", ".join(known.get(one, f"#{one}") for one in before if one not in after)
            if added:
                lines.append(gettext("Added: %(names)s", names=added))
            if removed:
                lines.append(gettext("Removed: %(names)s", names=removed))
    return lines


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(gettext("On") if value else gettext("Off"))
    return str(number(value) if isinstance(value, int) else value)
