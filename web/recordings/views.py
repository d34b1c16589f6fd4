"""Recordings: the popup that plays one, and its sound, from the node's folder or the store (CMP-4)."""

from __future__ import annotations

from uuid import UUID

import structlog
from flask import Blueprint, Response, abort, jsonify, render_template, request, send_file
from flask.typing import ResponseReturnValue

from dialer.errors import NotFound
from dialer.recording_files import Folder, Store, StoreUnavailable
from dialer.store import recordings
from dialer.store.recordings import Recording
from web.access import me, room, tenant
from web.recordings import addresses, places

log = structlog.get_logger()

blueprint = Blueprint("recordings", __name__, url_prefix="/recordings", template_folder="templates")


@blueprint.get("/<uuid:recording_id>")
@room()
def player(recording_id: UUID) -> ResponseReturnValue:
    """The popup of one recording, with an address that is good for a few minutes."""
    found = recordings.for_user(tenant(), me().id, recording_id)
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
    name = f"{found.started_at:%Y-%m-%d %H.%M} {found.prospect}.wav"
    if isinstance(here, Folder):
        path = here.file(found.id)
        return send_file(path, mimetype="audio/wav", conditional=True, as_attachment=copy, download_name=name)
    return _streamed(here, found, name if copy else None)


def _streamed(store: Store, found: Recording, file_name: str | None) -> ResponseReturnValue:
    """Passed on from the store, which the browser itself never meets."""
    asked = request.range
    wanted = asked.to_header() if asked is not None and len(asked.ranges) == 1 else None
    try:
        part = store.part(found.organisation_id, found.id, wanted)
    except StoreUnavailable as error:
        log.warning("a recording could not be had from the store", recording=str(found.id), error=str(error))
        abort(503)
    if part is None:
        raise NotFound("This recording is not in the store any more.")
    response = Response(part.blocks, status=206 if wanted else 200, mimetype="audio/wav")
    response.content_length = part.length
    response.headers["Accept-Ranges"] = "bytes"
    if wanted:
        response.content_range.set(part.first, part.first + part.length, part.whole)
    if file_name:
        response.headers.set(
            "Content-Disposition", "attachment", filename=file_name.encode("ascii", "replace").decode()
        )
    return response
