"""A program that calls the API with a token."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from flask import Flask
from panel_floor import Floor, now
from werkzeug.test import TestResponse

from dialer.store import tokens
from dialer.store.people import User
from dialer.store.tokens import Scope


class Program:
    """Sends what a program would: a bearer token and JSON, no cookies."""

    def __init__(self, app: Flask, secret: str | None) -> None:
        self._client = app.test_client(use_cookies=False)
        self.secret = secret

    def __call__(
        self, method: str, path: str, json: Any = None, status: int | None = None, **more: Any
    ) -> TestResponse:
        """One request to ``/api/v1`` + path; with ``status``, the answer must have it."""
        headers = {**({"Authorization": f"Bearer {self.secret}"} if self.secret else {})}
        headers |= more.pop("headers", {})
        if json is not None:
            more["json"] = json
        answer = self._client.open(f"/api/v1{path}", method=method, headers=headers, **more)
        if answer.status_code >= 400:
            told = answer.get_json(force=True)
            assert answer.mimetype == "application/problem+json", answer.text
            assert told["status"] == answer.status_code and len(told["detail"]) > 10, told
        assert "Set-Cookie" not in answer.headers
        if status is not None:
            assert answer.status_code == status, answer.text
        return answer

    def get(self, path: str, **more: Any) -> Any:
        """What a GET answers, read."""
        return self("GET", path, status=200, **more).json


def program(
    app: Flask,
    floor: Floor,
    admin: User,
    acting: User,
    scopes: Collection[Scope],
    expires_at: datetime | None = None,
) -> Program:
    """A program with a token that acts for ``acting``."""
    _, secret = tokens.create(
        floor.tenant,
        admin.id,
        name="robot",
        scopes=scopes,
        user_id=acting.id,
        expires_at=expires_at,
        now=now(),
    )
    return Program(app, secret)
