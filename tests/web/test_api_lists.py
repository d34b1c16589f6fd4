"""Lists for programs: made from a file, followed, looked at, edited."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from api_client import Program, program
from flask import Flask
from panel_floor import Floor, now

from dialer.db import Database
from dialer.store import jobs, mappings
from dialer.store.people import Role, User
from dialer.store.tokens import Scope

CSV = (
    "Account Name,First Name,Last Name,Phone,Favourite colour\n"
    "Bolt,Bo,Prospect,(214) 555-1000,red\n"
    "Nut,Bea,Prospect,(214) 555-1001,blue\n"
    "=cmd,Bob,Prospect,12,green\n"
)


@pytest.fixture
def robot(app: Flask, floor: Floor, max_: User) -> Program:
    ada = floor.hire("Ada", Role.ADMIN)
    return program(app, floor, ada, max_, [Scope.LISTS_READ, Scope.LISTS_WRITE])


@pytest.fixture
def stranger(app: Flask, db: Database) -> Program:
    """A token of another organisation."""
    nord = Floor(db, "Nord")
    nils = nord.hire("Nils", Role.ADMIN)
    return program(app, nord, nils, nils, [Scope.LISTS_READ, Scope.LISTS_WRITE])


def send(robot: Program, text: str | bytes = CSV, status: int | None = 202, **parts: Any) -> Any:
    """POST /lists; parts other than the file are sent as JSON."""
    content = text.encode() if isinstance(text, str) else text
    form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parts.items()}
    return robot(
        "POST", "/lists", data={"file": (io.BytesIO(content), "spring_leads.csv"), **form}, status=status
    ).json


def read_it(app: Flask, db: Database) -> None:
    """Let the importer do what is queued."""
    assert jobs.work_once(db, Path(app.config["RINGPOOL_UPLOADS"]), "test")


def test_a_file_becomes_a_list(app: Flask, db: Database, robot: Program, ana: User) -> None:
    settings = {
        "batch_size": 50, "overnight_reset": False, "calling_until": "18:30", "sort_by": "custom:Favourite colour",
        "sort_descending": True, "lines_per_agent": 1.5, "user_ids": [ana.id],
    }  # fmt: skip
    queued = send(robot, settings=settings)
    assert queued["job"]["state"] == "queued" and queued["seen_before"] == []
    read_it(app, db)
    job = robot.get(f"/jobs/{queued['job']['id']}")
    assert (job["state"], job["accepted"], job["refused"], job["by"]) == ("done", 2, 1, "Max")
    answer = robot("GET", f"/lists/{queued['list_id']}", status=200)
    told = answer.json
    assert answer.headers["ETag"] == f'"{told["version"]}"'
    assert {key: told[key] for key in settings} == settings
    assert (told["name"], told["kind"], told["prospects"], told["remaining"]) == (
        "spring leads",
        "lead_pool",
        2,
        2,
    )
    assert {zone["name"]: zone["total"] for zone in told["zones"] if zone["total"]} == {"CST": 2}
    assert [person["name"] for person in told["assigned"]] == ["Ana"]
    assert [row["id"] for row in robot.get("/lists")["items"]] == [queued["list_id"]]


def test_refused_rows_are_a_csv_that_starts_no_formula(app: Flask, db: Database, robot: Program) -> None:
    queued = send(robot)
    read_it(app, db)
    answer = robot("GET", f"/jobs/{queued['job']['id']}/refused.csv", status=200)
    assert answer.mimetype == "text/csv"
    header, row = answer.text.splitlines()
    assert header == "Line,Reason,Row" and row.startswith("4,") and "'=cmd" in row


def test_columns_are_matched_by_hand_and_by_a_saved_mapping(
    app: Flask, db: Database, robot: Program, floor: Floor, max_: User
) -> None:
    text = CSV.replace("Phone", "Reach at").replace("Account Name", "Where")
    refused = send(robot, text, status=422)
    assert "Account Name and Phone" in refused["detail"]
    wanted = {"phone": "Reach at", "account_name": "Where", "custom:Colour": "Favourite colour"}
    send(robot, text, mapping=wanted)
    read_it(app, db)
    mappings.save(floor.tenant, max_.id, "Monthly", wanted, now())
    again = send(robot, text, settings={"use_mapping": "monthly", "keep_unmapped": False})
    assert [each["list_name"] for each in again["seen_before"]] == ["spring leads"]
    send(robot, text, status=404, settings={"use_mapping": "weekly"})


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({"settings": "{"}, 422),
        ({"settings": "[]"}, 422),
        ({"settings": {"batch_size": 0}}, 422),
        ({"settings": {"batch_size": 10**12}}, 422),
        ({"settings": {"calling_from": "09:00", "calling_until": "09:00"}}, 409),
        ({"settings": {"sort_by": "shoe size"}}, 422),
        ({"settings": {"phone_field": "work_phone"}}, 422),
        ({"settings": {"name": "\x00"}}, 422),
        ({"settings": {"user_ids": [424242]}}, 404),
        ({"settings": {"lines_per_agent": 11}}, 422),
        ({"settings": {"colour": "red"}}, 422),
        ({"mapping": "7"}, 422),
        ({"mapping": {"phone": 7}}, 422),
        ({"mapping": {"phone": None}}, 422),
        ({"mapping": {"phone": "First Name", "first_name": "First Name"}}, 422),
        ({"mapping": {"fax": "Phone"}}, 422),
        ({"other": "x"}, 422),
    ],
)
def test_what_cannot_be_makes_no_list_and_keeps_no_file(
    app: Flask, robot: Program, parts: dict[str, Any], status: int
) -> None:
    send(robot, status=status, **parts)
    assert robot.get("/lists")["items"] == [] and robot.get("/jobs")["items"] == []
    assert list(Path(app.config["RINGPOOL_UPLOADS"]).glob("*")) == []


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04" + b"\0" * 100, b"Account Name,First Name,Last Name,Phone\n", b"\0" * 50]
)
def test_a_file_that_is_no_list_is_refused(app: Flask, robot: Program, content: bytes) -> None:
    refused = robot("POST", "/lists", data={"file": (io.BytesIO(content), "a.csv")})
    assert refused.status_code == 422, refused.text
    assert robot.get("/lists")["items"] == []


def test_without_a_file_or_a_form_nothing_is_made(robot: Program) -> None:
    robot("POST", "/lists", data={"settings": "{}"}, content_type="multipart/form-data", status=422)
    robot("POST", "/lists", {"name": "x"}, status=415)
    robot("POST", "/lists", data=b"x", content_type="multipart/form-data", status=422)


def test_an_import_is_cancelled_before_it_began(robot: Program) -> None:
    queued = send(robot)
    address = f"/jobs/{queued['job']['id']}"
    assert robot("POST", f"{address}/cancel", status=202).json["state"] == "cancelled"
    robot("POST", f"{address}/cancel", status=409)
    assert robot.get(f"/lists/{queued['list_id']}")["prospects"] == 0


def test_a_list_is_reset_by_the_importer(
    app: Flask, db: Database, robot: Program, stranger: Program, floor: Floor, max_: User
) -> None:
    list_id = floor.add_list(max_)
    assert "nobody" in robot("POST", f"/lists/{list_id}/reset", status=409).json["detail"]
    with db.transaction() as connection:
        connection.execute("UPDATE prospect SET status = 'done', attempts = 3")
    stranger("POST", f"/lists/{list_id}/reset", status=404)
    answer = robot("POST", f"/lists/{list_id}/reset", status=202)
    assert (answer.json["kind"], answer.json["state"]) == ("reset", "queued")
    assert answer.headers["Location"] == f"/api/v1/jobs/{answer.json['id']}"
    robot("POST", f"/lists/{list_id}/reset", status=409)
    cancelled = robot("POST", f"/jobs/{answer.json['id']}/cancel", status=202)
    assert cancelled.json["state"] == "cancelled"
    again = robot("POST", f"/lists/{list_id}/reset", status=202).json["id"]
    read_it(app, db)
    assert robot.get(f"/jobs/{again}")["state"] == "done"
    assert robot.get(f"/lists/{list_id}")["remaining"] == 3


def test_jobs_are_filtered_and_come_in_pages(app: Flask, db: Database, robot: Program) -> None:
    made = [send(robot, settings={"name": f"List {n}"})["job"]["id"] for n in range(3)]
    read_it(app, db)
    first = robot.get("/jobs?limit=2")
    assert [job["id"] for job in first["items"]] == made[:0:-1]
    assert [job["id"] for job in robot.get(f"/jobs?limit=2&cursor={first['next']}")["items"]] == made[:1]
    assert [job["id"] for job in robot.get("/jobs?state=done")["items"]] == made[:1]
    assert robot.get("/jobs?kind=reset")["items"] == []
    robot("GET", "/jobs?kind=party", status=422)
    robot("GET", "/jobs/424242", status=404)
    robot("GET", f"/jobs/{2**63 - 1}", status=404)


def test_a_list_is_edited_by_version(robot: Program, floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_)
    before = robot.get(f"/lists/{list_id}")
    change = {"version": before["version"], "batch_size": 7, "overnight_reset": False, "user_ids": [ana.id]}
    after = robot("PATCH", f"/lists/{list_id}", change, status=200).json
    assert (after["batch_size"], after["overnight_reset"], after["user_ids"]) == (7, False, [ana.id])
    assert after["version"] > before["version"] and after["name"] == before["name"]
    refused = robot("PATCH", f"/lists/{list_id}", change, status=409).json
    assert refused["type"] == "urn:ringpool:changed-meanwhile" and "Max" in refused["detail"]
    newest = {"If-Match": f'"{after["version"]}"'}
    robot("PATCH", f"/lists/{list_id}", {"name": "Summer"}, headers=newest, status=200)
    robot("PATCH", f"/lists/{list_id}", {"user_ids": [424242], "version": after["version"] + 1}, status=404)


def test_a_list_is_not_taken_from_who_is_dialing_unless_told(
    robot: Program, floor: Floor, max_: User, ana: User
) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    told = robot.get(f"/lists/{list_id}")
    assert told["dialing"] == ["Ana"]
    change = {"version": told["version"], "user_ids": []}
    refused = robot("PATCH", f"/lists/{list_id}", change, status=409).json
    assert "Ana" in refused["detail"] and refused["type"] == "about:blank"
    assert (
        robot("PATCH", f"/lists/{list_id}", {**change, "interrupt": True}, status=200).json["user_ids"] == []
    )


def test_another_organisation_sees_and_changes_none_of_it(
    app: Flask, db: Database, robot: Program, stranger: Program, ana: User
) -> None:
    queued = send(robot)
    assert stranger.get("/lists")["items"] == stranger.get("/jobs")["items"] == []
    for method, path in (
        ("GET", f"/lists/{queued['list_id']}"),
        ("GET", f"/jobs/{queued['job']['id']}"),
        ("GET", f"/jobs/{queued['job']['id']}/refused.csv"),
        ("POST", f"/jobs/{queued['job']['id']}/cancel"),
    ):
        stranger(method, path, status=404)
    send(stranger, status=404, settings={"user_ids": [ana.id]})
    assert robot.get(f"/jobs/{queued['job']['id']}")["is_cancelled"] is False


def test_reading_needs_its_scope_and_writing_its_own(app: Flask, floor: Floor, max_: User) -> None:
    ada = floor.hire("Ada", Role.ADMIN)
    reader = program(app, floor, ada, max_, [Scope.LISTS_READ])
    send(reader, status=403)
    writer = program(app, floor, ada, max_, [Scope.LISTS_WRITE])
    writer("GET", "/jobs", status=403)
