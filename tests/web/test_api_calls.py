"""Call Activity for programs (RING-5)."""

from __future__ import annotations

from api_client import Program, program
from flask import Flask
from panel_floor import Floor

from dialer.store.people import User
from dialer.store.tokens import Scope


def talked(floor: Floor, max_: User, ana: User, many: int) -> None:
    list_id = floor.add_list(max_, ana, prospects=many + 1)
    floor.sit_down(ana, list_id)
    for _ in range(many):
        floor.hang_up(floor.call(list_id))
        with floor.db.transaction() as connection:
            connection.execute("UPDATE attempt SET state = 'ended', saved_at = now() WHERE state = 'wrap_up'")
            connection.execute("UPDATE agent SET state = 'ready', attempt_id = NULL, wrap_up_until = NULL")


def test_calls_are_read_page_by_page_in_any_order(
    robot: Program, floor: Floor, max_: User, ana: User
) -> None:
    talked(floor, max_, ana, 3)
    first = robot.get("/calls?limit=2&sort=phone")
    assert [one["phone"][-4:] for one in first["items"]] == ["1001", "1002"]
    last = robot.get(f"/calls?limit=2&sort=phone&cursor={first['next']}")
    assert [one["phone"][-4:] for one in last["items"]] == ["1003"]
    assert last["next"] is None
    (one,) = last["items"]
    assert (one["kind"], one["by"], one["user_id"], one["outcome"]) == (
        "prospect",
        "Ana",
        ana.id,
        "connected",
    )
    assert len(one["recordings"]) == 1
    assert robot.get("/calls?outcome=busy")["items"] == []
    assert len(robot.get(f"/calls?user_id={ana.id}&talk_to_s=600&kind=prospect")["items"]) == 3
    assert robot("GET", "/calls?sort=length").status_code == 422
    assert robot("GET", "/calls?cursor=bm9uZQ").status_code == 422


def test_calls_need_their_scope_and_stay_in_the_organisation(
    app: Flask, robot: Program, stranger: Program, floor: Floor, ada: User, max_: User, ana: User
) -> None:
    talked(floor, max_, ana, 1)
    assert stranger.get("/calls")["items"] == []
    without = program(app, floor, ada, ada, (Scope.LISTS_READ,))
    assert without("GET", "/calls").status_code == 403
