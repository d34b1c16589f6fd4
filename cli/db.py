"""`ringpool db`: the schema."""

from __future__ import annotations

import click

from cli.context import running_database, settings_for
from cli.stack.folders import Folders
from dialer.errors import RingpoolError
from dialer.migrate import migrate, pending


class SchemaIsOld(RingpoolError):
    """The database lacks migrations; run 'ringpool db migrate'."""


@click.group("db")
def db_command() -> None:
    """Bring the database to the present schema."""


@db_command.command("migrate")
def migrate_command() -> None:
    """Apply the migrations that the database lacks."""
    folders = Folders.from_environment()
    settings = settings_for(folders)
    with running_database(folders, settings):
        applied = migrate(settings.database_url)
    for name in applied:
        click.echo(f"Applied {name}.")
    click.echo("The database has the present schema.")


@db_command.command("status")
def status_command() -> None:
    """Say which migrations the database lacks; exit 1 if any."""
    folders = Folders.from_environment()
    settings = settings_for(folders)
    with running_database(folders, settings):
        missing = pending(settings.database_url)
    for name in missing:
        click.echo(f"Missing: {name}")
    if missing:
        raise SchemaIsOld("The database lacks migrations; run 'ringpool db migrate'.")
    click.echo("The database has the present schema.")
