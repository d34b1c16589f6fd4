"""Users, teams and the audit log for programs."""

from __future__ import annotations

from typing import Any

import pytest
from api_client import Program, program
from flask import Flask
from panel_floor import Floor

from dialer.db import Database
from dialer.store import people
from dialer.store.people import Role, User
from dialer.store.tokens import Scope

ANA = {"name": "Ana", "email": "ana@acme.test", "password": "correct horse"}


def register(robot: Program, **more: Any) -> Any:
    return robot("POST", "/users", {**ANA, **more}, status=201).json


def test_a_user_is_registered_and_can_sign_in(robot: Program, db: Database) -> None:
    answer = robot(
        "POST", "/users", {**ANA, "extension": "1001", "pin": "4711", "skills": {"Loans": 7}}, status=201
    )
    made = answer.json
    assert answer.headers["Location"] == f"/api/v1/users/{made['id']}"
    assert len(made["sip_secret"]) >= 20 and made["has_pin"] is True
    assert (made["role"], made["active"], made["skills"]) == ("agent", True, {"Loans": 7})
    signed_in = people.sign_in(db, "ana@acme.test", "correct horse")
    assert signed_in is not None and signed_in.id == made["id"]
    told = robot.get(f"/users/{made['id']}")
    assert "sip_secret" not in told and "password" not in told
    assert told == {key: value for key, value in made.items() if key != "sip_secret"}


def test_what_is_left_out_of_an_edit_stays(robot: Program) -> None:
    made = register(
        robot,
        caller_id="+12125550123",
        languages=["English"],
        works_from="09:00",
        works_until="17:30",
        takes_leads=False,
    )
    assert made["takes_leads"] is False
    changed = robot("PATCH", f"/users/{made['id']}", {"version": made["version"], "name": "Anna"}, status=200)
    assert changed.json["version"] > made["version"]
    assert changed.headers["ETag"] == f'"{changed.json["version"]}"'
    kept = {key: value for key, value in made.items() if key not in ("name", "version")}
    assert {key: changed.json[key] for key in kept} == kept


def test_a_pin_is_taken_away_with_null(robot: Program) -> None:
    made = register(robot, extension="1001", pin="4711")
    same = robot("PATCH", f"/users/{made['id']}", {"name": "Anna", "version": made["version"]}).json
    assert same["has_pin"] is True
    gone = robot("PATCH", f"/users/{made['id']}", {"pin": None, "version": same["version"]}).json
    assert gone["has_pin"] is False


def test_an_edit_over_somebody_elses_is_refused_and_says_whose(robot: Program) -> None:
    made = register(robot)
    address = f"/users/{made['id']}"
    robot("PATCH", address, {"name": "Anna"}, status=200, headers={"If-Match": f'"{made["version"]}"'})
    refused = robot(
        "PATCH", address, {"name": "Anne"}, status=409, headers={"If-Match": f'"{made["version"]}"'}
    )
    assert refused.json["type"] == "urn:ringpool:changed-meanwhile"
    assert "Ada changed this meanwhile" in refused.json["detail"]
    assert robot.get(address)["name"] == "Anna"


@pytest.mark.parametrize("tag", ["*", '"a"', '"1", "2"', "W/", '"٣"'])
def test_an_if_match_that_names_no_version_is_refused(robot: Program, tag: str) -> None:
    made = register(robot)
    robot(
        "PATCH",
        f"/users/{made['id']}",
        {"name": "X"},
        status=422,
        headers={"If-Match": tag.encode("utf-8").decode("latin-1")},
    )


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"name": " "}, None),
        ({"email": "nobody"}, None),
        ({"password": "short"}, "/password"),
        ({"role": "king"}, "/role"),
        ({"extension": "12ab"}, "/extension"),
        ({"pin": "12"}, "/pin"),
        ({"skills": {"Loans": 11}}, "/skills/Loans/value"),
        ({"works_from": "9:00", "works_until": "25:00"}, "/works_from"),
        ({"works_days": [8]}, "/works_days/0"),
        ({"active": "yes"}, "/active"),
        ({"team_ids": [-1]}, "/team_ids/0"),
        ({"locale": "tlh"}, "/locale"),
        ({"organisation_id": 2}, "/organisation_id"),
    ],
)
def test_a_value_that_cannot_be_used_registers_nobody(
    robot: Program, changed: dict[str, Any], pointer: str | None
) -> None:
    refused = robot("POST", "/users", {**ANA, **changed})
    assert refused.status_code in (409, 422)
    if pointer:
        assert pointer in {error["pointer"] for error in refused.json["errors"]}
    assert len(robot.get("/users")["items"]) == 1


def test_an_email_that_is_taken_is_said(robot: Program) -> None:
    register(robot)
    (error,) = robot("POST", "/users", ANA, status=422).json["errors"]
    assert error["pointer"] == "/email" and "already registered" in error["detail"]


