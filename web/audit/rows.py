"""The audit log's changes as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from dialer.store.audit import Change
from web.audit.words import family_word, field_word, prompt_word, value_word, verb_word

_IDS = {
    "user_ids": "user",
    "team_ids": "team",
    "user_id": "user",
    "created_by": "user",
    "campaign_id": "campaign",
}
_HIDDEN = {"version", "listening"}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: what it was and what it is. None: there was, or is, no such field.

    Of two lists ``gone`` and ``come`` say what left and what joined.
    """

    word: str
    before: str | None
    after: str | None
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()

    @property
    def is_list(self) -> bool:
        """Whether only its differences are of interest."""
        return bool(self.gone or self.come)


@dataclass(frozen=True, slots=True)
class Row:
    """A change, ready to be shown; ``subject`` links to all changes of the same thing."""

    id: int
    at: datetime
    who: str
    family: str
    what: str
    subject: str
    subject_name: str
    fields: tuple[FieldChange, ...]


def subjects_in(changes: Iterable[Change]) -> set[str]:
    """Everything that the changes name by its id."""
    found = set()
    for change in changes:
        found.add(change.subject)
        for values in (change.before, change.after):
            for name, value in (values or {}).items():
                found |= set(_references(change, name, value))
    return found


def readable(changes: Iterable[Change], names: Mapping[str, str]) -> list[Row]:
    """The changes with everything called by its name."""
    return [
        Row(
            id=change.id,
            at=change.at,
            who=_who(change),
            family=family_word(change.action.partition(".")[0]),
            what=verb_word(change.action),
            subject=change.subject,
            subject_name=_subject_name(change, names),
            fields=tuple(_fields(change, names)),
        )
        for change in changes
    ]


def _who(change: Change) -> str:
    if change.user_name is not None:
        return change.user_name
    return str(gettext("Ringpool") if change.user_id is None else gettext("A super admin"))


def _subject_name(change: Change, names: Mapping[str, str]) -> str:
    if change.subject in names:
        return names[change.subject]
    values = {**(change.before or {}), **(change.after or {})}
    for key in ("name", "label", "number"):
        if isinstance(values.get(key), str):
            return str(values[key])
    kind, _, number = change.subject.partition(":")
    if kind == "prompt":
        return prompt_word(number)
    return number if number.startswith("+") else f"#{number}" if number else ""


def _fields(change: Change, names: Mapping[str, str]) -> Iterator[FieldChange]:
    before, after = change.before or {}, change.after or {}
    for name in {**before, **after}:
        if name in _HIDDEN:
            continue
        one_sided = change.before is None or change.after is None
        if one_sided and {**before, **after}[name] in (None, "", [], {}):
            continue
        was, became = (_named(change, name, side.get(name), names) for side in (before, after))
        gone, come = _difference(name, was, became)
        yield FieldChange(
            field_word(name),
            value_word(name, was) if name in before else None,
            value_word(name, became) if name in after else None,
            gone,
            come,
        )


def _difference(name: str, was: object, became: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not (isinstance(was, list) and isinstance(became, list)):
        return (), ()
    gone = tuple(value_word(name, each) for each in was if each not in became)
    come = tuple(value_word(name, each) for each in became if each not in was)
    return gone, come


def _references(change: Change, name: str, value: Any) -> Sequence[str]:
    """The subjects that a field's value names by id."""
    kind = change.action.partition(".")[0] if name == "order" else _IDS.get(name)
    if kind is None or value is None:
        return ()
    ids = value if isinstance(value, list) else [value]
    return [f"{kind}:{each}" for each in ids if isinstance(each, int)]


def _named(change: Change, name: str, value: Any, names: Mapping[str, str]) -> Any:
    """The value with names in the place of ids."""
    references = _references(change, name, value)
    if not references:
        return value
    named = [names.get(reference, f"#{reference.partition(':')[2]}") for reference in references]
    return named if isinstance(value, list) else named[0]
