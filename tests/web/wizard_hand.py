"""Hands that fill in the list wizard through Flask's test client."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dialer.db import Database
from dialer.store import jobs

CSV = (
    "Account Name,First Name,Last Name,Phone,Favourite colour\n"
    "Bolt,Bo,Prospect,(214) 555-1000,red\n"
    "Nut,Bea,Prospect,(214) 555-1001,blue\n"
    "Broken,Bob,Prospect,12,green\n"
)
POOL = {
    "lead_pool": "y",
    "batch_size": "10",
    "retain_h": "12",
    "overnight_reset": "y",
    "assign_by": "users",
}
SETTINGS = {
    "phone_field": "phone",
    "sort_by": "upload",
    "order": "ascending",
    "calling_from": "09:00",
    "calling_until": "17:30",
    "max_attempts": "4",
    "ring_s": "30",
    "lines_per_agent": "1,5",
    "script": "Hello",
}
MAPPING = {
    "map:account_name": "Account Name",
    "map:first_name": "First Name",
    "map:last_name": "Last Name",
    "map:phone": "Phone",
}


class Wizard:
    """One walk through the steps; each method answers with what the panel said."""

    def __init__(self, client: FlaskClient, uploads: Path | None = None) -> None:
        self.client = client
        self.uploads = uploads
        self.token = ""

    def upload(
        self, text: str | bytes = CSV, name: str = "", file_name: str = "spring_leads.csv"
    ) -> TestResponse:
        content = text.encode() if isinstance(text, str) else text
        form = {"file": (io.BytesIO(content), file_name), "name": name}
        answer = self.client.post("/lists/new", data=form)
        if found := re.search(r"/new/([0-9a-f]{32})/", answer.location or ""):
            self.token = found.group(1)
        return answer

    def get(self, step: str, query: str = "") -> TestResponse:
        return self.client.get(f"/lists/new/{self.token}/{step}{query}")

    def post(self, step: str, values: dict[str, Any], do: str = "next") -> TestResponse:
        return self.client.post(f"/lists/new/{self.token}/{step}", data={**values, "do": do})

    def to_columns(
        self,
        pool: dict[str, Any] | None = None,
        settings: dict[str, Any] | None = None,
        text: str | bytes = CSV,
    ) -> None:
        """Every step before the last one."""
        assert self.upload(text).status_code == 302
        assert self.post("pool", {**POOL, **(pool or {})}).status_code == 302
        assert self.post("settings", {**SETTINGS, **(settings or {})}).status_code == 302

    def save(self, mapping: dict[str, str] = MAPPING, unmapped: str = "keep") -> TestResponse:
        """Save List, the unmapped columns confirmed."""
        return self.post("columns", {**mapping, "unmapped": unmapped}, do="confirm")


def import_all(db: Database, uploads: Path) -> None:
    """What the importer service does, here and now."""
    while jobs.work_once(db, uploads, "test"):
        pass
