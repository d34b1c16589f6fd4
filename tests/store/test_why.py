"""«Why is this prospect not being dialed?» (TEL-6), on real records and by the command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from panel_floor import Floor

from dialer.db import Database
from dialer.dialing_rules import Rule
from dialer.store.launching import why_not_dialed
from dialer.store.people import Role

NOON_IN_NEW_YORK = datetime(2026, 3, 2, 17, tzinfo=UTC)

NUMBER = "+12145551001"


@pytest.fixture
def floor(db: Database) -> Floor:
    floor = Floor(db)
    max_ = floor.hire("Max", Role.MANAGER)
    floor.add_list(max_, prospects=2)
    return floor


def rule_of(floor: Floor, at: datetime = NOON_IN_NEW_YORK) -> Rule | None:
    (standing,) = why_not_dialed(floor.tenant, floor.organisation.id, NUMBER, at)
    return standing.refusal and standing.refusal.rule


def test_a_prospect_in_the_pool_has_no_rule_in_the_way(floor: Floor) -> None:
    (standing,) = why_not_dialed(floor.tenant, floor.organisation.id, NUMBER, NOON_IN_NEW_YORK)
    assert (standing.refusal, standing.held_by, standing.status) == (None, None, "pool")


def test_do_not_call_is_named_before_anything_else(floor: Floor) -> None:
    with floor.db.transaction() as connection:
        connection.execute("UPDATE list SET calling_until = '00:01'")
        connection.execute(
            "INSERT INTO do_not_call (organisation_id, number, added_at) VALUES (%s, %s, now())",
            (floor.organisation.id, NUMBER),
        )
    assert rule_of(floor) is Rule.DO_NOT_CALL


def test_a_number_in_the_parking_lot_says_so(floor: Floor) -> None:
    with floor.db.transaction() as connection:
        connection.execute(
            "INSERT INTO parking_lot (organisation_id, number, until) VALUES (%s, %s, now()::date + 3)",
            (floor.organisation.id, NUMBER),
        )
    assert rule_of(floor) is Rule.PARKED


def test_calling_hours_say_when_they_begin(floor: Floor) -> None:
    with floor.db.transaction() as connection:
        connection.execute("UPDATE list SET calling_from = '15:00', calling_until = '16:00'")
    (standing,) = why_not_dialed(floor.tenant, floor.organisation.id, NUMBER, NOON_IN_NEW_YORK)
    assert standing.refusal is not None
    assert standing.refusal.rule is Rule.CALLING_HOURS
    # Three in the afternoon in Chicago, where the prospect lives.
    assert standing.refusal.until == datetime(2026, 3, 2, 21, tzinfo=UTC)


def test_the_organisations_hours_and_its_cap_have_names_of_their_own(floor: Floor) -> None:
    with floor.db.transaction() as connection:
        connection.execute("UPDATE organisation SET calling_from = '15:00', calling_until = '16:00'")
    assert rule_of(floor) is Rule.ORGANISATION_HOURS
    with floor.db.transaction() as connection:
        connection.execute("UPDATE organisation SET attempts_per_day = 2")
        for minutes in (10, 20, 30):
            connection.execute(
                "INSERT INTO attempt (organisation_id, prospect_id, list_id, node, number, ring_s, record,"
                " drop_message, state, leg_id, launched_at, ended_at, outcome)"
                " SELECT organisation_id, prospect_id, (SELECT list_id FROM prospect p WHERE p.id = prospect_id),"
                " 'main', number, 25, false, '', 'ended', gen_random_uuid(), %(at)s, %(at)s, 'busy'"
                " FROM phone WHERE number = %(number)s",
                {"at": NOON_IN_NEW_YORK - timedelta(minutes=minutes), "number": NUMBER},
            )
    (standing,) = why_not_dialed(floor.tenant, floor.organisation.id, NUMBER, NOON_IN_NEW_YORK)
    assert standing.refusal is not None
    assert standing.refusal.rule is Rule.ATTEMPTS_PER_DAY
    assert standing.refusal.until == NOON_IN_NEW_YORK + timedelta(days=1, minutes=-20), "of two the older"


def test_an_archived_list_says_so(floor: Floor) -> None:
    with floor.db.transaction() as connection:
        connection.execute("UPDATE list SET archived_at = now()")
    assert rule_of(floor) is Rule.LIST_ARCHIVED


def test_another_organisation_finds_nobody(floor: Floor) -> None:
    other = Floor(floor.db, "Other")
    assert why_not_dialed(other.tenant, floor.organisation.id, NUMBER, NOON_IN_NEW_YORK) == []
