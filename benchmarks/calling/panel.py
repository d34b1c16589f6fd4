"""The panel on the stage, as in production."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.calling.stage import Stage
from cli.context import as_environment
from cli.stack.ports import free_ports
from cli.stack.process import Child, Service
from dialer.settings import Settings


@contextmanager
def panel(stage: Stage, secret_key: str, checkout: Path | None = None) -> Iterator[tuple[str, int]]:
    """The panel of this checkout or of another; its address and its leader's process id."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    settings = Settings(database_url=stage.database_url, secret_key=secret_key, panel_port=port)
    child = Child(
        Service(
            name="The panel",
            argv=(sys.executable, "-m", "gunicorn", "-c", "python:web.gunicorn_conf", "web.wsgi:app"),
            log=stage.folder / "panel.log",
            ready=lambda: _answers(f"{url}/healthz"),
            env={**as_environment(settings), "XDG_CACHE_HOME": str(stage.folder)},
            cwd=checkout,
        )
    )
    try:
        child.wait_ready()
        yield url, child.pid
    finally:
        child.stop()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False
