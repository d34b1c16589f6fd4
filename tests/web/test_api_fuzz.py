"""Whatever a program sends: no operation breaks, and every answer is as the description says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

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

from dialer.db import Database
from dialer.store import do_not_call, jobs, parking, resets, teams, tokens
from dialer.store.people import Role, User
from dialer.store.tokens import Scope
from web.limits import limiter

EXAMPLES = 8
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
def known(app: Flask, db: Database, floor: Floor, ana: User) -> dict[str, Any]:
    """Something at every address, so that not every request ends in 404."""
    ada = floor.hire("Ada", Role.SUPER_ADMIN)
    list_id = floor.add_list(ada, ana, prospects=30)
    with db.transaction() as connection:
        connection.execute("UPDATE prospect SET status = 'done', attempts = 1 WHERE position <= 10")
    job_id = resets.queue_reset(db, ada.id, list_id)
    jobs.work_once(db, Path(app.config["RINGPOOL_UPLOADS"]), "test")
    number, until = "+12145551020", (now() + timedelta(days=9)).date()
    do_not_call.add(db, ada.id, [number], now())
    parking.add(db, ada.id, [number], now(), until=until)
    return {
        "user": ada,
        "list_id": list_id,
        "job_id": job_id,
        "user_id": ana.id,
        "team_id": teams.create_team(db, floor.organisation.id, "North").id,
        "number": number,
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
    answers: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _ask(operation, mode, headers, known, answers.setdefault(operation.label, set()))
    assert len(answers) >= 30
    for label, statuses in answers.items():
        if label.startswith("GET"):
            assert HTTPStatus.OK in statuses, label


def _ask(
    operation: Any, mode: GenerationMode, headers: dict[str, str], known: dict[str, Any], seen: set[int]
) -> None:
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), at_known=st.booleans())
    def ask(case: Any, at_known: bool) -> None:
        if at_known or mode is GenerationMode.POSITIVE:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = known[name]
        response = case.call(headers=headers)
        seen.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    ask()
