"""Secrets made once per installation and kept in the home, readable by its owner only."""

import fcntl
import json
import os
import secrets
from pathlib import Path

from cli.stack.folders import make_private


def secret(home: Path, name: str) -> str:
    """The secret of that name, 32 hexadecimal digits; made at the first asking, the same ever after."""
    make_private(home)
    descriptor = os.open(home / "secrets.json", os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        known: dict[str, str] = json.loads(text) if text else {}
        if name not in known:
            known[name] = secrets.token_hex(16)
            file.seek(0)
            json.dump(known, file, indent=1)
            file.truncate()
        return known[name]
