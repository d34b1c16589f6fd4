"""Prompts are heard on phones: Ringpool's own, and what an organisation puts in their place."""

from __future__ import annotations

import asyncio
import io
import math
import struct
import uuid
import wave
from pathlib import Path
from typing import Any

import pytest

from ari_app.client import Ari
from ari_app.commands import Commands
from ari_app.metrics import Metrics
from cli.stack.prompt_files import build_prompts
from dialer.calls.commands import PlayMessage
from dialer.clock import now
from dialer.prompts import Prompt, media_uri
from dialer.sounds import read_sound
from dialer.store import prompts

from .conftest import AGENT_EXTENSIONS, Node
from .ears import Ears
from .rig import Rig, until
from .spectrum import loudness, tone_levels

TONE_HZ = 1300


def humming(seconds: float, pitch_hz: int = TONE_HZ) -> bytes:
    """A WAV file with a tone in it."""
    rate = 22050
    samples = (8000 * math.sin(2 * math.pi * pitch_hz * n / rate) for n in range(int(seconds * rate)))
    into = io.BytesIO()
    with wave.open(into, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", round(sample)) for sample in samples))
    return into.getvalue()


class Stage:
    """A phone of the outside world, called by the node and played to as the dialer does it."""

    def __init__(self, node: Node, ears: Ears, prompts_folder: Path | None = None) -> None:
        self.node, self.ears = node, ears
        self.prompts = prompts_folder or node.settings.prompts
        self.leg_id = uuid.uuid4()

    def call(self, extension: str, formats: str) -> None:
        """Call the phone and wait until it has picked up."""
        self.ears.request(
            "POST",
            f"/channels/{self.leg_id}",
            endpoint=f"PJSIP/{extension}",
            app=self.ears.app,
            formats=formats,
            timeout="20",
        )
        until(self._is_up, "the phone is on the line")

    def _is_up(self) -> bool:
        return any(
            e["type"] == "StasisStart" and e["channel"]["id"] == str(self.leg_id)
            for e in list(self.ears.events)
        )

    def say(self, media: str) -> tuple[str, float]:
        """Play media; what Asterisk was told to play, and how many seconds it took."""
        before = len(self.ears.events)
        asyncio.run(self._send(media))

        def ended() -> dict[str, Any] | None:
            found = [e for e in self.ears.events[before:] if e["type"] == "PlaybackFinished"]
            return next((e for e in found if e["playback"]["target_uri"] == f"channel:{self.leg_id}"), None)

        end = until(ended, "it was played")
        assert end["playback"]["state"] == "done", end
        begin = next(e for e in self.ears.events[before:] if e["type"] == "PlaybackStarted")
        return str(end["playback"]["media_uri"]), float(end["heard_at"]) - float(begin["heard_at"])

    async def _send(self, media: str) -> None:
        settings = self.node.settings
        async with Ari(settings.ari_url, settings.ari_user, settings.ari_password, "ringpool") as ari:
            commands = Commands(ari, Metrics(), "ulaw", "test", self.prompts)
            assert await commands.send([PlayMessage(self.leg_id, media)]) == []

    def hear(self, media: str, seconds: float) -> Path:
        """What the phone is sent while the media plays."""
        asyncio.run(self._send(media))
        return self.ears.listen_in(self.leg_id, seconds)

    def hang_up(self) -> None:
        self.ears.request("DELETE", f"/channels/{self.leg_id}")


@pytest.mark.parametrize("formats", ["ulaw", "alaw"])
@pytest.mark.parametrize("locale", ["en", "sv"])
def test_a_built_prompt_is_heard_as_long_as_it_was_built(
    rig: Rig, ears: Ears, node: Node, formats: str, locale: str
) -> None:
    rig.start_dialer()
    rig.phones_register("Ana")
    built = node.settings.prompts / locale / "press_1.wav"
    with wave.open(str(built)) as file:
        seconds = file.getnframes() / file.getframerate()
    stage = Stage(node, ears)
    stage.call(AGENT_EXTENSIONS[0], formats)
    media, took_s = stage.say(media_uri(Prompt.PRESS_1, locale))
    assert media == f"sound:{built.with_suffix('')}"
    assert abs(took_s - seconds) < 0.4, (took_s, seconds)
    assert loudness(stage.hear(media_uri(Prompt.PRESS_1, locale), seconds - 0.5)) > 500
    stage.hang_up()


def test_an_organisations_own_replaces_it_while_everything_runs_and_goes_again(
    rig: Rig, ears: Ears, node: Node
) -> None:
    ada = rig.hire_admin()
    rig.start_dialer()
    rig.phones_register("Ana")
    stage = Stage(node, ears)
    stage.call(AGENT_EXTENSIONS[0], "ulaw")
    with rig.db.transaction() as connection:
        assert prompts.media_of(connection, rig.organisation_id, Prompt.PRESS_1, "en") == "prompt:en/press_1"

    prompts.upload(rig.db, ada, Prompt.PRESS_1, "en", "ours.wav", read_sound(humming(2)), now())
    with rig.db.transaction() as connection:
        media = prompts.media_of(connection, rig.organisation_id, Prompt.PRESS_1, "en")
    own = node.settings.prompts / f"own/{rig.organisation_id}/en/press_1.wav"
    until(own.exists, "the dialer has written it out")
    heard = stage.hear(media, 1.2)
    assert tone_levels(heard, TONE_HZ)[TONE_HZ] > 0.8
    played_own = f"sound:{own.with_suffix('')}"
    until(
        lambda: any(
            event["type"] == "PlaybackFinished" and event["playback"]["media_uri"] == played_own
            for event in ears.events
        ),
        "it was played to its end",
    )

    prompts.remove(rig.db, ada, Prompt.PRESS_1, "en")
    until(lambda: not own.exists(), "the dialer has removed it")
    played, _ = stage.say(media)
    assert played == f"sound:{node.settings.prompts}/en/press_1"
    stage.hang_up()


def test_a_folder_may_have_any_name(rig: Rig, ears: Ears, node: Node, tmp_path: Path) -> None:
    rig.start_dialer()
    rig.phones_register("Ana")
    folder = tmp_path / "Röst, ton & ljud"
    build_prompts(folder)
    stage = Stage(node, ears, folder)
    stage.call(AGENT_EXTENSIONS[0], "ulaw")
    media, took_s = stage.say(f"{media_uri(Prompt.LEAD_TAKEN, 'en')},sound:beep")
    assert (media, took_s > 2) == ("sound:beep", True)
    assert ears.played_to(stage.leg_id) == [f"sound:{folder}/en/lead_taken", "sound:beep"]
    stage.hang_up()


def test_where_a_prompt_is_missing_asterisks_own_sounds_say_it(rig: Rig, ears: Ears, node: Node) -> None:
    rig.start_dialer()
    rig.phones_register("Ana")
    built = node.settings.prompts / "en" / "lead_taken.wav"
    kept = built.rename(built.with_suffix(".kept"))
    try:
        stage = Stage(node, ears)
        stage.call(AGENT_EXTENSIONS[0], "ulaw")
        stage.say(media_uri(Prompt.LEAD_TAKEN, "en"))
        assert ears.played_to(stage.leg_id) == ["sound:im-sorry", "sound:vm-goodbye"]
        stage.hang_up()
    finally:
        kept.rename(built)
