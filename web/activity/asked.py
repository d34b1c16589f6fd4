"""What the address asks of Call Activity: filters, order and place, each left out where it makes no sense."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import request

from dialer.call_activity import Filters, Order, Place, Sort, place_of
from web.access import BIGGEST_ID, me

MOST_CHOSEN = 200
"""Of one multi-select."""

KINDS = ("prospect", "agent")

FILTERS = ("kind", "by", "phone", "outcome", "since", "until", "talk_from", "talk_to")

ORDER = ("sort", "direction")


def own() -> int | None:
    """Agents see their own legs, managers everybody's."""
    return None if me().role.manages_lists else me().id


def filters() -> Filters:
    """The filters of the address; times without an offset are by the organisation's clock."""
    by = tuple(int(each) for each in request.args.getlist("by") if _is_id(each))[:MOST_CHOSEN]
    kind = request.args.get("kind")
    return Filters(
        own=own(),
        kind=kind if kind in KINDS else None,
        user_ids=by or None,
        phones=_texts("phone"),
        outcomes=_texts("outcome"),
        since=_moment("since"),
        until=_moment("until"),
        talk_from_s=_seconds("talk_from"),
        talk_to_s=_seconds("talk_to"),
    )


def order() -> Order:
    """The order of the address."""
    asked = request.args.get("sort", "")
    sort = Sort(asked) if asked in tuple(Sort) else Sort.AT
    return Order(sort, request.args.get("direction") != "up")


def place(of: Order) -> Place | None:
    """Where the page begins that is asked for."""
    return place_of(of.sort, request.args.get("after", ""))


def kept(*names: str) -> dict[str, list[str]]:
    """These parts of the address, for links."""
    return {name: found for name in names if (found := [x for x in request.args.getlist(name) if x])}


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20 and 0 < int(text) <= BIGGEST_ID


def _texts(name: str) -> tuple[str, ...] | None:
    return tuple(each[:40] for each in request.args.getlist(name) if each)[:MOST_CHOSEN] or None


def _seconds(name: str) -> int | None:
    found = request.args.get(name, type=int)
    return found if found is not None and 0 <= found < 2**31 else None


def _moment(name: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    if not 1900 <= found.year <= 9000:
        return None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(me().time_zone))
