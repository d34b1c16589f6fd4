"""`ringpool`: every command of the installation, each in a file of its own."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click

from dialer.errors import RingpoolError

COMMANDS = {
    "agi": ("cli.services", "Serve the phones' keypad scripts to Asterisk."),
    "asterisk": ("cli.asterisk", "The configuration for an Asterisk of your own."),
    "calls": ("cli.calls", "Call Activity as a file."),
    "campaign": ("cli.campaigns", "Campaigns: how posted leads are rung for."),
    "db": ("cli.db", "Bring the database to the present schema."),
    "dialer": ("cli.services", "Dial: the service between the database and one Asterisk."),
    "docs": ("cli.states", "Write the documents that come from the code."),
    "demo": ("cli.demo", "Dial a list in a simulated world, on a real Asterisk."),
    "dnc": ("cli.company", "Do Not Call: numbers that are never called."),
    "doctor": ("cli.doctor", "Name what is wrong, and the next step."),
    "group": ("cli.campaigns", "Distribution groups: whom leads may ring."),
    "importer": (
        "cli.importer",
        "Read uploaded lists and deliver webhooks: the service for what takes its time.",
    ),
    "lead": ("cli.leads", "Post leads and see what became of them."),
    "list": ("cli.lists", "Import lists and say who dials them."),
    "org": ("cli.organisations", "Organisations and their settings."),
    "park": ("cli.company", "Numbers out of dialing until a day."),
    "prompts": ("cli.prompts", "What is said on the phone: build it, list it, replace it."),
    "team": ("cli.people", "Teams and who is in them."),
    "up": ("cli.up", "Start everything and dial over a real trunk."),
    "user": ("cli.people", "The people who sign in."),
    "why": ("cli.why", "Why is this prospect not being dialed?"),
    "web": ("cli.services", "Serve the panel."),
}
"""Name → the module that holds it (as NAME_command) and its one line of help. Loaded when used."""


class RingpoolGroup(click.Group):
    """Loads a command's module when it is used, and says an error in one sentence."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[name][0]), f"{name}_command")
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except RingpoolError as error:
            click.echo(str(error) or type(error).__doc__, err=True)
            sys.exit(1)


def _version() -> str:
    try:
        return version("ringpool")
    except PackageNotFoundError:
        return "of this checkout"


@click.group(cls=RingpoolGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="ringpool")
def cli() -> None:
    """An outbound call center on your own Asterisk.

    Settings come from the environment (DATABASE_URL, RINGPOOL_...); what it leaves open, from what
    `ringpool up` left in the home folder.
    """


if __name__ == "__main__":
    cli()
