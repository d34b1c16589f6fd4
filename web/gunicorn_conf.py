"""gunicorn: threads, because every open page holds one for its stream of changes."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Any

from dialer.settings import from_environment

_settings = from_environment()

bind = f"{_settings.panel_host}:{_settings.panel_port}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 250
worker_connections = 1000
timeout = 60
graceful_timeout = 4
keepalive = 2
# Call Activity's address names up to 200 numbers and 200 agents.
limit_request_line = 8190
accesslog = None
errorlog = "-"
loglevel = "warning"
proc_name = "ringpool-panel"
# Its socket would lie in the home folder, where Ringpool writes nothing.
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None


def post_worker_init(worker: Any) -> None:
    """End the open streams first when the worker is told to stop: they would outlive the grace time."""
    usual = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        worker.app.wsgi().extensions["ringpool_hub"].stop()
        if callable(usual):
            usual(number, frame)

    signal.signal(signal.SIGTERM, stop)
