"""A small ARI client on aiohttp, named after ari-py's resources.

Requests go over a keep-alive pool, events come over one WebSocket that is
opened again with backoff. Every request has a timeout; failures are typed.
Only this module speaks to Asterisk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from enum import Enum
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
import structlog

from dialer.errors import RingpoolError

log = structlog.get_logger("ringpool.ari")

REQUEST_TIMEOUT_S = 5.0
CONNECTIONS = 64

IDLE_S = 15.0
"""Shorter than http.conf's session_keep_alive (30 s): a request never meets a connection just closed."""

HEARTBEAT_S = 10.0
BACKOFF_FIRST_S, BACKOFF_LONGEST_S = 0.1, 5.0

Json = dict[str, Any]


class Link(Enum):
    """Whether events reach us."""

    UP = "up"
    DOWN = "down"


class AriError(RingpoolError):
    """Asterisk answered with an error; ``status`` is HTTP's."""

    def __init__(self, status: int, what: str, said: str) -> None:
        super().__init__(f"Asterisk refused {what} ({status} {said}); see its log for why.")
        self.status = status


class AriNotFound(AriError):
    """404: the channel, bridge or recording is no more."""


class AriConflict(AriError):
    """409: the id exists, or the state does not allow it."""


class AriUnprocessable(AriError):
    """422: the channel is not in the application yet, or not any more."""


class AriUnavailable(RingpoolError):
    """No connection to Asterisk: nothing was asked of it."""


class AriTimeout(RingpoolError):
    """Asterisk did not answer in time: whether it did what was asked is not known."""


class AriCutOff(AriTimeout):
    """The connection broke before the answer: whether Asterisk did what was asked is not known."""


_BY_STATUS = {404: AriNotFound, 409: AriConflict, 422: AriUnprocessable}


