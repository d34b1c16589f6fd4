"""The team grid over the stream: which rows come, to whom, and when a page must fetch the whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor, now
from stream_reader import read, until

from dialer.live import tell_panel
from dialer.store import people, sessions
from dialer.store.people import Role, User
from web.live import Hub
from web.stream import ROWS_WAITING, Stream

Browser = Callable[[User], FlaskClient]


@dataclass
class Reader:
    """An open page that shows the grid of a list."""

    list_id: int
    stream: Stream
    messages: Iterator[bytes]

    def told_to_fetch(self) -> None:
        while self.topic not in (told := until(self.messages, "changed")):  # type: ignore[operator]
            assert told

    def rows(self) -> dict[str, Any]:
        """The next rows; a page that is told to fetch its grid meanwhile fails."""
        for _ in range(200):
            event, data = read(self.messages)
            assert not (event == "changed" and self.topic in data), data  # type: ignore[operator]
            if event == "rows":
                assert isinstance(data, dict)
                return data
        raise AssertionError("no rows")

    def nothing_came(self, touch: Callable[[str], None]) -> None:
        """Neither rows nor a word about the grid, until the company changes."""
        touch("company")
        for _ in range(200):
            event, data = read(self.messages)
            assert event != "rows", data
            if event == "changed":
                assert self.topic not in data  # type: ignore[operator]
                if "company" in data:  # type: ignore[operator]
                    return
        raise AssertionError("the stream is dead")

    @property
    def topic(self) -> str:
        return f"grid:{self.list_id}"


@pytest.fixture
def hub(app: Flask) -> Hub:
    hub: Hub = app.extensions["ringpool_hub"]
    hub.close(hub.open(0, []))  # the first one starts the listener
    assert hub.ready.wait(10)
    return hub


@pytest.fixture
def list_id(floor: Floor, max_: User, ana: User, abe: User) -> int:
    return floor.add_list(max_, ana, abe)


@pytest.fixture
def shows(hub: Hub) -> Callable[..., Reader]:
    """A page of the user that shows the list's grid, as if ``/live`` had let it."""

    def open_page(user: User, list_id: int, *, settled: bool = True) -> Reader:
        topics = [f"grid:{list_id}", "company"]
        stream = hub.open(user.organisation_id, topics, user.id, user.locale)
        reader = Reader(list_id, stream, stream.messages(beat_s=0.5))
        assert read(reader.messages)[0] == "hello"
        if settled:
            reader.told_to_fetch()
        return reader

    return open_page


def pause(floor: Floor, user: User) -> None:
    sessions.ask_pause(floor.tenant, user.id, "Lunch", now())


def resume(floor: Floor, user: User) -> None:
    sessions.resume(floor.tenant, user.id, now())


def touch(floor: Floor, *topics: str) -> None:
    with floor.db.transaction() as connection:
        tell_panel(connection, floor.organisation.id, *topics)


def test_changed_row_comes_by_the_stream_without_a_fetch(
    shows: Callable[..., Reader], floor: Floor, ana: User, abe: User, list_id: int
) -> None:
    for who in (ana, abe):
        floor.sit_down(who, list_id)
    page = shows(ana, list_id)
    pause(floor, abe)
    sent = page.rows()
    assert (sent["list"], list(sent["rows"]), "order" in sent) == (list_id, [str(abe.id)], False)
    assert f'<tr id="talker-{abe.id}"' in sent["rows"][str(abe.id)]
    assert "Lunch" in sent["rows"][str(abe.id)]


