"""Hands for tests about leads: a campaign, a lead in it, a ring that is over."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from panel_floor import Floor, now

from dialer.leads import NewLead
from dialer.store import lead_pages, lead_places, leads
from dialer.store.leads import Posted

PHONES = (f"+1214555{number:04}" for number in count(2000))


def campaign(floor: Floor, name: str = "Website", *, active: bool = True, **of_list: Any) -> int:
    """A campaign with a list and a group of its own; its id."""
    columns = {
        "name": name,
        "kind": "campaign",
        "calling_from": "00:00",
        "calling_until": "23:59:59.999999",
        **of_list,
    }
    with floor.db.transaction() as connection:
        row = connection.execute(
            f"""
            WITH made AS (
                INSERT INTO list (organisation_id, {", ".join(columns)})
                VALUES (%(o)s, {", ".join(f"%({column})s" for column in columns)}) RETURNING id
            ), named AS (
                INSERT INTO distribution_group (organisation_id, name)
                VALUES (%(o)s, %(name)s) RETURNING id
            )
            INSERT INTO campaign (organisation_id, name, list_id, group_id, active)
            SELECT %(o)s, %(name)s, made.id, named.id, %(active)s FROM made, named RETURNING id
            """,
            {"o": floor.organisation.id, "active": active, **columns},
        ).fetchone()
    assert row is not None
    return int(row["id"])


def lead(floor: Floor, campaign_id: int, first_name: str = "Bo", **values: Any) -> Posted:
    """Somebody asks to be called."""
    phone = values.pop("phone", None) or next(PHONES)
    texts = {"first_name": first_name, "last_name": "Prospect", **values.pop("texts", {})}
    new = NewLead(campaign_id, {"phone": phone}, texts, **values)
    return leads.post(floor.db, floor.organisation.id, new, now(), source="Website")


def the(floor: Floor, lead_id: int) -> lead_pages.WholeLead:
    """The lead as it is now."""
    return lead_pages.lead(floor.tenant, floor.organisation.id, lead_id)


def make_exception(floor: Floor, lead_id: int, reason: str = "nobody_took") -> None:
    """Nobody has the lead."""
    with floor.db.transaction() as connection:
        assert lead_places.make_exception(connection, floor.organisation.id, lead_id, reason, now())


def ring(
    floor: Floor, lead_id: int, outcomes: Sequence[tuple[int, str]], outcome: str = "nobody_took"
) -> int:
    """A ring that is over: who was rung, and how each leg ended."""
    with floor.db.transaction() as connection:
        row = connection.execute(
            """
            INSERT INTO ring (organisation_id, key, lead_id, node, state, outcome, winner_id, press_s, started_at,
                ended_at)
            VALUES (%s, gen_random_uuid(), %s, 'main', 'over', %s, %s, 15, now() - interval '40 s',
                now() - interval '10 s')
            RETURNING id
            """,
            (
                floor.organisation.id,
                lead_id,
                outcome,
                next((user for user, how in outcomes if how == "won"), None),
            ),
        ).fetchone()
        assert row is not None
        for user_id, how in outcomes:
            connection.execute(
                """
                INSERT INTO ring_leg (organisation_id, ring_id, user_id, leg_id, bridge_id, standing, in_session,
                    extension, state, outcome, started_at, answered_at, pressed_at, ended_at)
                VALUES (%(o)s, %(ring)s, %(user)s, gen_random_uuid(), gen_random_uuid(), false, false, '1001',
                    'over', %(how)s, now() - interval '40 s',
                    CASE WHEN %(how)s IN ('won', 'did_not_press', 'too_late') THEN now() - interval '33 s' END,
                    CASE WHEN %(how)s = 'won' THEN now() - interval '29 s' END, now() - interval '12 s')
                """,
                {"o": floor.organisation.id, "ring": row["id"], "user": user_id, "how": how},
            )
    return int(row["id"])
