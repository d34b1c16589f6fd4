"""A folder in memory for what need not outlive a run: databases are cloned several times as fast there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
NAME = "ringpool-tests-"
ENOUGH = 2 * 2**30
"""Bytes. The clones of a run come to a few hundred megabytes at a time; containers often have 64."""


@contextmanager
def quick_folder(otherwise: Path) -> Iterator[Path]:
    """A new folder in memory, gone afterwards; ``otherwise``, where there is too little room."""
    try:
        if shutil.disk_usage(MEMORY).free < ENOUGH:
            yield otherwise
            return
    except OSError:
        yield otherwise
        return
    _clear_up()
    with tempfile.TemporaryDirectory(
        dir=MEMORY, prefix=f"{NAME}{os.getpid()}-", ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


def _clear_up() -> None:
    """Remove what runs have left that were killed."""
    for folder in MEMORY.glob(f"{NAME}*"):
        pid = folder.name.removeprefix(NAME).partition("-")[0]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)
