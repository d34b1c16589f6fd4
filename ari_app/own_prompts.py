"""Organisations' own prompts on the node: what was uploaded in the panel, as files that Asterisk plays."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import structlog

from ari_app.work import PASSING, Work
from dialer.db import Database
from dialer.prompts import OWN, digest_of, own_sound
from dialer.store import prompts

log = structlog.get_logger("ringpool.prompts")

EVERY_S = 2.0
"""How long an upload may take to be heard."""


async def keep_prompts(db: Database, work: Work, folder: Path) -> None:
    """Bring the folder up to date for ever."""
    files, failing = OwnPrompts(folder), False
    while True:
        try:
            if changed := await work.once(files.follow, db):
                log.info("own prompts changed", prompts=changed)
            failing = False
        except PASSING as error:
            log.warning("own prompts wait for the database", error=str(error))
        except OSError as error:
            if not failing:
                log.error("own prompts cannot be written", folder=str(folder), error=str(error))
            failing = True
        except Exception:
            log.exception("own prompts were not looked at")
        await asyncio.sleep(EVERY_S)


class OwnPrompts:
    """The folder's part that belongs to organisations. Several dialers may keep the same folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digests: dict[Path, str] | None = None
        """What is there, by the path without its ending; None: not looked at yet."""

    def follow(self, db: Database) -> int:
        """Write what is new or changed and remove what is gone; how many that were. Raises OSError."""
        if self._digests is None:
            self._digests = self._found()
        wanted = {
            self._folder / own_sound(each.prompt, each.locale, each.organisation_id): each
            for each in prompts.all_own(db)
        }
        changed = 0
        for path in self._digests.keys() - wanted.keys():
            path.with_suffix(".wav").unlink(missing_ok=True)
            path.with_suffix(".wav16").unlink(missing_ok=True)
            del self._digests[path]
            changed += 1
        for path, own in wanted.items():
            if (
                self._digests.get(path) != own.digest
                and (sound := prompts.sound_of(db, own.organisation_id, own.prompt, own.locale)) is not None
            ):
                _write(path.with_suffix(".wav16"), sound.wide)
                _write(path.with_suffix(".wav"), sound.narrow)
                self._digests[path] = sound.digest
                changed += 1
        return changed

    def _found(self) -> dict[Path, str]:
        digests = {}
        for narrow in (self._folder / OWN).glob("*/*/*.wav"):
            wide = narrow.with_suffix(".wav16")
            digests[narrow.with_suffix("")] = (
                digest_of(narrow.read_bytes(), wide.read_bytes()) if wide.is_file() else ""
            )
        return digests


def _write(path: Path, data: bytes) -> None:
    """Put the file there at once and whole; a call that plays the one before goes on with it."""
    for folder in reversed(path.parents[:3]):
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # Asterisk may be another user
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except OSError:
        os.unlink(partial)
        raise
