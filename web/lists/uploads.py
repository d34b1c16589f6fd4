"""Files on their way to becoming a list: kept between the wizard's steps, for a day."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from flask import Flask, current_app
from werkzeug.datastructures import FileStorage

from dialer.errors import NotFound
from dialer.store.people import User

KEPT_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came, who brought it, and what the wizard knows of it so far."""

    token: str
    organisation_id: int
    user_id: int
    file_name: str
    size: int
    list_name: str
    mapping: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where the file lies until it is imported."""
        return _folder() / self.token / "file.csv"


def keep(user: User, file: FileStorage, list_name: str) -> Upload:
    """Store an uploaded file; without a list name the file's own is taken."""
    _tidy()
    name = re.split(r"[/\\]", file.filename or "")[-1][:200] or "file.csv"
    token = secrets.token_hex(16)
    upload = Upload(token, user.organisation_id, user.id, name, 0, list_name or list_name_of(name))
    upload.path.parent.mkdir(parents=True, mode=0o700)
    file.save(upload.path)
    return remember(replace(upload, size=upload.path.stat().st_size))


def list_name_of(file_name: str) -> str:
    """The list name to suggest: the file's, without its ending."""
    stem = file_name.rsplit(".", 1)[0] if "." in file_name.strip(".") else file_name
    return re.sub(r"[_\s]+", " ", stem).strip()[:120]


def find(user: User, token: str) -> Upload:
    """The user's own upload. Raises NotFound for anybody else's, and once its day is over."""
    if not re.fullmatch(r"[0-9a-f]{32}", token):
        raise NotFound("This upload is over; choose the file again.")
    try:
        upload = Upload(**json.loads((_folder() / token / "upload.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        raise NotFound("This upload is over; choose the file again.") from None
    if (upload.organisation_id, upload.user_id) != (user.organisation_id, user.id):
        raise NotFound("This upload is over; choose the file again.")
    return upload


def remember(upload: Upload) -> Upload:
    """Keep what the wizard learned for its next step."""
    aside = upload.path.with_name(f"upload.{os.getpid()}.{secrets.token_hex(4)}")
    aside.write_text(json.dumps(asdict(upload)), "utf-8")
    aside.replace(upload.path.with_name("upload.json"))
    return upload


def discard(upload: Upload) -> None:
    """Forget an upload that became a list or was given up."""
    discard_folder(upload.path.parent)


def discard_folder(folder: Path) -> None:
    """Remove one upload's folder, wherever this is called from."""
    shutil.rmtree(folder, ignore_errors=True)


def register(app: Flask, folder: Path | None) -> None:
    """Uploads lie in ``folder``, else in the user's cache folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    app.config["RINGPOOL_UPLOADS"] = folder or cache / "ringpool" / "uploads"


def _folder() -> Path:
    return Path(current_app.config["RINGPOOL_UPLOADS"])


def _tidy() -> None:
    oldest = time.time() - KEPT_S
    for folder in _folder().glob("*"):
        try:
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:
            continue
