"""Where the panel finds a recording's sound, and its outline."""

from __future__ import annotations

from uuid import UUID

from flask import Flask, current_app

from dialer import recording_files
from dialer.recording_files import Folder, Store
from dialer.settings import Settings
from dialer.sound_peaks import Outline, outline
from dialer.store import recordings
from dialer.store.recordings import Recording
from web.access import tenant


def register(app: Flask, settings: Settings) -> None:
    """Note where recordings lie. Raises BadSetting for a store that cannot be spoken to."""
    app.config["RINGPOOL_RECORDINGS"] = settings.recordings
    app.extensions["ringpool_recording_store"] = recording_files.store(settings)


def place_of(recording: Recording) -> Folder | Store | None:
    """Where its sound can be had; None: on no machine that the panel sees."""
    if recording.place != "store" and in_folder(recording.id):
        return _folder()
    store: Store | None = current_app.extensions["ringpool_recording_store"]
    return None if recording.place == "folder" else store


def in_folder(recording_id: UUID) -> bool:
    """Whether its sound is in the folder that the panel sees."""
    here = _folder()
    return here is not None and here.has(recording_id)


def is_there(recording: Recording) -> bool:
    """Whether it can be played."""
    return place_of(recording) is not None


def outline_of(recording: Recording) -> Outline | None:
    """What its waveform is drawn from: what is on record, else read from the file.

    It is kept once the file is whole: for a moment after the call Asterisk still writes to it.
    """
    if recording.peaks is not None and recording.length_ms is not None:
        return Outline(bytes(recording.peaks), recording.length_ms)
    here = _folder()
    found = outline(here.file(recording.id)) if here is not None else None
    if found is not None and recording.settled:
        recordings.keep_outline(tenant(), recording.organisation_id, recording.id, found)
    return found


def _folder() -> Folder | None:
    path = current_app.config["RINGPOOL_RECORDINGS"]
    return Folder(path) if path is not None else None
