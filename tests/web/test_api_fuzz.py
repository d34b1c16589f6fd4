"""Whatever a program sends: no operation breaks, and every answer is as the description says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from itertools import count
from typing import Any

import lead_hands as hands
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from panel_floor import Floor, now
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dialer.campaigns import GroupSettings
from dialer.db import Database
from dialer.store import distribution_groups, do_not_call, imports, parking, teams, tokens, webhooks
from dialer.store.people import Role, User
from dialer.store.tokens import Scope
from web.limits import limiter

EXAMPLES = 6
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture
def unlimited(app: Flask) -> Iterator[None]:
    limiter.enabled = False
    yield
    limiter.enabled = True


@pytest.fixture
def known(db: Database, floor: Floor, ana: User) -> dict[str, Any]:
    """Something at every address, so that not every request ends in 404."""
    ada = floor.hire("Ada", Role.SUPER_ADMIN)
    list_id = floor.add_list(ada, ana, prospects=30)
    with db.transaction() as connection:
        connection.execute("UPDATE prospect SET status = 'done', attempts = 1 WHERE position <= 10")
    job_id = imports.queue_import(
        db, organisation_id=floor.organisation.id, list_id=floor.add_list(ada), user_id=ada.id,
        file_name="a.csv", file_token="0" * 32, file_size=1, file_hash=b"x", mapping={}, keep_unmapped=True,
        now=now(),
    )  # fmt: skip
    group_id = distribution_groups.add(db, floor.organisation.id, GroupSettings("Everybody"))
    campaign_id = hands.campaign(floor, "Spring site")
    number, until = "+12145551020", (now() + timedelta(days=9)).date()
    do_not_call.add(db, ada.id, [number], now())
    parking.add(db, ada.id, [number], now(), until=until)
    return {
        "user": ada,
        "list_id": list_id,
        "job_id": job_id,
        "user_id": ana.id,
        # Those that others name are not deleted.
        "rung_group_id": group_id,
        "group_id": distribution_groups.add(db, floor.organisation.id, GroupSettings("Spare")),
        "named_team_id": teams.create_team(db, floor.organisation.id, "South").id,
        "team_id": teams.create_team(db, floor.organisation.id, "North").id,
        "number": number,
        "campaign_id": campaign_id,
        "webhook_id": webhooks.add(
            db, ada.id, floor.organisation.id, "https://example.com/x", ["lead.taken"], now()
        )[0],
    }


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("unlimited")
def test_no_request_breaks_an_operation_or_its_description(
    app: Flask, floor: Floor, known: dict[str, Any]
) -> None:
    ada = known.pop("user")
    _, secret = tokens.create(
        floor.tenant, ada.id, name="x", scopes=tuple(Scope), user_id=ada.id, expires_at=None, now=now()
    )
    headers = {"Authorization": f"Bearer {secret}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 30

    # What is deleted is missed by those that come after, and a list may lack a phone column that the company
    # demands by then.
    def turn(each: Any) -> tuple[bool, bool, int]:
        return each.method.upper() == "DELETE", each.label != "POST /api/v1/lists", -len(each.path)

    for operation in sorted(operations, key=turn):
        # One that an agent has is not withdrawn, and one that is withdrawn nobody gets.
        known["lead_id"] = hands.lead(floor, known["campaign_id"]).lead_id
        seen = _ask(operation, GenerationMode.POSITIVE, headers, known)
        _ask(operation, GenerationMode.NEGATIVE, headers, known)
        assert any(status < HTTPStatus.BAD_REQUEST for status in seen), f"{operation.label}: {sorted(seen)}"


def _ask(operation: Any, mode: GenerationMode, headers: dict[str, str], known: dict[str, Any]) -> set[int]:
    """Send what the description allows, or what it does not; the statuses that came back."""
    seen = set()

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), at_known=st.booleans())
    def ask(case: Any, at_known: bool) -> None:
        if at_known or mode is GenerationMode.POSITIVE:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = known[name]
        if mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
            _make_sense(case.body, known)
            if operation.method.upper() == "PATCH":
                path = operation.path.format(**case.path_parameters or {})
                present = operation.app.test_client().get(path, headers=headers)
                case.body |= {"version": present.json["version"]} if "version" in present.json else {}
        case.headers = {**(case.headers or {}), **headers}
        response = case.call()
        seen.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    ask()
    return seen


SERIAL = count(1)
CSV = b"Account Name,First Name,Last Name,Phone\nBolt,Bo,Prospect,(214) 555-1000\n"


def _make_sense(body: dict[str, Any], known: dict[str, Any]) -> None:
    """Give what the description cannot say of a value: that it is there, is new, or is to come."""
    sense = {
        "name": f"Somebody {next(SERIAL)}",
        "email": f"somebody{next(SERIAL)}@example.com",
        "numbers": [f"+1214555{next(SERIAL):04}", "soon"],
        "until": str((now() + timedelta(days=9)).date()),
        "user_id": known["user_id"],
        "user_ids": [known["user_id"]],
        "team_ids": [known["named_team_id"]],
        "group_id": known["rung_group_id"],
        "sort_by": "random",
        "active": True,
        "file": CSV,
        "campaign_id": known["campaign_id"],
        "phone": f"+1214556{next(SERIAL):04}",
        "url": f"https://example.com/{next(SERIAL)}",
    }
    body |= {
        name: value
        for name, value in sense.items()
        if name in body or (name == "phone" and "campaign_id" in body)
    }
    for name in (
        "use_mapping",
        "mapping",
        "phone_field",
        "extension",
        "sip_secret",
        "caller_id",
        "drop_message",
        "custom",
        "mobile_phone",
        "work_phone",
        "time_zone",
    ):
        body.pop(name, None)
    if ("works_from" in body) != ("works_until" in body):
        body |= {"works_from": None, "works_until": None}
    if isinstance(body.get("settings"), dict):
        _make_sense(body["settings"], known)
