"""The stream of changes: from NOTIFY to an open page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from stream_reader import read, until

from dialer.db import Database
from dialer.live import tell_panel
from dialer.store.people import User
from web.live import Hub
from web.stream import Stream


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    hub = Hub(database_url)
    yield hub
    hub.stop()


def listening(hub: Hub, organisation_id: int, *topics: str) -> tuple[Stream, Iterator[bytes]]:
    hub.close(hub.open(organisation_id, []))  # the first one starts the listener
    assert hub.ready.wait(10)
    stream = hub.open(organisation_id, topics)
    messages = stream.messages(beat_s=0.5)
    assert read(messages)[0] == "hello"
    return stream, messages


def tell(db: Database, organisation_id: int, *topics: str) -> None:
    with db.transaction() as connection:
        tell_panel(connection, organisation_id, *topics)


def test_change_reaches_the_page_that_shows_it(hub: Hub, db: Database) -> None:
    _, messages = listening(hub, 7, "list:3")
    tell(db, 7, "list:3")
    assert until(messages, "changed") == ["list:3"]


def test_page_that_was_open_before_the_listener_fetches_everything(hub: Hub) -> None:
    messages = hub.open(7, ["list:3"]).messages(beat_s=0.5)
    assert until(messages, "changed") == ["*"]


def test_other_topics_and_other_organisations_stay_silent(hub: Hub, db: Database) -> None:
    _, messages = listening(hub, 7, "list:3", "user:1")
    tell(db, 8, "list:3", "user:1")
    tell(db, 7, "list:4", "user:2")
    tell(db, 7, "user:1")
    assert until(messages, "changed") == ["user:1"]


def test_page_of_all_lists_hears_of_each(hub: Hub, db: Database) -> None:
    _, messages = listening(hub, 7, "lists", "list:*")
    tell(db, 7, "list:12345")
    assert until(messages, "changed") == ["list:*"]


def test_slow_page_gets_one_message_for_many_changes() -> None:
    stream = Stream(7, ["list:3", "user:1"], database_up=True)
    for _ in range(10_000):
        stream.mark("list:3")
        stream.mark("user:1")
    messages = stream.messages(beat_s=0.01)
    assert [read(messages)[0], read(messages)[1]] == ["hello", ["list:3", "user:1"]]
    assert read(messages)[0] == "beat"


def test_list_that_was_just_told_waits_and_the_user_does_not() -> None:
    stream = Stream(7, ["list:3", "user:1"], database_up=True, list_every_s=lambda: 60)
    messages = stream.messages(beat_s=0.01)
    stream.mark("list:3")
    assert [read(messages)[0], read(messages)[1]] == ["hello", ["list:3"]]
    stream.mark("list:3")
    stream.mark("user:1")
    assert read(messages) == ("changed", ["user:1"])
    assert read(messages)[0] == "beat"


def test_list_that_waits_is_told_in_the_end() -> None:
    stream = Stream(7, ["list:3"], database_up=True, list_every_s=lambda: 0.05)
    messages = stream.messages(beat_s=10)
    for _ in range(3):
        stream.mark("list:3")
        assert until(messages, "changed") == ["list:3"]


def test_closed_page_is_forgotten(hub: Hub) -> None:
    stream, _ = listening(hub, 7, "list:3")
    assert hub.streams == 1
    hub.close(stream)
    assert hub.streams == 0


def test_stop_ends_every_stream(hub: Hub) -> None:
    _, messages = listening(hub, 7, "list:3")
    rest: list[bytes] = []
    reader = threading.Thread(target=lambda: rest.extend(messages))
    reader.start()
    hub.stop()
    reader.join(5)
    assert not reader.is_alive()


def test_database_that_goes_away_is_told_and_everything_is_fetched_when_it_is_back(
    hub: Hub, db: Database, server_url: str, database_url: str
) -> None:
    _, messages = listening(hub, 7, "list:3")
    name = conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(make_conninfo(server_url), autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        until(messages, "beat", database=False)
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    until(messages, "beat", database=True)
    assert until(messages, "changed") == ["*"]
    tell(db, 7, "list:3")
    assert until(messages, "changed") == ["list:3"]


def test_stream_is_only_for_who_is_signed_in(app: Flask) -> None:
    answer = app.test_client().get("/live", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 401


def test_stream_of_ones_own_topics_only(
    app: Flask, as_: Callable[[User], FlaskClient], floor: Floor, ana: User, max_: User
) -> None:
    opened: list[Stream] = []
    hub: Hub = app.extensions["ringpool_hub"]
    usual = hub.open
    hub.open = lambda *given: opened.append(usual(*given)) or opened[-1]  # type: ignore[method-assign, func-returns-value]
    others = "&".join(f"topic={kind}:{max_.id}" for kind in ("user", "ring", "draft"))
    answer = as_(ana).get(f"/live?{others}&topic=ring:{ana.id}&topic=list:3", buffered=False)
    assert answer.mimetype == "text/event-stream"
    assert opened[0].topics == {f"user:{ana.id}", f"ring:{ana.id}", "list:3"}
    assert opened[0].organisation_id == floor.organisation.id
    answer.close()
    assert hub.streams == 0
