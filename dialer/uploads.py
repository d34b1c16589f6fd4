"""Uploaded files on their way to becoming a list: ``<folder>/<token>/file.csv``.

The one place that knows where they lie. Whatever else belongs to an upload may lie beside the file.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from dialer.errors import NotFound

KEPT = timedelta(days=1)
"""How long an upload lies there that no import is waiting for."""

_TOKEN = re.compile(r"[0-9a-f]{32}")
_FILE = "file.csv"
_BLOCK = 1 << 20


def folder(setting: Path | None) -> Path:
    """Where uploads lie: the folder set up (Settings.uploads), else one in the user's cache folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return setting or cache / "ringpool" / "uploads"


def new_token() -> str:
    """A name for an upload that nobody guesses."""
    return secrets.token_hex(16)


def path_of(uploads: Path, token: str) -> Path:
    """Where the file lies. Raises NotFound for what is no token."""
    if not _TOKEN.fullmatch(token):
        raise NotFound("This upload is over; choose the file again.")
    return uploads / token / _FILE


def fingerprint(path: Path) -> bytes:
    """The SHA-256 of a file, read as a stream. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.digest()


def discard(uploads: Path, token: str) -> None:
    """Forget an upload that became a list or was given up. Raises NotFound for what is no token."""
    shutil.rmtree(path_of(uploads, token).parent, ignore_errors=True)


def tidy(uploads: Path, waiting: Collection[str], now: datetime) -> int:
    """Remove the uploads older than a day, but for the tokens that imports wait for; how many."""
    oldest = (now - KEPT).timestamp()
    removed = 0
    for upload in uploads.glob("*"):
        if upload.name in waiting or not _TOKEN.fullmatch(upload.name):
            continue
        try:
            is_old = upload.stat().st_mtime < oldest
        except FileNotFoundError:
            continue
        if is_old:
            shutil.rmtree(upload, ignore_errors=True)
            removed += 1
    return removed
