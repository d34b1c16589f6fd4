"""What is heard on the node: every playback, and any leg listened in on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp

from cli.stack.asterisk_files import NodeSettings

from .spectrum import tone_levels


class Ears:
    """A second Stasis application on the node that is told of everything and touches nothing."""

    app = "ears"

    def __init__(self, settings: NodeSettings) -> None:
        self.settings = settings
        self.events: list[dict[str, Any]] = []
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Ears:
        self._thread.start()
        assert self._ready.wait(10), "the node's events can be had"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._listening.cancel)
        self._thread.join()

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._listening = self._loop.create_task(self._listen())
            self._loop.run_until_complete(self._listening)
        self._loop.close()

    async def _listen(self) -> None:
        auth = aiohttp.encode_basic_auth(self.settings.ari_user, self.settings.ari_password)
        url = f"{self.settings.ari_url}/events?app={self.app}&subscribeAll=true"
        async with (
            aiohttp.ClientSession(headers={"Authorization": auth}) as http,
            http.ws_connect(url) as socket,
        ):
            self._ready.set()
            async for message in socket:
                self.events.append(json.loads(message.data) | {"heard_at": time.time()})

    def request(self, method: str, path: str, **params: str) -> Any:
        """A request to ARI; None where what is asked about is not there."""
        query = f"?{urlencode(params)}" if params else ""
        asked = urllib.request.Request(self.settings.ari_url + path + query, method=method)
        secret = b64encode(f"{self.settings.ari_user}:{self.settings.ari_password}".encode()).decode()
        asked.add_header("Authorization", f"Basic {secret}")
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                text = answer.read()
                return json.loads(text) if text else {}
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def played_to(self, leg_id: object) -> list[str]:
        """The media that this leg was played, each once."""
        played = (e["playback"] for e in list(self.events) if e["type"].startswith("Playback"))
        return list(dict.fromkeys(p["media_uri"] for p in played if p["target_uri"] == f"channel:{leg_id}"))

    def when_played(self, leg_id: object) -> float:
        """When the first of it began, in seconds since 1970."""
        return next(
            float(event["heard_at"])
            for event in list(self.events)
            if event["type"] == "PlaybackStarted" and event["playback"]["target_uri"] == f"channel:{leg_id}"
        )

    def listen_in(self, leg_id: object, seconds: float) -> Path:
        """Record what is sent to a leg, by a snoop; the file, when it is done.

        Debian's Asterisk takes a sound of its own for a late packet where the same translation had packets
        of a call before (2016_opus_plc.patch), and a leg's snoops share one: a snoop that comes before the
        last one is wholly gone may hear nothing, for as long as the sound lasts.
        """
        name = f"heard-{uuid.uuid4().hex}"
        snoop = self.request("POST", f"/channels/{leg_id}/snoop", spy="out", app=self.app)
        assert snoop is not None, "the leg is there"

        def told(what: str) -> bool:
            return any(e["type"] == what and e["channel"]["id"] == snoop["id"] for e in list(self.events))

        _wait(lambda: told("StasisStart"), "the snoop is there")
        self.request("POST", f"/channels/{snoop['id']}/record", name=name, format="wav")
        time.sleep(seconds)  # what is recorded takes its time
        self.request("POST", f"/recordings/live/{name}/stop")
        self.request("DELETE", f"/channels/{snoop['id']}")
        _wait(lambda: told("ChannelDestroyed"), "the snoop is gone")
        return self.settings.recordings / f"{name}.wav"

    def digits_from(self, leg_id: object) -> list[str]:
        """The keys that were pressed on a leg's phone."""
        pressed = (e for e in list(self.events) if e["type"] == "ChannelDtmfReceived")
        return [e["digit"] for e in pressed if e["channel"]["id"] == str(leg_id)]

    def bridges(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.request("GET", "/bridges")
        return found

    def bridge_of(self, leg_id: object) -> list[str]:
        """Who is in the leg's bridge, the leg included; nobody where it is in none."""
        return next((sorted(b["channels"]) for b in self.bridges() if str(leg_id) in b["channels"]), [])


def _wait(condition: Any, what: str, timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@contextlib.contextmanager
def listening(settings: NodeSettings) -> Iterator[Ears]:
    """Ears on the node."""
    with Ears(settings) as ears:
        yield ears


def hears(ears: Ears, leg_id: object, pitch_hz: int) -> None:
    """Wait until what a leg is sent is this tone and hardly anything else."""
    _wait(
        lambda: tone_levels(ears.listen_in(leg_id, 0.8), pitch_hz)[pitch_hz] > 0.9,
        f"{leg_id} hears {pitch_hz} Hz",
        timeout_s=20,
    )
