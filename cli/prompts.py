"""`ringpool prompts`: what is said on the phone."""

from __future__ import annotations

from pathlib import Path

import click

from cli import choosing
from cli.context import open_database, settings_for
from cli.stack.folders import Folders
from cli.stack.prompt_files import build_prompts
from dialer.clock import now
from dialer.prompts import LOCALES, TEXTS, Prompt
from dialer.settings import BadSetting
from dialer.sounds import MOST_BYTES, read_sound
from dialer.store import prompts

by_option = click.option("--by", metavar="EMAIL", help="Who does it; the first admin if left out.")
prompt_argument = click.argument("prompt", type=click.Choice([prompt.value for prompt in Prompt]))
locale_argument = click.argument("locale", type=click.Choice(LOCALES))


@click.group("prompts")
def prompts_command() -> None:
    """What is said on the phone."""


@prompts_command.command("build")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
def build(folder: Path | None) -> None:
    """Speak every prompt into FOLDER (RINGPOOL_PROMPTS), where Asterisk and the dialer find them.

    `ringpool up` does it by itself for an Asterisk of ours. What is there already is not made again.
    """
    wanted = folder or settings_for(Folders.from_environment()).prompts
    if wanted is None:
        raise BadSetting("Say where: 'ringpool prompts build FOLDER', or set RINGPOOL_PROMPTS.")
    made = build_prompts(wanted.absolute())
    click.echo(f"The prompts {'are' if made else 'were already'} in {wanted.absolute()}.")
    click.echo(f"Give it to the dialer and the panel: RINGPOOL_PROMPTS={wanted.absolute()}")


@prompts_command.command("list")
@choosing.organisation_option
def list_prompts(org: str | None) -> None:
    """Each prompt, its words, and where the organisation has put its own."""
    with open_database() as db:
        found = prompts.own_prompts(db, choosing.organisation(db, org).id)
    own = {(each.prompt, each.locale): each for each in found}
    for prompt, texts in TEXTS.items():
        for locale, text in texts.items():
            upload = own.get((prompt, locale))
            heard = f"{upload.file_name}, {upload.seconds:.1f} s" if upload else text
            click.echo(f"{prompt:<24} {locale}  {'own: ' if upload else ''}{heard}")


@prompts_command.command("upload")
@prompt_argument
@locale_argument
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@by_option
@choosing.organisation_option
def upload(prompt: str, locale: str, file: Path, by: str | None, org: str | None) -> None:
    """Let the organisation's own recording be heard: WAV, MP3, OGG or FLAC of at most 60 seconds."""
    with file.open("rb") as opened:
        sound = read_sound(opened.read(MOST_BYTES + 1))
    with open_database() as db:
        acting = choosing.admin(db, choosing.organisation(db, org), by)
        prompts.upload(db, acting.id, Prompt(prompt), locale, file.name, sound, now())
    click.echo(f"{file.name} is heard as {prompt} ({locale}), {sound.seconds:.1f} s.")


@prompts_command.command("remove")
@prompt_argument
@locale_argument
@by_option
@choosing.organisation_option
def remove(prompt: str, locale: str, by: str | None, org: str | None) -> None:
    """Let Ringpool's own prompt be heard again."""
    with open_database() as db:
        acting = choosing.admin(db, choosing.organisation(db, org), by)
        prompts.remove(db, acting.id, Prompt(prompt), locale)
    click.echo(f"Ringpool's own {prompt} ({locale}) is heard again.")
