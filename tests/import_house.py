"""An organisation with one empty list, and files to import into it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dialer import uploads
from dialer.db import Database
from dialer.imports import suggest_mapping
from dialer.store import imports, jobs, lists, organisations, people
from dialer.store.imports import Import, ImportOutcome

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
HEADERS = ["Account Name", "First Name", "Last Name", "Phone", "Mobile", "State", "Budget"]


@dataclass(frozen=True)
class House:
    """An organisation with its manager Max and one empty list."""

    db: Database
    organisation_id: int
    max_id: int
    list_id: int
    folder: Path

    @property
    def uploads(self) -> Path:
        return self.folder / "uploads"

    def file(self, *rows: list[str], name: str = "spring.csv") -> Path:
        path = self.folder / name
        with path.open("w", newline="") as out:
            csv.writer(out).writerows([HEADERS, *rows])
        return path

    def add_list(self, name: str, **settings: Any) -> int:
        return lists.create_list(self.db, self.max_id, lists.ListSettings(name=name, **settings), NOW)

    def read(self, path: Path, **more: Any) -> ImportOutcome:
        """Read a file into the list as the command line does."""
        values = {
            "organisation_id": self.organisation_id,
            "list_id": self.list_id,
            "user_id": self.max_id,
            "path": path,
            "file_name": path.name,
            "mapping": suggest_mapping(HEADERS),
            "now": NOW,
            **more,
        }
        return imports.import_list(self.db, **values)

    def queue(self, path: Path, **more: Any) -> int:
        """Upload a file and let the importer read it, as the panel does; returns the import's id."""
        token = uploads.new_token()
        lies = uploads.path_of(self.uploads, token)
        lies.parent.mkdir(parents=True)
        path.replace(lies)
        values = {
            "organisation_id": self.organisation_id,
            "list_id": self.list_id,
            "user_id": self.max_id,
            "file_name": path.name,
            "file_token": token,
            "file_size": lies.stat().st_size,
            "file_hash": uploads.fingerprint(lies),
            "mapping": suggest_mapping(HEADERS),
            "keep_unmapped": True,
            "now": NOW,
            **more,
        }
        return imports.queue_import(self.db.for_organisation(self.organisation_id), **values)

    def work(self, worker: str = "ours") -> bool:
        return jobs.work_once(self.db, self.uploads, worker)

    def progress(self, import_id: int) -> Import:
        return imports.progress(self.db, self.organisation_id, import_id)

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self.db.transaction() as connection:
            return connection.execute(query).fetchall()

    def do(self, statement: str) -> None:
        with self.db.transaction() as connection:
            connection.execute(statement)

    def names(self, list_id: int | None = None) -> list[str]:
        """The last names in the list's order."""
        found = self.rows(
            f"SELECT last_name FROM prospect WHERE list_id = {list_id or self.list_id} ORDER BY position, id"
        )
        return [row["last_name"] for row in found]


def bo(number: int, **cells: str) -> list[str]:
    """A row; the number makes its telephone number and its name."""
    phone = f"+1 212 {200 + number // 10_000} {number % 10_000:04}"
    row = dict(zip(HEADERS, ["Berg AB", "Bo", f"Berg {number}", phone, "", "TX", ""], strict=True))
    return list({**row, **cells}.values())


def build(db: Database, folder: Path) -> House:
    acme = organisations.create_organisation(db, "Acme", NOW)
    max_ = people.create_user(
        db, acme.id, NOW, name="Max", email="max@example.com", password="only-for-tests", role="manager"
    )
    list_id = lists.create_list(db, max_.id, lists.ListSettings(name="Spring"), NOW)
    return House(db, acme.id, max_.id, list_id, folder)
