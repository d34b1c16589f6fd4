"""Wizard drafts: an uploaded file and what was typed about it, kept on the server for a day.

A draft is its user's own. It lies beside its file, so that a step survives a reload, a way back and
an error, and is gone once the list is saved; from then on the file is the importer's.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from flask import Flask, current_app
from werkzeug.datastructures import FileStorage, MultiDict

from dialer import uploads
from dialer.errors import NotFound, Refused
from dialer.store.people import User

CHUNK = 1024 * 1024

OVER = "This upload is over; choose the file again."


@dataclass(frozen=True, slots=True)
class Draft:
    """A list in the making: the file as it came, who brought it, and each step as it was typed."""

    token: str
    organisation_id: int
    user_id: int
    file_name: str
    size: int = 0
    sha256: str = ""
    typed: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """Step → form field → values."""

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return uploads.path_of(_folder(), self.token)

    @property
    def name(self) -> str:
        """The list's name as typed, else the one the file suggests."""
        return self.first("file", "name").strip() or list_name_of(self.file_name)

    def form(self, step: str) -> MultiDict[str, str] | None:
        """What was typed in the step; None for a step not yet seen."""
        if step not in self.typed:
            return None
        return MultiDict([(key, one) for key, values in self.typed[step].items() for one in values])

    def first(self, step: str, key: str) -> str:
        """One typed value, or nothing."""
        return next(iter(self.typed.get(step, {}).get(key, ())), "")

    def typing(self, step: str, form: MultiDict[str, str]) -> Draft:
        """The draft with the step as it is typed now."""
        kept = {key: form.getlist(key) for key in form if key not in ("csrf_token", "do", "file")}
        return replace(self, typed={**self.typed, step: kept})


def keep(user: User, file: FileStorage, was: Draft | None = None) -> Draft:
    """Store an uploaded file as a new draft; it takes over what was typed around another file.

    Raises Refused when there is no room for it.
    """
    name = re.split(r"[/\\]", file.filename or "")[-1][:200] or "file.csv"
    draft = Draft(uploads.new_token(), user.organisation_id, user.id, name)
    if was is not None:
        # Columns and the suggested name belong to the other file.
        typed = {step: values for step, values in was.typed.items() if step in ("pool", "settings")}
        draft = replace(draft, typed=typed)
    digest = hashlib.sha256()
    try:
        draft.path.parent.mkdir(parents=True, mode=0o700)
        with draft.path.open("wb") as target:
            while chunk := file.stream.read(CHUNK):
                digest.update(chunk)
                target.write(chunk)
    except OSError:
        discard(draft)
        raise Refused(
            "The file could not be stored; free some disk space on the server and try again."
        ) from None
    return remember(replace(draft, size=draft.path.stat().st_size, sha256=digest.hexdigest()))


def list_name_of(file_name: str) -> str:
    """The list name to suggest: the file's, without its ending."""
    stem = file_name.rsplit(".", 1)[0] if "." in file_name.strip(".") else file_name
    return re.sub(r"[_\s]+", " ", stem).strip()[:120]


def find(user: User, token: str) -> Draft:
    """The user's own draft. Raises NotFound for anybody else's, once it is saved, and after its day."""
    path = uploads.path_of(_folder(), token).with_name("draft.json")
    try:
        if path.stat().st_mtime < time.time() - uploads.KEPT.total_seconds():
            raise NotFound(OVER)
        draft = Draft(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        raise NotFound(OVER) from None
    if (draft.organisation_id, draft.user_id) != (user.organisation_id, user.id) or not draft.path.exists():
        raise NotFound(OVER)
    return draft


def remember(draft: Draft) -> Draft:
    """Keep the draft as it is now. One that was taken meanwhile stays taken."""
    place = _place(draft)
    aside = place.with_name(f"draft.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        aside.write_text(json.dumps(asdict(draft)), "utf-8")
    except FileNotFoundError:
        raise NotFound(OVER) from None
    if place.with_name("taken.json").exists():
        aside.unlink(missing_ok=True)
        raise NotFound(OVER)
    aside.replace(place)
    return draft


def take(draft: Draft) -> None:
    """Take the draft out of the wizard's hands to save it: of two who do, one gets NotFound."""
    try:
        _place(draft).rename(_place(draft).with_name("taken.json"))
    except OSError:
        raise NotFound(OVER) from None


def give_back(draft: Draft) -> None:
    """Let the wizard have a taken draft again, as when saving came to nothing."""
    _place(draft).with_name("taken.json").rename(_place(draft))


def discard(draft: Draft) -> None:
    """Forget a draft that was given up, with its file."""
    uploads.discard(_folder(), draft.token)


def register(app: Flask, folder: Path | None) -> None:
    """Let drafts lie where uploads do; ``folder`` is the setting."""
    app.config["RINGPOOL_UPLOADS"] = uploads.folder(folder)


def _place(draft: Draft) -> Path:
    return draft.path.with_name("draft.json")


def _folder() -> Path:
    return Path(current_app.config["RINGPOOL_UPLOADS"])
