"""What a command works with: the settings and the database of this installation.

The environment comes first. What it leaves open comes from the file that `ringpool up` and
`ringpool demo` leave in the home folder; without DATABASE_URL in either, it is the embedded
database there, started for the command where nothing runs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from cli.stack.folders import Folders, make_private
from cli.stack.postgres import EmbeddedPostgres
from dialer.db import Database
from dialer.migrate import migrate
from dialer.settings import BadSetting, Settings, from_environment

FILE_NAME = "ringpool.env"
"""Lines of NAME=value, named as in the environment; a shell and systemd can read it too."""

# Where a setting's name in the environment is not RINGPOOL_ and the field's name.
_NAMES = {"database_url": "DATABASE_URL", "trunk": "RINGPOOL_TRUNK_ENDPOINT"}


def as_environment(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, for services that are started with them."""
    values = {
        _NAMES.get(field.name, f"RINGPOOL_{field.name.upper()}"): getattr(settings, field.name)
        for field in fields(settings)
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def write_settings(folder: Path, settings: Settings) -> Path:
    """Leave the settings in the folder for commands to find, readable by their owner only."""
    make_private(folder)
    lines = []
    for name, value in as_environment(settings).items():
        if "\n" in value:
            raise BadSetting(f"{name} holds a line break; write it on one line.")
        lines.append(f"{name}={value}\n")
    path = folder / FILE_NAME
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)
    return new.rename(path)


def read_settings(folder: Path) -> dict[str, str]:
    """The variables that `write_settings` left in the folder; none where there is no such file."""
    try:
        text = (folder / FILE_NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadSetting(f"{folder / FILE_NAME} cannot be read: {error.strerror}.") from error
    pairs = (line.partition("=") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def settings_for(folders: Folders, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this installation. Raises BadSetting."""
    given = os.environ if environ is None else environ
    env = {**read_settings(folders.home), **{name: value for name, value in given.items() if value}}
    if not env.get("DATABASE_URL") and not env.get("DATABASE_URL_FILE"):
        env["DATABASE_URL"] = EmbeddedPostgres.in_home(folders).url
    return from_environment(env)


@contextmanager
def running_database(folders: Folders, settings: Settings) -> Iterator[None]:
    """See to it that the embedded database runs, if it is the one meant; another is left alone.

    One that had to be started is brought to the present schema, and stopped at the end.
    """
    if not is_embedded(folders, settings):
        yield
        return
    embedded = EmbeddedPostgres.in_home(folders)
    if embedded.is_ready():
        yield
        return
    with embedded:
        migrate(settings.database_url)
        yield


def is_embedded(folders: Folders, settings: Settings) -> bool:
    """Whether the settings mean the database in the home folder."""
    return settings.database_url == EmbeddedPostgres.in_home(folders).url


@contextmanager
def open_database(*, connections: int = 2) -> Iterator[Database]:
    """The database of this installation, for the length of a command."""
    folders = Folders.from_environment()
    settings = settings_for(folders)
    with running_database(folders, settings):
        database = Database(settings.database_url, max_size=connections, application_name="ringpool-cli")
        try:
            yield database
        finally:
            database.close()
