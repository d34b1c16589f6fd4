"""Who has a right to a list gets a share of its records, who loses it keeps none (LPL-3, LPL-13)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from dialing_floor import Floor

from dialer.agents import PhoneMode
from dialer.calls.events import LegAnswered, LegJoined
from dialer.db import Database
from dialer.errors import NotFound, Refused
from dialer.store import leases, lists, sessions, sharing, users
from dialer.store.dispositions import close_window, save_result
from dialer.store.lists import ListEdit
from dialer.store.people import Role


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db, prospects=50, batch_size=10)
    yield floor
    floor.check()


def edit(floor: Floor, **change: object) -> None:
    version = floor.value("SELECT version FROM list WHERE id = %(l)s", l=floor.list_id)
    lists.edit(floor.tenant, floor.max_id, floor.list_id, version, ListEdit(**change), floor.now)  # type: ignore[arg-type]


def test_who_is_removed_loses_their_records_and_session_at_once(floor: Floor) -> None:
    floor.do("DELETE FROM prospect WHERE position > 15")
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    assert sorted(floor.held().values()) == [7, 8]
    edit(floor, user_ids=[abe])
    assert floor.state(ana) == "logged_out"
    assert floor.held() == {abe: 10}, "what is left is shared out again"
    assert floor.statuses() == {"held": 10, "pool": 5}
    with pytest.raises(NotFound):
        floor.start(ana)


def test_who_is_added_and_begins_gets_an_equal_share(floor: Floor) -> None:
    floor.do("DELETE FROM prospect WHERE position > 9")
    ana, abe = floor.at_work("Ana"), floor.hire("Abe")
    assert floor.held() == {ana: 9}
    edit(floor, user_ids=[ana, abe])
    assert floor.held() == {ana: 9}
    floor.start(abe)
    assert sorted(floor.held().values()) == [4, 5]


def test_a_smaller_batch_size_gives_records_back_and_a_larger_one_brings_more(floor: Floor) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    edit(floor, batch_size=4)
    assert floor.held() == {ana: 4, abe: 4}
    assert floor.dealt() == [1, 2, 3, 4, 11, 12, 13, 14], "the last of what each holds goes back"
    edit(floor, batch_size=20)
    assert floor.held() == {ana: 20, abe: 20}


@pytest.mark.parametrize("mode", PhoneMode)
def test_a_live_call_is_not_cut_by_the_removal_and_ends_the_session(floor: Floor, mode: PhoneMode) -> None:
    ana = floor.at_work("Ana", mode)
    leg_id = floor.ring()
    floor.answer(leg_id)
    if mode is PhoneMode.RING_EACH_CALL:
        agent_leg = floor.attempt(leg_id)["agent_leg_id"]
        floor.tell(leg_id, LegAnswered(floor.now, agent_leg))
        for leg in (agent_leg, leg_id):
            floor.tell(leg_id, LegJoined(floor.now, leg, floor.attempt(leg_id)["bridge_id"]))
    else:
        floor.join(leg_id)
    edit(floor, user_ids=[])
    assert floor.attempt(leg_id)["state"] == "talking"
    assert (floor.state(ana), floor.held()) == ("on_call", {})
    with pytest.raises(Refused, match="not assigned to you any more"):
        sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    with pytest.raises(Refused, match="not assigned to you any more"):
        sessions.resume(floor.tenant, ana, floor.now)
    floor.hang_up(leg_id)
    assert floor.state(ana) == "wrap_up"
    save_result(
        floor.tenant, ana, floor.attempt(leg_id)["id"], floor.result("final"), "Glad to help", floor.now
    )
    assert floor.state(ana) == "logged_out"
    assert floor.prospect(leg_id)["notes"] == "Glad to help"


def test_a_call_that_only_the_removed_could_take_still_finds_them(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.ring()
    edit(floor, user_ids=[])
    assert floor.state(ana) == "ready", "somebody's phone rings for them"
    floor.answer(leg_id)
    floor.join(leg_id)
    assert floor.state(ana) == "on_call"


def test_a_closed_window_is_given_up_with_the_right(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    close_window(floor.tenant, ana, floor.attempt(leg_id)["id"], floor.now)
    assert floor.state(ana) == "paused"
    edit(floor, user_ids=[])
    assert (floor.state(ana), floor.attempt(leg_id)["state"]) == ("logged_out", "ended")


def test_who_keeps_the_right_through_a_team_keeps_everything(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.do(
        "WITH t AS (INSERT INTO team (organisation_id, name) VALUES (%(o)s, 'Evening') RETURNING id),"
        " m AS (INSERT INTO membership SELECT %(o)s, id, %(u)s FROM t)"
        " INSERT INTO list_assignment (organisation_id, list_id, team_id) SELECT %(o)s, %(l)s, id FROM t",
        u=ana,
        l=floor.list_id,
    )
    before = floor.rows("SELECT * FROM lease")
    edit(floor, user_ids=[])
    assert floor.rows("SELECT * FROM lease") == before
    assert floor.state(ana) == "ready"


def close_account(floor: Floor, user_id: int) -> None:
    ada = floor.hire("Ada", role=Role.ADMIN)
    users.set_active(floor.db, user_id, False, floor.now, by=ada)


def test_an_account_that_is_closed_in_wrap_up_gives_the_result_up(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    close_account(floor, ana)
    state = floor.value("SELECT state FROM agent WHERE user_id = %(u)s", u=ana)
    assert (state, floor.attempt(leg_id)["state"]) == ("logged_out", "ended")
    assert floor.held() == {}


def test_an_account_that_is_closed_on_a_call_is_let_go_after_it(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    close_account(floor, ana)
    assert floor.attempt(leg_id)["state"] == "talking"
    assert sharing.hold_to_rights(floor.db, floor.now) == 0, "the call goes on"
    floor.hang_up(leg_id)
    assert floor.attempt(leg_id)["state"] == "wrap_up"
    assert sharing.hold_to_rights(floor.db, floor.now) == 1, "nobody can say what came of it any more"
    state = floor.value("SELECT state FROM agent WHERE user_id = %(u)s", u=ana)
    assert (state, floor.attempt(leg_id)["state"]) == ("logged_out", "ended")
    assert sharing.hold_to_rights(floor.db, floor.now) == 0


def test_whoever_is_still_at_work_without_a_right_is_found(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.do("DELETE FROM list_assignment")  # as by somebody who told nobody
    assert sharing.hold_to_rights(floor.db, floor.now) == 1
    assert (floor.state(ana), floor.held()) == ("logged_out", {})


def test_a_record_that_is_being_dialed_is_left_to_whoever_dials(floor: Floor) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    position = floor.value("SELECT min(position) FROM lease WHERE user_id = %(u)s", u=ana)
    with psycopg.connect(floor.db.url) as dialing:
        dialing.execute("SELECT 1 FROM prospect WHERE position = %s FOR NO KEY UPDATE", (position,))
        edit(floor, user_ids=[abe])
    assert floor.held() == {ana: 1, abe: 10}
    leases.expire(floor.db, floor.pass_time(hours=24))
    assert floor.held() == {abe: 10}


def test_people_come_and_are_removed_at_once_without_a_deadlock(floor: Floor) -> None:
    people = [floor.hire(f"Ana {n}") for n in range(4)]
    edit(floor, user_ids=people)

    def come(user_id: int) -> None:
        for _ in range(4):
            for act in (sessions.start_session, sessions.end_session):
                try:
                    if act is sessions.start_session:
                        sessions.start_session(floor.tenant, user_id, floor.list_id, floor.now)
                    else:
                        sessions.end_session(floor.tenant, user_id, floor.now)
                except (Refused, NotFound):
                    pass

    def decide(_: int) -> None:
        for n in range(6):
            try:
                edit(floor, user_ids=people[: 2 + n % 3], batch_size=5 + n)
            except Refused:
                pass

    with ThreadPoolExecutor(6) as threads:
        coming = [threads.submit(come, user_id) for user_id in people]
        deciding = [threads.submit(decide, n) for n in range(2)]
        for each in (*coming, *deciding):
            each.result()
    edit(floor, user_ids=[], batch_size=50)
    assert floor.held() == {}
