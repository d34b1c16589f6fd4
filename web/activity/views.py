"""Call Activity: its page, the part of one prospect's page, and the same as a file (RING-5, RING-6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.call_activity import Sort
from dialer.csv_files import write_rows
from dialer.store import activity
from dialer.store.activity import COUNTED, Leg
from web.access import id_asked, me, room, tenant
from web.activity import asked
from web.activity.words import COLUMNS, KINDS, outcome_word
from web.csv_answers import csv_answer

blueprint = Blueprint("activity", __name__, url_prefix="/activity", template_folder="templates")


@blueprint.get("/")
@room()
def overview() -> ResponseReturnValue:
    """Legs that fit the filters, in the order asked for; managers see everybody's, agents their own."""
    organisation_id, order = me().organisation_id, asked.order()
    after = asked.place(order)
    found = activity.page(tenant(), organisation_id, asked.filters(), order, after=after)
    return render_template(
        "activity/overview.html",
        page=found,
        order=order,
        place=after,
        COUNTED=COUNTED,
        COLUMNS=COLUMNS,
        S=Sort,
        KINDS=KINDS,
        callers={} if asked.own() else activity.callers(tenant(), organisation_id),
        outcomes=sorted(activity.outcomes(tenant(), organisation_id), key=outcome_word),
        filters=asked.kept(*asked.FILTERS),
        sorting=asked.kept(*asked.ORDER),
    )


@blueprint.get("/phones")
@room()
def phones() -> ResponseReturnValue:
    """Numbers and extensions to choose from, that contain the digits typed."""
    chosen = request.args.getlist("phone")[: asked.MOST_CHOSEN]
    typed = request.args.get("phone_search", "")
    found = activity.phones(tenant(), me().organisation_id, typed, asked.own())
    more = [phone for phone in found if phone not in chosen]
    return render_template("activity/phones.html", chosen=chosen, found=more, typed=typed)


@blueprint.get("/prospects/<int:prospect_id>")
@room()
def of_prospect(prospect_id: int) -> ResponseReturnValue:
    """One prospect's legs, those under way first: a part of the lead's page, fetched again as the lead changes."""
    organisation_id, own = me().organisation_id, asked.own()
    return render_template(
        "activity/of_prospect.html",
        prospect_id=prospect_id,
        lead_id=id_asked("lead"),
        under_way=activity.under_way(tenant(), organisation_id, prospect_id, own),
        page=activity.of_prospect(tenant(), organisation_id, prospect_id, own),
    )


@blueprint.get("/calls.csv")
@room()
def export() -> ResponseReturnValue:
    """Every leg that fits the filters, a line each."""
    legs = activity.export(tenant(), me().organisation_id, me().id, asked.filters(), asked.order())
    return csv_answer(write_rows(_lines(legs)), "calls.csv")


def _lines(chunks: Iterable[list[Leg]]) -> Iterator[Sequence[object]]:
    zone = ZoneInfo(me().time_zone)
    seconds = {Sort.RANG: gettext("Ring time, seconds"), Sort.TALK: gettext("Talk time, seconds")}
    yield (
        *(seconds.get(sort, COLUMNS[sort]) for sort in Sort),
        gettext("Prospect"),
        gettext("Call result"),
        gettext("Recordings"),
    )
    for leg in (leg for legs in chunks for leg in legs):
        yield (
            leg.at.astimezone(zone).isoformat(" ", "seconds"),
            KINDS[leg.kind],
            leg.by,
            leg.phone,
            leg.rang_s,
            leg.talk_s,
            outcome_word(leg.outcome),
            leg.cause or "",
            leg.prospect,
            gettext(leg.result) if leg.result else "",
            len(leg.recordings) or "",
        )