class Ari:
    """A connection to one Asterisk for one Stasis application.

    Use as an async context manager. ``url`` ends in ``/ari``.
    """

    def __init__(self, url: str, user: str, password: str, app: str) -> None:
        self.app = app
        self._url = url.rstrip("/")
        self._auth = aiohttp.encode_basic_auth(user, password)
        self._http: aiohttp.ClientSession | None = None
        self.channels = Channels(self)
        self.bridges = Bridges(self)
        self.recordings = Recordings(self)
        self.playbacks = Playbacks(self)
        self.applications = Applications(self)
        self.asterisk = Asterisk(self)

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            headers={"Authorization": self._auth},
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_S),
            timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S),
            json_serialize=lambda value: orjson.dumps(value).decode(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def request(
        self, method: str, path: str, params: Mapping[str, str] | None = None, body: Json | None = None
    ) -> Any:
        """Send one request and return the decoded answer, None for an empty one.

        Raises AriError by status, AriUnavailable when no connection was made, AriTimeout
        when the answer did not come, AriCutOff when the connection broke before it.
        """
        assert self._http is not None, "use Ari as an async context manager"
        what = f"{method} {path}"
        try:
            async with self._http.request(method, self._url + path, params=params, json=body) as response:
                text = await response.read()
                if response.status >= 400:
                    said = _message(text) or response.reason or ""
                    raise _BY_STATUS.get(response.status, AriError)(response.status, what, said)
                return _decoded(text, what)
        except aiohttp.ClientConnectorError as error:
            raise AriUnavailable(
                "Asterisk does not answer; is it running, and is RINGPOOL_ARI_URL right?"
            ) from error
        except TimeoutError as error:
            raise AriTimeout(f"Asterisk did not answer {what} in time.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise AriCutOff(f"The connection to Asterisk broke while it was asked {what}.") from error

    async def events(self) -> AsyncGenerator[Json | Link, None]:
        """Yield events for ever, as JSON objects, and a Link each time the WebSocket comes or goes.

        Between a DOWN and the next UP, events were missed: reconcile. Raises AriError when
        the first connection is refused for its user or password; later that is waited out.
        """
        assert self._http is not None, "use Ari as an async context manager"
        wait_s, was_up = BACKOFF_FIRST_S, False
        while True:
            is_up = False
            try:
                async with self._http.ws_connect(
                    self._url + "/events",
                    params={"app": self.app},
                    heartbeat=HEARTBEAT_S,
                    max_msg_size=16 * 1024 * 1024,
                ) as socket:
                    wait_s, was_up, is_up = BACKOFF_FIRST_S, True, True
                    yield Link.UP
                    async for message in socket:
                        if message.type is aiohttp.WSMsgType.TEXT and (event := _event(message.data)):
                            yield event
            except aiohttp.WSServerHandshakeError as error:
                if error.status in (401, 403) and not was_up:
                    raise AriError(error.status, "the events WebSocket", "wrong user or password") from error
                log.warning("asterisk refused the events connection", status=error.status)
            except (TimeoutError, aiohttp.ClientError, OSError):
                pass  # not there yet, or gone: tried again below
            if is_up:
                yield Link.DOWN
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, BACKOFF_LONGEST_S)


def _decoded(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError as error:
        raise AriError(200, what, "with an answer that is no JSON") from error


def _event(text: str) -> Json | None:
    """An event, or None for a message that is none: said, and passed over."""
    try:
        event = orjson.loads(text)
    except orjson.JSONDecodeError:
        event = None
    if isinstance(event, dict) and isinstance(event.get("type"), str):
        return event
    log.warning("asterisk sent something that is no event", bytes=len(text))
    return None


def _message(text: bytes) -> str:
    try:
        return str(orjson.loads(text).get("message", ""))
    except (orjson.JSONDecodeError, AttributeError):
        return ""


class _Resource:
    def __init__(self, ari: Ari) -> None:
        self._ari = ari


class Channels(_Resource):
    """``/channels``"""

    async def list(self) -> list[Json]:
        found: list[Json] = await self._ari.request("GET", "/channels")
        return found

    async def get(self, channel_id: str) -> Json:
        found: Json = await self._ari.request("GET", f"/channels/{channel_id}")
        return found

    async def originate(
        self,
        channel_id: str,
        endpoint: str,
        *,
        caller_id: str,
        timeout_s: int,
        formats: str,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Call ``endpoint`` under our own channel id; it enters the application when it answers."""
        params = {
            "endpoint": endpoint,
            "app": self._ari.app,
            "timeout": str(timeout_s),
            "formats": formats,
        }
        if caller_id:
            params["callerId"] = caller_id
        body = {"variables": dict(variables)} if variables else None
        await self._ari.request("POST", f"/channels/{channel_id}", params, body)

    async def hangup(self, channel_id: str) -> None:
        await self._ari.request("DELETE", f"/channels/{channel_id}")

    async def mute(self, channel_id: str, direction: str) -> None:
        """``in``: what the channel says goes nowhere; ``out``: it is sent nothing; or ``both``."""
        await self._ari.request("POST", f"/channels/{channel_id}/mute", {"direction": direction})

    async def unmute(self, channel_id: str, direction: str) -> None:
        await self._ari.request("DELETE", f"/channels/{channel_id}/mute", {"direction": direction})

    async def start_moh(self, channel_id: str, moh_class: str) -> None:
        """Music for this channel alone, also while it is in a bridge."""
        await self._ari.request("POST", f"/channels/{channel_id}/moh", {"mohClass": moh_class})

    async def stop_moh(self, channel_id: str) -> None:
        await self._ari.request("DELETE", f"/channels/{channel_id}/moh")

    async def play(self, channel_id: str, media: Sequence[str], playback_id: str = "") -> None:
        """Play media URIs one after another, as this playback; one PlaybackFinished at the end."""
        await self._ari.request(
            "POST", f"/channels/{channel_id}/play/{playback_id}".rstrip("/"), body={"media": list(media)}
        )


class Bridges(_Resource):
    """``/bridges``"""

    async def list(self) -> list[Json]:
        found: list[Json] = await self._ari.request("GET", "/bridges")
        return found

    async def get(self, bridge_id: str) -> Json:
        found: Json = await self._ari.request("GET", f"/bridges/{bridge_id}")
        return found

    async def create(self, bridge_id: str, name: str) -> None:
        await self._ari.request("POST", f"/bridges/{bridge_id}", {"type": "mixing", "name": name})

    async def destroy(self, bridge_id: str) -> None:
        await self._ari.request("DELETE", f"/bridges/{bridge_id}")

    async def add_channel(self, bridge_id: str, channel_id: str) -> None:
        await self._ari.request("POST", f"/bridges/{bridge_id}/addChannel", {"channel": channel_id})

    async def remove_channel(self, bridge_id: str, channel_id: str) -> None:
        await self._ari.request("POST", f"/bridges/{bridge_id}/removeChannel", {"channel": channel_id})

    async def start_moh(self, bridge_id: str, moh_class: str) -> None:
        await self._ari.request("POST", f"/bridges/{bridge_id}/moh", {"mohClass": moh_class})

    async def stop_moh(self, bridge_id: str) -> None:
        await self._ari.request("DELETE", f"/bridges/{bridge_id}/moh")

    async def play(self, bridge_id: str, playback_id: str, media: Sequence[str]) -> None:
        """Play media URIs one after another to everybody in the bridge, as this playback."""
        await self._ari.request(
            "POST", f"/bridges/{bridge_id}/play/{playback_id}", body={"media": list(media)}
        )

    async def record(self, bridge_id: str, name: str) -> None:
        await self._ari.request(
            "POST", f"/bridges/{bridge_id}/record", {"name": name, "format": "wav", "ifExists": "fail"}
        )


class Recordings(_Resource):
    """``/recordings``"""

    async def stop(self, name: str) -> None:
        await self._ari.request("POST", f"/recordings/live/{name}/stop")

    async def pause(self, name: str) -> None:
        """Nothing is recorded until ``unpause``; the sound has no gap there."""
        await self._ari.request("POST", f"/recordings/live/{name}/pause")

    async def unpause(self, name: str) -> None:
        await self._ari.request("DELETE", f"/recordings/live/{name}/pause")


class Playbacks(_Resource):
    """``/playbacks``"""

    async def get(self, playback_id: str) -> Json:
        found: Json = await self._ari.request("GET", f"/playbacks/{playback_id}")
        return found

    async def stop(self, playback_id: str) -> None:
        await self._ari.request("DELETE", f"/playbacks/{playback_id}")


class Applications(_Resource):
    """``/applications``"""

    async def allow_events(self, *kinds: str) -> None:
        """Let Asterisk send only these event types to our application."""
        await self._ari.request(
            "PUT",
            f"/applications/{self._ari.app}/eventFilter",
            body={"allowed": [{"type": kind} for kind in kinds]},
        )


class Asterisk(_Resource):
    """``/asterisk``"""

    async def info(self) -> Json:
        found: Json = await self._ari.request("GET", "/asterisk/info")
        return found
