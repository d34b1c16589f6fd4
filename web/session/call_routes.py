"""What the Call Disposition window asks for by itself: its draft, referrals, times."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from dialer import drafts as draft_rules
from dialer.errors import NotFound, Refused
from dialer.follow_ups import wish
from dialer.store import dispositions, drafts, referrals
from web.access import me, room, tenant
from web.sentences import said
from web.session.call_view import EXCLUDED, now, when_text

blueprint = Blueprint("call", __name__, url_prefix="/session", template_folder="templates")

MOST_BYTES = 500_000
"""Of a draft: a page sends what changed, which is little."""


@blueprint.get("/calls/<int:attempt_id>/draft")
@room()
def draft(attempt_id: int) -> ResponseReturnValue:
    """All that is typed about the call."""
    return jsonify(fields=drafts.draft(tenant(), me().id, attempt_id))


@blueprint.post("/calls/<int:attempt_id>/draft")
@room()
def keep(attempt_id: int) -> ResponseReturnValue:
    """Keep what was typed; answers with all that is kept."""
    if (request.content_length or 0) > MOST_BYTES:
        abort(413)
    at = now()
    try:
        typed = draft_rules.read(request.get_json(silent=True), int(at.timestamp() * 1000))
    except Refused:
        abort(400)
    return jsonify(fields=drafts.keep(tenant(), me().id, attempt_id, typed, at))


@blueprint.get("/calls/<int:attempt_id>/when")
@room()
def when(attempt_id: int) -> ResponseReturnValue:
    """What the date and time of a follow-up mean, as a sentence."""
    call = dispositions.open_call(tenant(), me().id)
    if call is None or call.attempt_id != attempt_id:
        raise NotFound("There is no such call of yours.")
    day, at = request.args.get("date", ""), request.args.get("time", "")
    try:
        text, bad = when_text(wish(day, at, "", call.time_zone, now()), call.time_zone, now()), False
    except Refused as error:
        text, bad = said(error), True
    return jsonify(said=text, bad=bad)


@blueprint.post("/calls/<int:attempt_id>/referrals")
@room()
def refer(attempt_id: int) -> ResponseReturnValue:
    """Save somebody whom the prospect named."""
    texts = {name: request.form.get(name, "").replace("\r\n", "\n") for name in referrals.FIELDS}
    at_once = "call_at_once" in request.form
    referred = referrals.Referred(**texts)
    try:
        saved = referrals.add(tenant(), me().id, attempt_id, referred, now(), call_at_once=at_once)
    except Refused as error:
        return render_template("session/referrals.html", refused=said(error), saved=None)
    answer = render_template(
        "session/referrals.html", saved=saved, refused=None, EXCLUDED=EXCLUDED, at_once=at_once
    )
    return answer, {"HX-Trigger": "referral-saved"}
