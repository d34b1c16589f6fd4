"""My Session, as the server answers it; tests/browser holds what the page does with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from panel_floor import NODE, Floor, now

from dialer.agents import AgentState
from dialer.db import Connection, Database
from dialer.store import agents, calls, dispositions, holds, wrap_up
from dialer.store.people import User

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def list_id(floor: Floor, max_: User, ana: User) -> int:
    return floor.add_list(max_, ana)


@pytest.fixture
def client(as_: Browser, ana: User, list_id: int) -> FlaskClient:
    return as_(ana)


def stage(client: FlaskClient, action: str, **form: object) -> str:
    answer = client.post(f"/session/{action}", data=form, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return str(answer.text)


def test_assigned_lists_are_my_lists(client: FlaskClient) -> None:
    page = client.get("/session/").text
    assert "My Lists" in page
    assert "Spring leads" in page


def test_loaded_list_waits_for_start_session(client: FlaskClient, list_id: int) -> None:
    page = client.get(f"/session/?list={list_id}").text
    assert 'Click "Start Session" button to begin your Dialing Session' in page


def test_list_of_others_cannot_be_loaded_or_started(
    client: FlaskClient, floor: Floor, max_: User, ana: User
) -> None:
    other = floor.add_list(max_, name="Secret list")
    assert "Secret list" not in client.get(f"/session/?list={other}").text
    assert "This list is not assigned to you" in stage(client, "start", list=other)
    assert client.get(f"/session/grid/{other}").status_code == 404
    assert agents.agent_of(floor.tenant, ana.id).state is AgentState.LOGGED_OUT


def test_session_connects_the_phone_and_waits(client: FlaskClient, floor: Floor, list_id: int) -> None:
    assert "Connecting phone" in stage(client, "start", list=list_id)
    floor.connect_phones()
    assert "Waiting for Next Transfer" in client.get("/session/stage").text


def test_pause_and_resume(client: FlaskClient, floor: Floor, ana: User, list_id: int) -> None:
    floor.sit_down(ana, list_id)
    page = stage(client, "pause", reason="Lunch")
    assert 'Click "Resume Dialing" button to continue Dialing.' in page
    assert "Lunch" in page
    assert "Waiting for Next Transfer" in stage(client, "resume")


def test_lost_phone_is_said_with_what_to_do(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    floor.lose_phone(ana)
    page = client.get("/session/stage").text
    assert "Phone lost" in page
    assert "Check that your phone is switched on" in page


def test_ended_session_leaves_the_list_loaded(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    assert "Start Session" in stage(client, "end", list=list_id)


def test_call_opens_the_window_with_everything_known(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    floor.call(list_id)
    page = client.get("/session/stage").text
    for text in (
        "Call Disposition",
        "Bo Prospect 1",
        "+1 214-555-1001",
        "Renewal",
        "March",
        "Asked for a brochure.",
    ):
        assert text in page
    assert "Hello, my name is" in page
    assert "This is the first call." in page
    assert "Hang up" in page


def test_saved_result_brings_the_agent_back_and_keeps_the_notes(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    floor.hang_up(floor.call(list_id))
    call = dispositions.open_call(floor.tenant, ana.id)
    assert call is not None
    sale = dispositions.call_results(floor.tenant)[0]
    page = stage(client, f"calls/{call.attempt_id}/result", result_id=sale.id, notes="Bought two.\r\nHappy.")
    assert "Waiting for Next Transfer" in page
    with floor.db.transaction() as connection:
        row = connection.execute(
            "SELECT notes, status FROM prospect WHERE id = %s", (call.prospect_id,)
        ).fetchone()
    assert row == {"notes": "Bought two.\nHappy.", "status": "done"}


def test_no_result_chosen_is_said_and_the_window_stays(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    floor.hang_up(floor.call(list_id))
    call = dispositions.open_call(floor.tenant, ana.id)
    assert call is not None
    page = stage(client, f"calls/{call.attempt_id}/result", notes="x")
    assert "Choose a call result first." in page
    assert 'id="disposition-window"' in page


def test_closed_window_keeps_the_agent_out_and_can_be_opened_again(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    floor.hang_up(floor.call(list_id))
    call = dispositions.open_call(floor.tenant, ana.id)
    assert call is not None
    page = stage(client, f"calls/{call.attempt_id}/close")
    assert "Resume Dialing" in page
    assert 'id="disposition-window"' not in page
    assert 'id="disposition-window"' in client.get("/session/?window=1").text


def test_nobody_saves_anothers_call(as_: Browser, floor: Floor, max_: User, ana: User, list_id: int) -> None:
    floor.sit_down(ana, list_id)
    floor.hang_up(floor.call(list_id))
    call = dispositions.open_call(floor.tenant, ana.id)
    assert call is not None
    sale = dispositions.call_results(floor.tenant)[0]
    page = stage(as_(max_), f"calls/{call.attempt_id}/result", result_id=sale.id)
    assert "There is no such call of yours." in page
    assert dispositions.open_call(floor.tenant, ana.id) == call


def test_own_row_of_the_team_grid_is_marked(
    client: FlaskClient, floor: Floor, max_: User, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    page = client.get(f"/session/grid/{list_id}").text
    assert re.search(rf'<tr id="talker-{ana.id}" class="own"', page)
    for column in ("Talker Name", "Status", "# Connects", "Session Duration"):
        assert column in page


def test_team_grid_shows_every_change_in_the_readers_language(
    client: FlaskClient, as_: Browser, floor: Floor, max_: User, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    assert "Waiting" in client.get(f"/session/grid/{list_id}").text
    stage(client, "pause")
    assert "Paused" in client.get(f"/session/grid/{list_id}").text
    manager = as_(max_)
    assert "Paused" in manager.get(f"/session/grid/{list_id}").text
    manager.post("/language", data={"language": "sv"})
    assert "Paused" not in manager.get(f"/session/grid/{list_id}").text
    assert "Paused" in client.get(f"/session/grid/{list_id}").text


def test_page_asks_the_database_twice(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    transactions = []
    begin = Database.transaction

    def counted(self: Database) -> AbstractContextManager[Connection]:
        transactions.append(self)
        return begin(self)

    monkeypatch.setattr(Database, "transaction", counted)
    for path in ("", "stage"):
        transactions.clear()
        client.get(f"/session/{path}")
        assert len(transactions) == 2, "who asks, and all that they see"


def test_the_six_figures_of_the_session_are_shown_and_run_where_time_goes_on(
    client: FlaskClient, floor: Floor, list_id: int, ana: User
) -> None:
    assert "Session Dials" not in client.get(f"/session/?list={list_id}").text, "there was no session yet"
    floor.sit_down(ana, list_id)
    floor.call(list_id)
    page = client.get("/session/").text
    shown = client.get(f"/session/metrics/{list_id}").text
    figures = dict(re.findall(r"<dt>([^<]+)</dt><dd>(.*?)</dd>", shown))
    assert list(figures) == [
        "Session Dials",
        "Total Time",
        "Connects",
        "Connect Time",
        "Hold Time",
        "Wrap Time",
    ]
    assert (figures["Session Dials"], figures["Connects"], figures["Hold Time"]) == ("1", "1", "0:00")
    for name in ("Total Time", "Connect Time"):
        stamp = re.search(r'data-since="\d+"', figures[name])
        assert stamp is not None
        assert stamp[0] in page, "read again, it began at the same time"


def test_the_figures_of_a_session_that_is_over_stand_still(
    client: FlaskClient, floor: Floor, list_id: int, ana: User
) -> None:
    floor.sit_down(ana, list_id)
    page = stage(client, "end", list=list_id)
    assert "Your last session" in page
    assert "data-since" not in page


def test_figures_are_ones_own(client: FlaskClient, floor: Floor, max_: User, list_id: int) -> None:
    abe = floor.hire("Abe", extension="1002")
    other = floor.add_list(max_, abe, name="Secret list")
    floor.sit_down(abe, other)
    assert client.get(f"/session/metrics/{other}").text.strip() == ""


def test_ones_own_row_comes_first_in_the_team_grid(as_: Browser, floor: Floor, max_: User, ana: User) -> None:
    abe = floor.hire("Abe", extension="1002")
    list_id = floor.add_list(max_, ana, abe)
    for who in (abe, ana):
        floor.sit_down(who, list_id)
    rows = re.findall(r'id="talker-(\d+)"', as_(ana).get(f"/session/grid/{list_id}").text)
    assert rows == [str(ana.id), str(abe.id)]


def take_holds(floor: Floor) -> None:
    for leg_id, event in holds.take(floor.db, NODE, now()):
        calls.on_event(floor.db, leg_id, event)


def in_wrap_up(floor: Floor, ana: User, list_id: int) -> int:
    floor.sit_down(ana, list_id)
    floor.hang_up(floor.call(list_id))
    call = dispositions.open_call(floor.tenant, ana.id)
    assert call is not None
    return call.attempt_id


def run_out(floor: Floor) -> None:
    """Long enough later the dialer comes by."""
    later = now() + timedelta(hours=1)
    for due in wrap_up.due(floor.db, NODE, later):
        assert wrap_up.end(floor.db, due, later)


def test_hold_and_resume_call(client: FlaskClient, floor: Floor, ana: User, list_id: int) -> None:
    floor.sit_down(ana, list_id)
    floor.call(list_id)
    call = dispositions.open_call(floor.tenant, ana.id)
    assert call is not None
    assert "Resume call" not in stage(client, f"calls/{call.attempt_id}/hold")
    take_holds(floor)
    held = client.get("/session/stage").text
    assert "Resume call" in held
    assert "On Hold" in held
    assert "Hang up" in held
    assert "On Hold" in client.get(f"/session/grid/{list_id}").text
    stage(client, f"calls/{call.attempt_id}/unhold")
    take_holds(floor)
    assert "Resume call" not in client.get("/session/stage").text


def test_nobody_holds_anothers_call(as_: Browser, floor: Floor, max_: User, ana: User, list_id: int) -> None:
    floor.sit_down(ana, list_id)
    floor.call(list_id)
    call = dispositions.open_call(floor.tenant, ana.id)
    assert call is not None
    stage(as_(max_), f"calls/{call.attempt_id}/hold")
    assert holds.take(floor.db, NODE, now()) == []


def test_wrap_up_counts_down_to_its_deadline_and_is_extended(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    attempt_id = in_wrap_up(floor, ana, list_id)

    def until(page: str) -> set[int]:
        return {int(found) for found in re.findall(r'data-until="(\d+)"', page)}

    before = until(client.get("/session/stage").text)
    assert len(before) == 1, "the window and the state bar say the same"
    after = until(stage(client, f"calls/{attempt_id}/extend", seconds=60))
    assert after == {before.pop() + 60_000}
    assert "choose one of the two" in stage(client, f"calls/{attempt_id}/extend", seconds=86_400)


def test_without_a_limit_wrap_up_counts_up(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    with floor.db.transaction() as connection:
        connection.execute("UPDATE organisation SET wrap_up_s = 0")
    in_wrap_up(floor, ana, list_id)
    page = client.get("/session/stage").text
    assert "data-until" not in page
    assert "+30 s" not in page


def test_window_stays_open_when_wrap_up_ran_out_and_saving_brings_the_agent_back(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    attempt_id = in_wrap_up(floor, ana, list_id)
    run_out(floor)
    page = client.get("/session/stage").text
    assert 'id="disposition-window"' in page
    assert "Wrap-up time is over" in page
    assert "Resume Dialing" not in page, "it would give up what was typed"
    assert "take your time" in stage(client, f"calls/{attempt_id}/extend", seconds=30)
    sale = dispositions.call_results(floor.tenant)[0]
    assert "Waiting for Next Transfer" in stage(client, f"calls/{attempt_id}/result", result_id=sale.id)


def test_window_that_is_closed_after_wrap_up_ran_out_is_closed(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    attempt_id = in_wrap_up(floor, ana, list_id)
    run_out(floor)
    page = stage(client, f"calls/{attempt_id}/close")
    assert 'id="disposition-window"' not in page
    assert "Resume Dialing" in page
