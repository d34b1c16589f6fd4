"""`ringpool web`, `ringpool dialer`, `ringpool agi`: the services, each in the foreground."""

from __future__ import annotations

import asyncio
import os
import sys

import click

from cli.context import as_environment, settings_for
from cli.stack.folders import Folders
from dialer.db import Database
from dialer.errors import RingpoolError
from dialer.settings import Settings


class NothingToRun(RingpoolError):
    """The program gunicorn is not installed beside Python; install Ringpool again."""


@click.command("web")
def web_command() -> None:
    """Serve the panel at RINGPOOL_PANEL_HOST and RINGPOOL_PANEL_PORT until a signal ends it."""
    settings = _settings()
    argv = [sys.executable, "-m", "gunicorn", "--config", "python:web.gunicorn_conf", "web.wsgi:app"]
    try:
        os.execve(sys.executable, argv, {**os.environ, **as_environment(settings)})
    except OSError as error:
        raise NothingToRun(f"The panel cannot be started: {error.strerror}.") from error


@click.command("dialer")
def dialer_command() -> None:
    """Dial for one Asterisk (RINGPOOL_NODE) until a signal ends it."""
    from ari_app import main

    main.run(_settings())


@click.command("agi")
def agi_command() -> None:
    """Serve the phones' keypad scripts at RINGPOOL_AGI_HOST and RINGPOOL_AGI_PORT until a signal ends it."""
    from agi_scripts.server import serve

    settings = _settings()
    db = Database(settings.database_url, max_size=4, application_name="ringpool-agi")
    try:
        asyncio.run(serve(db, settings.agi_host, settings.agi_port))
    finally:
        db.close()


def _settings() -> Settings:
    return settings_for(Folders.from_environment())
