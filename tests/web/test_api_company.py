"""Company settings, Do Not Call and the parking lot for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from api_client import Program, program
from flask import Flask
from panel_floor import Floor, now

from dialer.store import lists
from dialer.store.people import Role, User
from dialer.store.tokens import Scope

BO = "+12145551001"
IN_A_MONTH = (now() + timedelta(days=30)).date().isoformat()


def test_settings_are_read_and_changed_by_version(robot: Program) -> None:
    told = robot.get("/organisation")
    assert (told["name"], told["country"], told["mandatory_phones"]) == ("Acme", "US", ["phone"])
    change = {"version": told["version"], "wrap_up_s": 45, "calling_until": "20:30"}
    changed = robot("PATCH", "/organisation", change, status=200)
    assert changed.json["version"] == told["version"] + 1
    assert changed.headers["ETag"] == f'"{told["version"] + 1}"'
    assert (changed.json["wrap_up_s"], changed.json["calling_until"]) == (45, "20:30")
    assert changed.json["calling_from"] == told["calling_from"]
    stale = robot("PATCH", "/organisation", change, status=409).json
    assert stale["type"] == "urn:ringpool:changed-meanwhile"


@pytest.mark.parametrize(
    "wrong",
    [
        {"wrap_up_s": -1},
        {"attempts_per_day": 0},
        {"mandatory_phones": []},
        {"mandatory_phones": ["phone", "phone"]},
        {"mandatory_phones": ["fax"]},
        {"calling_from": "24:00"},
        {"drop_message": "http://elsewhere"},
        {"name": "Other"},
    ],
)
def test_a_setting_that_cannot_be_used_changes_nothing(robot: Program, wrong: dict[str, Any]) -> None:
    before = robot.get("/organisation")
    refused = robot("PATCH", "/organisation", {"version": before["version"], **wrong})
    assert refused.status_code in (409, 422)
    assert robot.get("/organisation") == before


def test_a_number_on_do_not_call_is_out_at_once_and_comes_back(
    robot: Program, floor: Floor, ada: User
) -> None:
    list_id = floor.add_list(ada)
    report = robot(
        "POST", "/do-not-call", {"numbers": ["(214) 555-1001", "soon"], "note": "By mail"}, status=200
    )
    assert report.json["added"] == 1 and report.json["prospects"] == 1
    assert report.json["refused"][0]["text"] == "soon"
    assert lists.counts(floor.tenant, ada.id, list_id).do_not_call == 1
    entry = robot.get(f"/do-not-call/{BO}")
    assert (entry["number"], entry["note"], entry["source"], entry["by"]) == (BO, "By mail", "api", "Ada")
    again = robot("POST", "/do-not-call", {"numbers": [BO]}, status=200).json
    assert (again["added"], again["already"]) == (0, 1)
    robot("DELETE", f"/do-not-call/{BO}", status=422)
    robot("DELETE", f"/do-not-call/{BO}?reason=He+asked", status=204)
    robot("GET", f"/do-not-call/{BO}", status=404)
    robot("DELETE", f"/do-not-call/{BO}?reason=He+asked", status=404)
    assert lists.counts(floor.tenant, ada.id, list_id).do_not_call == 0


def test_a_number_is_parked_until_a_day(robot: Program, floor: Floor, ada: User) -> None:
    list_id = floor.add_list(ada)
    report = robot("POST", "/parking-lot", {"numbers": [BO], "until": IN_A_MONTH}, status=200).json
    assert (report["added"], report["prospects"]) == (1, 1)
    assert lists.counts(floor.tenant, ada.id, list_id).parking_lot == 1
    assert [(p["number"], p["until"]) for p in robot.get("/parking-lot")["items"]] == [(BO, IN_A_MONTH)]
    robot("DELETE", f"/parking-lot/{BO}", status=204)
    robot("DELETE", f"/parking-lot/{BO}", status=404)
    assert robot.get("/parking-lot")["items"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/do-not-call", {"numbers": []}),
        ("/do-not-call", {"numbers": ["soon", "later"]}),
        ("/do-not-call", {"numbers": "+12145551001"}),
        ("/do-not-call", {"numbers": ["+12145551001"] * 10_001}),
        ("/parking-lot", {"numbers": [BO]}),
        ("/parking-lot", {"numbers": [BO], "until": "tomorrow"}),
        ("/parking-lot", {"numbers": [BO], "until": "2001-01-01"}),
        ("/parking-lot", {"numbers": [BO], "until": "9999-12-31"}),
    ],
)
def test_what_cannot_be_added_is_refused(robot: Program, path: str, body: dict[str, Any]) -> None:
    assert robot("POST", path, body).status_code in (409, 422)
    assert robot.get(path)["items"] == []


def test_numbers_come_in_pages(robot: Program) -> None:
    numbers = [f"+1214555{n:04}" for n in range(7)]
    robot("POST", "/do-not-call", {"numbers": numbers}, status=200)
    robot("POST", "/parking-lot", {"numbers": numbers, "until": IN_A_MONTH}, status=200)
    for path in ("/do-not-call", "/parking-lot"):
        for beginning in ("", "&beginning=%2B1214"):
            seen, following = [], ""
            while following is not None:
                page = robot.get(f"{path}?limit=3{beginning}{following and f'&cursor={following}'}")
                seen += [entry["number"] for entry in page["items"]]
                following = page["next"]
            assert sorted(seen) == numbers
        robot("GET", f"{path}?cursor=MQ", status=422)
        robot("GET", f"{path}?cursor=c29vbiArMTIxNDU1NTEwMDE", status=422)
        robot("GET", f"{path}?beginning=1214", status=422)


def test_a_number_that_is_none_is_said(robot: Program) -> None:
    for path, status in (("/soon", 422), ("/12", 422), ("/%00", 400)):
        robot("GET", f"/do-not-call{path}", status=status)
    robot("DELETE", "/parking-lot/soon", status=422)


def test_another_organisation_sees_and_changes_none_of_it(robot: Program, stranger: Program) -> None:
    robot("POST", "/do-not-call", {"numbers": [BO]}, status=200)
    robot("POST", "/parking-lot", {"numbers": [BO], "until": IN_A_MONTH}, status=200)
    assert stranger.get("/organisation")["name"] == "Nord"
    assert stranger.get("/do-not-call")["items"] == stranger.get("/parking-lot")["items"] == []
    stranger("GET", f"/do-not-call/{BO}", status=404)
    stranger("DELETE", f"/do-not-call/{BO}?reason=x", status=404)
    stranger("DELETE", f"/parking-lot/{BO}", status=404)
    assert len(robot.get("/do-not-call")["items"]) == len(robot.get("/parking-lot")["items"]) == 1


def test_a_managers_token_changes_none_of_it(app: Flask, floor: Floor, ada: User) -> None:
    max_ = floor.hire("Max", Role.MANAGER)
    robot = program(app, floor, ada, max_, [Scope.COMPANY_READ])
    robot.get("/do-not-call")
    robot("POST", "/do-not-call", {"numbers": [BO]}, status=403)
    robot("PATCH", "/organisation", {"version": 1, "wrap_up_s": 5}, status=403)
