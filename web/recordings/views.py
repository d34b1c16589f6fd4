"""Recordings: the popup that plays one, and its sound, from the node's folder or the store (CMP-4)."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from flask import Blueprint, Response, abort, jsonify, render_template, request, send_file
from flask.typing import ResponseReturnValue

from dialer.errors import NotFound
from dialer.recording_files import Folder, NoSuchPart, Store, StoreUnavailable
from dialer.store import recordings
from dialer.store.recordings import Recording
from web.access import me, room, tenant
from web.recordings import addresses, places
from web.sentences import said

log = structlog.get_logger()

blueprint = Blueprint("recordings", __name__, url_prefix="/recordings", template_folder="templates")


@blueprint.get("/<uuid:recording_id>")
@room()
def player(recording_id: UUID) -> ResponseReturnValue:
    """The popup of one recording, with an address that is good for a few minutes; or why there is none."""
    try:
        found = recordings.for_user(tenant(), me().id, recording_id)
    except NotFound as error:
        return render_template("recordings/none.html", sentence=said(error)), 404
    outline = places.outline_of(found)
    token = addresses.new(recording_id)
    return render_template(
        "recordings/player.html",
        recording=found,
        outline=outline,
        pauses=recordings.pauses(tenant(), found),
        token=token,
        sound=addresses.sound_url(token),
        copy=addresses.sound_url(token, copy=True) if found.manages else None,
        is_there=places.is_there(found),
    )


@blueprint.get("/<uuid:recording_id>/address")
@room()
def address(recording_id: UUID) -> ResponseReturnValue:
    """Another address for a player whose own is good no longer."""
    recordings.for_user(tenant(), me().id, recording_id)
    token = addresses.new(recording_id, request.args.get("earlier", ""))
    return jsonify(sound=addresses.sound_url(token), token=token)


@blueprint.get("/sound/<token>.wav")
@room()
def sound(token: str) -> ResponseReturnValue:
    """The sound, whole or in parts; what is heard of it is noted once for each address's listening."""
    wanted, copy = addresses.read(token), "copy" in request.args
    found = recordings.for_user(tenant(), me().id, wanted.recording_id)
    here = places.place_of(found)
    if here is None:
        raise NotFound("This recording is not on this machine.")
    recordings.note(tenant(), me().id, found, wanted.listening, copy=copy)
    began = found.started_at.astimezone(ZoneInfo(me().time_zone))
    name = " ".join(f"{began:%Y-%m-%d %H.%M} {found.prospect}".split()) + ".wav"
    if isinstance(here, Folder):
        path = here.file(found.id)
        try:
            answer = send_file(path, mimetype="audio/wav", conditional=True)
        except FileNotFoundError:
            # Moved to the store or deleted in this moment: a player that asks again learns which.
            raise NotFound("This recording is not on this machine.") from None
    else:
        answer = _streamed(here, found)
    if copy:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        names = {"filename": plain, "filename*": f"UTF-8''{quote(name)}"}
        answer.headers.set("Content-Disposition", "attachment", **names)
    return answer


def _streamed(store: Store, found: Recording) -> Response:
    """Passed on from the store, which the browser itself never meets."""
    asked = request.range
    is_part = asked is not None and asked.units == "bytes" and len(asked.ranges) == 1
    try:
        part = store.part(found.organisation_id, found.id, asked.to_header() if asked and is_part else None)
    except NoSuchPart:
        abort(416)
    except StoreUnavailable as error:
        log.warning("a recording could not be had from the store", recording=str(found.id), error=str(error))
        raise
    if part is None:
        raise NotFound("This recording is not in the store any more.")
    response = Response(part.blocks, status=200 if part.is_all else 206, mimetype="audio/wav")
    response.content_length = part.length
    response.headers["Accept-Ranges"] = "bytes"
    if not part.is_all:
        response.content_range.set(part.first, part.first + part.length, part.whole)
    return response
