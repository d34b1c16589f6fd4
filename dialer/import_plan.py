"""Which column becomes which field, agreed upon before a file is queued: for programs and commands. Pure."""

from __future__ import annotations

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
    for header in mapping.values():
        twice = [name for name, other in mapping.items() if other == header]
        if len(twice) > 1:
            raise BadMapping(
                "The column '%(header)s' cannot fill both %(fields)s.", header=header, fields=tuple(twice[:2])
            )
    if phone_field not in mapping:
        raise BadMapping("Match a column to %(field)s; it is the number that is dialed.", field=phone_field)
    if sort_by not in ORDERS and sort_by not in mapping:
        left = [header for header in headers if header not in mapping.values()]
        if not (keep_unmapped and custom_label(sort_by) in left):
            raise BadMapping(
                "The list is sorted by %(field)s, and no column of the file fills it.", field=sort_by
            )
    return mapping
