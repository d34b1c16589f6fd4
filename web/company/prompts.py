"""Prompts: what is said on the phone in each language, played, replaced by one's own, and put back."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from flask import current_app, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.errors import NotFound, Refused
from dialer.prompts import LOCALES, TEXTS, Prompt, built_sound
from dialer.sounds import MOST_BYTES, read_sound
from dialer.store import prompts
from dialer.store.prompts import OwnPrompt
from web.access import me, tenant
from web.company.blueprint import change, look, saved, show
from web.company.number_pages import now
from web.sentences import said

HERE = "company.prompts"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One prompt in one language, as the page shows it."""

    prompt: Prompt
    locale: str
    text: str
    own: OwnPrompt | None
    can_be_played: bool
    refused: str | None

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"{self.prompt}-{self.locale}"


@look("/prompts", "prompts")
def page() -> ResponseReturnValue:
    """Every prompt in every language."""
    return _show()


@look("/prompts/<prompt>/<locale>.wav", "prompt_sound")
def sound(prompt: str, locale: str) -> ResponseReturnValue:
    """What is heard on the phone: the organisation's own, else Ringpool's."""
    wanted = _wanted(prompt, locale)
    own = prompts.sound_of(tenant(), me().organisation_id, wanted, locale)
    if own is not None:
        return send_file(BytesIO(own.wide), mimetype="audio/wav", download_name=f"{wanted}-{locale}.wav")
    path = _built(wanted, locale)
    if path is None:
        raise NotFound("This machine has no prompts; the doctor says how they are made.")
    return send_file(path, mimetype="audio/wav", download_name=f"{wanted}-{locale}.wav", conditional=True)


@change("/prompts/<prompt>/<locale>", "prompt_upload")
def upload(prompt: str, locale: str) -> ResponseReturnValue:
    """Let an uploaded recording be heard instead."""
    wanted, file = _wanted(prompt, locale), request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Refused("Choose a recording first.")
        heard = read_sound(file.stream.read(MOST_BYTES + 1))
        prompts.upload(tenant(), me().id, wanted, locale, file.filename, heard, now())
    except Refused as error:
        return _show((wanted, locale, said(error))), 422
    saved()
    return redirect(url_for(HERE, _anchor=f"{wanted}-{locale}"))


@change("/prompts/<prompt>/<locale>/remove", "prompt_remove")
def remove(prompt: str, locale: str) -> ResponseReturnValue:
    """Let Ringpool's own be heard again."""
    wanted = _wanted(prompt, locale)
    prompts.remove(tenant(), me().id, wanted, locale)
    flash(gettext("Ringpool's own prompt is heard again."), "success")
    return redirect(url_for(HERE, _anchor=f"{wanted}-{locale}"))


def _show(refused: tuple[Prompt, str, str] | None = None) -> str:
    own = {(each.prompt, each.locale): each for each in prompts.own_prompts(tenant(), me().organisation_id)}
    rows = {
        prompt: [
            Spoken(
                prompt,
                locale,
                TEXTS[prompt][locale],
                own.get((prompt, locale)),
                (prompt, locale) in own or _built(prompt, locale) is not None,
                refused[2] if refused and refused[:2] == (prompt, locale) else None,
            )
            for locale in LOCALES
        ]
        for prompt in Prompt
    }
    return show("prompts.html", HERE, rows=rows)


def _wanted(prompt: str, locale: str) -> Prompt:
    if prompt not in set(Prompt) or locale not in LOCALES:
        raise NotFound("There is no such prompt.")
    return Prompt(prompt)


def _built(prompt: Prompt, locale: str) -> Path | None:
    """Ringpool's own sound, where this machine sees the prompts folder."""
    folder: Path | None = current_app.config["RINGPOOL_PROMPTS"]
    path = folder / f"{built_sound(prompt, locale)}.wav16" if folder is not None else None
    return path if path is not None and path.is_file() else None
