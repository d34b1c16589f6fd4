"""The demo's organisation: its people, their phones, and its list, imported from a CSV as everybody's is."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import time as time_of_day
from datetime import timedelta
from pathlib import Path

from cli.demo_leads import Site, found_site
from cli.demo_list import MAPPING, write_list
from cli.stack.secret_file import secret
from cli.stack.world import Phone
from dialer import uploads
from dialer.clock import now
from dialer.db import Database
from dialer.errors import RingpoolError
from dialer.store import company, imports, lists, organisations, people

PASSWORD = "ringpool-demo"
AGENTS = ("Ana", "Abe", "Eva", "Nils", "Ida", "Omar", "Lin", "Rosa", "Per", "Maja")
FIRST_EXTENSION = 1001
YOUR_EXTENSION = "1999"
IMPORTED_WITHIN_S = 60.0


class DemoFailed(RingpoolError):
    """The demo did not come to its end."""


@dataclass(frozen=True, slots=True)
class Center:
    """The demo's organisation."""

    organisation_id: int
    manager_id: int
    agent_ids: tuple[int, ...]
    list_id: int
    prospects: int
    site: Site


def phones_of(agents: int, home: Path) -> tuple[Phone, ...]:
    """The simulated agents' phones, and one that answers for whoever tries the panel."""
    extensions = [str(FIRST_EXTENSION + n) for n in range(agents)]
    return tuple(
        Phone(extension, secret(home, f"phone {extension}")) for extension in [*extensions, YOUR_EXTENSION]
    )


def found_center(
    database: Database,
    home: Path,
    uploads_folder: Path,
    prospects: int,
    agents: int,
    seed: int,
    say: Callable[[str], None],
) -> Center:
    """An organisation, its people and its list, imported from a CSV as everybody's is."""
    organisation = organisations.create_organisation(database, "Ringpool Demo", now())
    employ = _employer(database, organisation.id, home)
    _call_at_any_hour(database, organisation.id, employ("Ada", "admin", None))
    manager_id = employ("Max", "manager", None)
    agent_ids = tuple(
        employ(
            AGENTS[n] if n < len(AGENTS) else f"{AGENTS[n % len(AGENTS)]} {n // len(AGENTS) + 1}",
            "agent",
            str(FIRST_EXTENSION + n),
        )
        for n in range(agents)
    )
    you = employ("You", "agent", YOUR_EXTENSION)
    list_id = lists.create_list(
        database,
        manager_id,
        lists.ListSettings(
            name="Demo prospects",
            calling_from=time_of_day(0),
            calling_until=time_of_day(23, 59, 59, 999999),
            max_attempts=2,
            ring_s=15,
            retry_busy=timedelta(seconds=5),
            retry_no_answer=timedelta(seconds=5),
            retry_machine=timedelta(seconds=5),
            retry_failed=timedelta(seconds=5),
            retry_dropped=timedelta(seconds=5),
            script="Hello, this is Ringpool calling.\nDo you have a minute?",
        ),
        now(),
        user_ids=[*agent_ids, you],
    )
    path = write_list(home / "demo.csv", prospects, seed)
    outcome = _imported(database, organisation.id, list_id, manager_id, path, uploads_folder)
    say(f"{outcome.accepted} prospects imported from {path.name}, {outcome.refused} refused.")
    site = found_site(database, organisation.id, manager_id, employ)
    return Center(organisation.id, manager_id, agent_ids, list_id, outcome.accepted, site)


def _call_at_any_hour(database: Database, organisation_id: int, admin_id: int) -> None:
    """Simulated people are never asleep, nor tired of being called."""
    rules = company.settings(database, organisation_id)
    any_hour = replace(rules, calling_from=time_of_day(0), calling_until=time_of_day(0), attempts_per_day=100)
    company.edit_settings(database, admin_id, any_hour)


def _imported(
    database: Database, organisation_id: int, list_id: int, user_id: int, path: Path, uploads_folder: Path
) -> imports.Import:
    """Upload the file and wait until the importer has read it."""
    token = uploads.new_token()
    upload = uploads.path_of(uploads_folder, token)
    upload.parent.mkdir(parents=True, mode=0o700)
    shutil.copy(path, upload)
    import_id = imports.queue_import(
        database,
        organisation_id=organisation_id,
        list_id=list_id,
        user_id=user_id,
        file_name=path.name,
        file_token=token,
        file_size=upload.stat().st_size,
        file_hash=uploads.fingerprint(upload),
        mapping=MAPPING,
        keep_unmapped=True,
        now=now(),
    )
    deadline = time.monotonic() + IMPORTED_WITHIN_S
    while not (outcome := imports.progress(database, organisation_id, import_id)).is_over:
        if time.monotonic() > deadline:
            raise DemoFailed("The importer did not read the demo's list in time; see log/importer.log.")
        time.sleep(0.05)
    if outcome.error is not None:
        raise DemoFailed(f"The demo's list could not be imported: {outcome.error}")
    return outcome


def _employer(database: Database, organisation_id: int, home: Path) -> Callable[[str, str, str | None], int]:
    def employ(name: str, role: str, extension: str | None) -> int:
        user = people.create_user(
            database,
            organisation_id,
            now(),
            name=name,
            email=f"{name.lower().replace(' ', '')}@demo.example",
            password=PASSWORD,
            role=role,
            extension=extension,
            sip_secret=secret(home, f"phone {extension}") if extension else None,
            pin="1234" if extension else None,
        )
        return user.id

    return employ