def test_users_are_found_and_come_in_pages(robot: Program, floor: Floor) -> None:
    hired = [floor.hire(f"Agent{n} Berg").id for n in range(5)]
    seen, path = [], "/users?limit=2&role=agent"
    for _ in range(3):
        page = robot.get(path)
        seen += [user["id"] for user in page["items"]]
        path = f"/users?limit=2&role=agent&cursor={page['next']}"
    assert seen == hired and page["next"] is None
    assert [user["name"] for user in robot.get("/users?search=agent3")["items"]] == ["Agent3 Berg"]
    assert robot.get("/users?active=false")["items"] == []
    for wrong in (
        "limit=0",
        "limit=201",
        "cursor=!",
        "cursor=eA",
        "role=king",
        "active=1",
        f"team_id={2**63}",
    ):
        robot("GET", f"/users?{wrong}", status=422)


def test_a_managers_token_registers_agents_only(app: Flask, floor: Floor, ada: User) -> None:
    max_ = floor.hire("Max", Role.MANAGER)
    robot = program(app, floor, ada, max_, [Scope.PEOPLE_READ, Scope.PEOPLE_WRITE])
    register(robot)
    refused = robot("POST", "/users", {**ANA, "email": "eve@acme.test", "role": "admin"}, status=403)
    assert "role" in refused.json["detail"]
    robot("PATCH", f"/users/{ada.id}", {"version": 1, "password": "stolen horse"}, status=403)


def test_nobody_makes_themselves_a_super_admin(robot: Program, ada: User) -> None:
    robot("PATCH", f"/users/{ada.id}", {"version": 1, "role": "super_admin"}, status=403)
    robot("POST", "/users", {**ANA, "role": "super_admin"}, status=403)


def test_teams_are_made_joined_renamed_left_and_deleted(robot: Program) -> None:
    ana = register(robot)["id"]
    team = robot("POST", "/teams", {"name": "North"}, status=201).json
    address = f"/teams/{team['id']}"
    robot("PUT", f"{address}/members/{ana}", status=204)
    robot("PUT", f"{address}/members/{ana}", status=204)
    assert robot.get(address)["member_ids"] == [ana]
    assert robot.get("/teams")["items"] == [{"id": team["id"], "name": "North", "members": 1}]
    assert robot.get(f"/users/{ana}")["team_ids"] == [team["id"]]
    assert robot("PATCH", address, {"name": "South"}, status=200).json["name"] == "South"
    robot("POST", "/teams", {"name": "South"}, status=409)
    robot("DELETE", f"{address}/members/{ana}", status=204)
    assert robot.get(address)["member_ids"] == []
    robot("DELETE", address, status=204)
    robot("GET", address, status=404)
    robot("PUT", f"{address}/members/{ana}", status=404)


def test_another_organisation_sees_and_changes_nobody(robot: Program, stranger: Program) -> None:
    ana = register(robot)
    team = robot("POST", "/teams", {"name": "North"}, status=201).json["id"]
    assert [user["name"] for user in stranger.get("/users")["items"]] == ["Nils"]
    assert stranger.get("/teams")["items"] == []
    for method, path, body in (
        ("GET", f"/users/{ana['id']}", None),
        ("PATCH", f"/users/{ana['id']}", {"version": ana["version"], "name": "X"}),
        ("GET", f"/teams/{team}", None),
        ("PATCH", f"/teams/{team}", {"name": "X"}),
        ("DELETE", f"/teams/{team}", None),
        ("PUT", f"/teams/{team}/members/{ana['id']}", None),
        ("DELETE", f"/teams/{team}/members/{ana['id']}", None),
    ):
        stranger(method, path, body, status=404)
    own = stranger("POST", "/teams", {"name": "North"}, status=201).json["id"]
    stranger("PUT", f"/teams/{own}/members/{ana['id']}", status=404)
    assert robot.get(f"/teams/{team}") == {"id": team, "name": "North", "member_ids": []}


def test_what_a_program_did_is_in_the_audit_log(robot: Program, stranger: Program, ada: User) -> None:
    ana = register(robot)
    robot("PATCH", f"/users/{ana['id']}", {"version": ana["version"], "name": "Anna"}, status=200)
    newest = robot.get("/audit?limit=1")
    (change,) = newest["items"]
    assert (change["action"], change["user_name"]) == ("user.edit", "Ada")
    assert (change["before"], change["after"]) == ({"name": "Ana"}, {"name": "Anna"})
    (before,) = robot.get(f"/audit?limit=1&cursor={newest['next']}")["items"]
    assert before["action"] == "user.add" and "correct horse" not in str(before)
    assert len(robot.get(f"/audit?subject=user:{ana['id']}")["items"]) == 2
    assert robot.get("/audit?family=team")["items"] == []
    assert robot.get("/audit?until=2001-01-01T00:00:00Z")["items"] == []
    assert all(change["user_name"] != "Ada" for change in stranger.get("/audit")["items"])
    robot("GET", "/audit?since=soon", status=422)
