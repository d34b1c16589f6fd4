"""Campaigns and distribution groups for programs (RING-1)."""

from __future__ import annotations

from typing import Any

from api_client import Program, program
from flask import Flask
from panel_floor import Floor

from dialer.store.people import User
from dialer.store.tokens import Scope


def add(robot: Program, **more: Any) -> tuple[Any, Any]:
    """A group and a campaign that rings it."""
    group = robot("POST", "/distribution-groups", {"name": "Texas", "states": ["TX"]}, status=201).json
    body = {"name": "Website", "group_id": group["id"], **more}
    return group, robot("POST", "/campaigns", body, status=201).json


def test_a_campaign_is_made_changed_and_switched_off(robot: Program) -> None:
    group, made = add(robot, calling_from="08:00", most_rung=3)
    assert (made["group_name"], made["most_rung"], made["calling_from"], made["active"]) == (
        "Texas", 3, "08:00", True
    )  # fmt: skip
    assert robot.get(f"/campaigns/{made['id']}") == made
    off = robot(
        "PATCH", f"/campaigns/{made['id']}", {"version": made["version"], "active": False}, status=200
    )
    assert (off.json["active"], off.json["most_rung"]) == (False, 3)
    late = robot("PATCH", f"/campaigns/{made['id']}", {"version": made["version"], "ring_s": 30}, status=409)
    assert late.json["type"] == "urn:ringpool:changed-meanwhile"
    assert [each["name"] for each in robot.get("/campaigns")["items"]] == ["Website"]
    assert robot.get("/lists")["items"] == []
    (listed,) = robot.get("/distribution-groups")["items"]
    assert (listed["id"], listed["campaigns"]) == (group["id"], ["Website"])


def test_a_group_in_use_is_kept_and_its_campaigns_are_named(robot: Program) -> None:
    group, _ = add(robot)
    refused = robot("DELETE", f"/distribution-groups/{group['id']}", status=409)
    assert "Website" in refused.json["detail"]
    spare = robot("POST", "/distribution-groups", {"name": "Spare"}, status=201).json
    robot("DELETE", f"/distribution-groups/{spare['id']}", status=204)
    robot("GET", f"/distribution-groups/{spare['id']}", status=404)


def test_a_value_that_cannot_be_used_is_pointed_at(robot: Program) -> None:
    group, made = add(robot)
    for path, body, pointer in (
        ("/campaigns", {"name": "Second", "group_id": 999}, "/group_id"),
        ("/campaigns", {"name": "website", "group_id": group["id"]}, "/name"),
        ("/campaigns", {"name": "Second", "group_id": group["id"], "most_rung": 11}, "/most_rung"),
        ("/distribution-groups", {"name": "South", "team_ids": [999]}, "/team_ids"),
        ("/distribution-groups", {"name": "South", "skills": {"Loans": 0}}, "/skills/Loans/value"),
    ):
        told = robot("POST", path, body, status=422).json
        assert [each["pointer"] for each in told["errors"]] == [pointer]
    path = f"/campaigns/{made['id']}"
    told = robot("PATCH", path, {"version": 1, "calling_until": "09:00"}, status=422).json
    assert told["errors"][0]["pointer"] == "/calling_until"


def test_the_preview_says_who_would_ring_and_why_not_the_others(robot: Program, ada: User, ana: User) -> None:
    _, made = add(robot)
    told = robot.get(f"/campaigns/{made['id']}/preview?state=TX")
    assert (told["active"], told["rung"]) == (True, [])
    reasons = {each["user_id"]: each["reason"] for each in told["others"]}
    assert reasons == {ada.id: "no_phone", ana.id: "not_there"}
    assert told["others"][0]["detail"].endswith(".")


def test_scopes_and_organisations_keep_apart(
    app: Flask, floor: Floor, robot: Program, stranger: Program, ada: User, max_: User
) -> None:
    group, made = add(robot)
    for path in (f"/distribution-groups/{group['id']}", f"/campaigns/{made['id']}"):
        assert stranger("GET", path).status_code == 404
    assert stranger("POST", "/campaigns", {"name": "Theirs", "group_id": group["id"]}).status_code == 422
    reader = program(app, floor, ada, max_, (Scope.LISTS_READ,))
    assert reader("GET", f"/campaigns/{made['id']}").status_code == 200
    assert reader("PATCH", f"/campaigns/{made['id']}", {"version": 1}).status_code == 403
    assert reader("GET", "/distribution-groups").status_code == 403
