"""Which column becomes which field, agreed upon before a file is queued. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from dialer.imports import BadMapping, Field, check_mapping, custom_label, suggest_mapping

ORDERS = ("upload", "random")
"""What a list can be sorted by that no column fills."""


def agree_on(
    headers: Sequence[str],
    known: Sequence[Field],
    wanted: Mapping[str, str | None],
    *,
    phone_field: str = "phone",
    sort_by: str = "upload",
    keep_unmapped: bool = True,
) -> dict[str, str]:
    """Field name, or custom:LABEL, → header: what was ``wanted``, and obvious headers for the rest.

    None for a field leaves it without a column. Raises BadMapping for a field or header that is not
    there, a header that is to fill two fields, a mandatory field or the ``phone_field`` without a column,
    and for an order that no column of the file fills.
    """
    chosen = {name: header for name, header in wanted.items() if header is not None}
    taken = set(chosen.values())
    suggested = {
        name: header
        for name, header in suggest_mapping(headers, known).items()
        if name not in wanted and header not in taken
    }
    mapping = {**suggested, **chosen}
    check_mapping(headers, mapping, known)
    if twice := doubled(mapping):
        one, other, *_ = (name for name in twice if mapping[name] == mapping[twice[0]])
        raise BadMapping(
            "The column '%(header)s' cannot fill both %(fields)s.", header=mapping[one], fields=(one, other)
        )
    if phone_field not in mapping:
        raise BadMapping("Match a column to %(field)s; it is the number that is dialed.", field=phone_field)
    if not can_sort(headers, mapping, sort_by, keep_unmapped=keep_unmapped):
        raise BadMapping(
            "The list is sorted by %(field)s, and no column of the file fills it.", field=sort_by
        )
    return mapping


def doubled(mapping: Mapping[str, str]) -> list[str]:
    """Fields whose column fills another field too."""
    fills = Counter(mapping.values())
    return [name for name, header in mapping.items() if fills[header] > 1]


def left_over(headers: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    """Columns that fill no field, in the file's order."""
    taken = set(mapping.values())
    return [header for header in headers if header not in taken]


def can_sort(
    headers: Sequence[str], mapping: Mapping[str, str], sort_by: str, *, keep_unmapped: bool
) -> bool:
    """Whether a column fills what the list is sorted by; one that is kept without a field may too."""
    if sort_by in ORDERS or sort_by in mapping:
        return True
    return keep_unmapped and custom_label(sort_by) in left_over(headers, mapping)