def test_who_comes_and_who_leaves_is_told_with_the_order(
    shows: Callable[..., Reader], floor: Floor, ana: User, abe: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    page = shows(ana, list_id)
    sessions.start_session(floor.tenant, abe.id, list_id, now())
    sent = page.rows()
    assert (list(sent["rows"]), sent["order"]) == ([str(abe.id)], [abe.id, ana.id])
    sessions.end_session(floor.tenant, abe.id, now())
    sent = page.rows()
    assert (sent["rows"], sent["order"]) == ({}, [ana.id])


def test_every_page_gets_the_same_bytes(
    shows: Callable[..., Reader], floor: Floor, ana: User, abe: User, max_: User, list_id: int
) -> None:
    for who in (ana, abe):
        floor.sit_down(who, list_id)
    pages = [shows(ana, list_id), shows(max_, list_id, settled=False)]
    pause(floor, abe)
    first, second = (page.rows() for page in pages)
    assert first == second


def test_change_of_the_list_that_is_none_of_its_team_sends_nothing(
    shows: Callable[..., Reader], floor: Floor, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    page = shows(ana, list_id)
    touch(floor, f"list:{list_id}")
    page.nothing_came(partial(touch, floor))
    pause(floor, ana)
    assert list(page.rows()["rows"]) == [str(ana.id)]


def seen_twice(page: Reader, floor: Floor, user: User) -> None:
    """When the second rows are there, everybody has been told of the first."""
    pause(floor, user)
    page.rows()
    resume(floor, user)
    page.rows()


def test_another_organisation_never_gets_rows(
    shows: Callable[..., Reader], floor: Floor, ana: User, list_id: int
) -> None:
    nord = Floor(floor.db, "Nord")
    nils = nord.hire("Nils", Role.ADMIN)
    floor.sit_down(ana, list_id)
    own, strange = shows(ana, list_id), shows(nils, list_id)
    touch(nord, f"list:{list_id}")
    seen_twice(own, floor, ana)
    strange.nothing_came(partial(touch, nord))


def test_who_may_not_see_the_grid_gets_no_rows(
    shows: Callable[..., Reader], floor: Floor, ana: User, list_id: int
) -> None:
    eve = floor.hire("Eve")
    floor.sit_down(ana, list_id)
    own, strange = shows(ana, list_id), shows(eve, list_id, settled=False)
    seen_twice(own, floor, ana)
    strange.nothing_came(partial(touch, floor))


def test_rows_end_when_the_list_is_taken_away(
    shows: Callable[..., Reader], floor: Floor, max_: User, ana: User, abe: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    own, other = shows(ana, list_id), shows(abe, list_id, settled=False)
    seen_twice(own, floor, ana)
    for _ in range(2):
        other.rows()
    floor.assign(max_, list_id, ana)
    seen_twice(own, floor, ana)
    other.nothing_came(partial(touch, floor))


def test_rows_come_in_each_readers_language(
    shows: Callable[..., Reader], floor: Floor, as_: Browser, max_: User, ana: User, list_id: int
) -> None:
    as_(max_).post("/language", data={"language": "sv"})
    floor.sit_down(ana, list_id)
    english = shows(ana, list_id)
    swedish = shows(people.user(floor.tenant, max_.id), list_id, settled=False)
    pause(floor, ana)
    assert "Paused" in str(english.rows())
    assert "Paused" not in (told := str(swedish.rows()))
    assert "Pausad" in told


def test_what_was_not_heard_is_found_at_the_next_look(
    shows: Callable[..., Reader], hub: Hub, floor: Floor, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    page = shows(ana, list_id)
    with floor.db.transaction() as connection:
        connection.execute("UPDATE app_user SET name = 'Ana Lind' WHERE id = %s", (ana.id,))
    assert hub.grids is not None
    hub.grids.all_changed()  # as when the database is back
    assert "Ana Lind" in str(page.rows())


def test_page_that_lets_rows_wait_is_told_to_fetch_the_grid_once() -> None:
    stream = Stream(7, ["grid:3"], database_up=True)
    for _ in range(ROWS_WAITING + 2):
        stream.rows("grid:3", b"event: rows\ndata: 1\n\n")
    messages = stream.messages(beat_s=0.01)
    assert [read(messages)[0], read(messages)] == ["hello", ("changed", ["grid:3"])]
    assert read(messages)[0] == "beat"


def test_stream_shows_only_grids_that_the_user_may_see(
    app: Flask, as_: Browser, floor: Floor, max_: User, ana: User, list_id: int
) -> None:
    other = floor.add_list(max_, name="Secret list")
    asked = "&".join(f"topic=grid:{one}" for one in (list_id, other, "x", "9" * 30))
    hub: Hub = app.extensions["ringpool_hub"]
    for user, seen in ((ana, {list_id}), (max_, {list_id, other})):
        answer = as_(user).get(f"/live?{asked}", buffered=False)
        (stream,) = hub.open_streams()
        assert {t for t in stream.topics if t.startswith("grid:")} == {f"grid:{one}" for one in seen}
        answer.close()


def test_stage_leaves_out_the_grid_that_the_page_keeps(
    as_: Browser, floor: Floor, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    client = as_(ana)
    (key,) = re.findall(r'data-keep="(grid-[^"]+)"', client.get("/session/").text)
    kept = client.get("/session/stage", headers={"X-Kept-Grid": key}).text
    assert f'data-keep="{key}"' in kept
    assert "talker-" not in kept
    for other in ("", f"grid-{list_id + 1}-1"):
        whole = client.get("/session/stage", headers={"X-Kept-Grid": other}).text
        assert f'data-keep="{key}"' not in whole
        assert f'id="talker-{ana.id}"' in whole
