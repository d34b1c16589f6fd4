"""A bare ARI connection for tests: it sends requests, and remembers every event of its application."""

import asyncio
import json
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

from asterisk_conf.accounts import PushedObject
from cli.stack.asterisk_files import NodeSettings

Event = dict[str, Any]


class AriWitness:
    """`async with AriWitness(settings, "test-app") as ari`. Channel ids are made here and of fixed length."""

    def __init__(self, settings: NodeSettings, app: str = "ringpool") -> None:
        self._settings = settings
        self._app = app
        self.events: list[Event] = []
        self._arrived = asyncio.Condition()

    async def __aenter__(self) -> Self:
        authorization = aiohttp.encode_basic_auth(self._settings.ari_user, self._settings.ari_password)
        self._http = aiohttp.ClientSession(headers={"Authorization": authorization})
        self._socket = await self._http.ws_connect(f"{self._settings.ari_url}/events?app={self._app}")
        self._reader = asyncio.create_task(self._read())
        # A dialer that had this application's name before may have left its filter.
        await self.request("PUT", f"/applications/{self._app}/eventFilter", {})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.cancel()
        await self._socket.close()
        await self._http.close()

    async def _read(self) -> None:
        async for message in self._socket:
            async with self._arrived:
                self.events.append(json.loads(message.data))
                self._arrived.notify_all()

    async def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Status and JSON (None where there is no body)."""
        async with self._http.request(method, self._settings.ari_url + path, json=body) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def dial(self, endpoint: str, timeout_s: int = 30, **fields: Any) -> str:
        """Originate to the application; the new channel's id."""
        channel_id = uuid.uuid4().hex
        body = {
            "endpoint": endpoint,
            "app": self._app,
            "timeout": timeout_s,
            "callerId": "46810000000",
            **fields,
        }
        status, answer = await self.request("POST", f"/channels/{channel_id}", body)
        assert status == 200, answer
        return channel_id

    async def push(self, *objects: PushedObject) -> None:
        """Push objects, an aor only where it is missing."""
        for thing in objects:
            if thing.kind == "aor" and (await self.request("GET", thing.path))[0] == 200:
                continue
            status, answer = await self.request("PUT", thing.path, thing.body())
            assert status == 200, answer

    async def wait_for(self, condition: Callable[[Event], bool]) -> Event:
        """The first event, past or coming, for which `condition` holds."""
        async with self._arrived:
            while True:
                for event in self.events:
                    if condition(event):
                        return event
                await self._arrived.wait()

    async def wait_for_type(self, channel_id: str, kind: str) -> Event:
        """The channel's first event of that type."""
        return await self.wait_for(lambda event: event["type"] == kind and channel_of(event) == channel_id)

    def of(self, channel_id: str) -> list[Event]:
        """The channel's events so far."""
        return [event for event in self.events if channel_of(event) == channel_id]


async def until(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; for what sends no event, such as a file or another program's state."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def channel_of(event: Event) -> str | None:
    """The id of the channel that an event is about."""
    channel = event.get("channel") or event.get("peer") or {}
    found: str | None = channel.get("id")
    return found
