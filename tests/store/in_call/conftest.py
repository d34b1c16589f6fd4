"""Ana at work, and in a call with a Bo; afterwards every record is in one place."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from dialing_floor import Floor

from dialer.db import Database


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db)
    yield floor
    floor.check()


@pytest.fixture
def ana(floor: Floor) -> int:
    return floor.at_work("Ana")


@pytest.fixture
def leg_id(floor: Floor, ana: int) -> UUID:
    """The prospect's leg of the call that Ana talks in."""
    return floor.talk()


@pytest.fixture
def attempt_id(floor: Floor, leg_id: UUID) -> int:
    return int(floor.attempt(leg_id)["id"])
