"""Leads for a rig: a campaign that rings everybody, agents who are signed in, and leads that come."""

from __future__ import annotations

from typing import Any

from dialer import live

from .rig import Rig, until


class Leads:
    """The campaign «Website» of a rig's organisation, for all its agents."""

    def __init__(self, rig: Rig, *, ring_s: int = 20, press_s: int = 15) -> None:
        self.rig = rig
        rig.execute("ALTER TABLE list DROP CONSTRAINT IF EXISTS list_ring_s_check")
        made = rig.row(
            """
            WITH leads AS (
                INSERT INTO list (organisation_id, name, kind, calling_from, calling_until, max_attempts, ring_s)
                VALUES (%(o)s, 'Website', 'campaign', '00:00', '23:59:59.999999', 100, 15) RETURNING id
            ), everybody AS (
                INSERT INTO distribution_group (organisation_id, name) VALUES (%(o)s, 'Everybody') RETURNING id
            )
            INSERT INTO campaign (organisation_id, name, list_id, group_id, ring_s, press_s)
            SELECT %(o)s, 'Website', leads.id, everybody.id, %(ring_s)s, %(press_s)s FROM leads, everybody
            RETURNING id, list_id
            """,
            o=rig.organisation_id,
            ring_s=ring_s,
            press_s=press_s,
        )
        assert made is not None
        self.campaign_id, self.list_id = made["id"], made["list_id"]

    def sign_in(self, *names: str) -> None:
        """Their pages of the panel stay open; their phones are registered."""
        self.rig.phones_register(*names)
        for name in names:
            self.rig.execute(
                "UPDATE app_user SET seen_at = now() + interval '1 hour' WHERE id = %(u)s",
                u=self.rig.users[name],
            )

    def post(self, script: str = "0000") -> Lead:
        """A lead comes, whose number ends in this script."""
        rig = self.rig
        rig.list_id, callers_list = self.list_id, rig.list_id
        try:
            (number,) = rig.add_prospects(script)
        finally:
            rig.list_id = callers_list
        with rig.db.transaction() as connection:
            row = connection.execute(
                "INSERT INTO lead (organisation_id, prospect_id, campaign_id, received_at, changed_at)"
                " VALUES (%s, %s, %s, now(), now()) RETURNING id",
                (rig.organisation_id, rig.prospect(number)["id"], self.campaign_id),
            ).fetchone()
            assert row is not None
            live.wake_dialer(connection)
        return Lead(rig, row["id"], number)


class Lead:
    """One lead, and what has become of it."""

    def __init__(self, rig: Rig, lead_id: int, number: str) -> None:
        self.rig = rig
        self.id = lead_id
        self.number = number

    def row(self) -> dict[str, Any]:
        found = self.rig.row("SELECT * FROM lead WHERE id = %(id)s", id=self.id)
        assert found is not None
        return found

    def until(self, *states: str) -> dict[str, Any]:
        """Return the lead once it is in one of these places."""

        def look() -> dict[str, Any] | None:
            row = self.row()
            return row if row["state"] in states else None

        found = until(
            look, lambda: f"the lead is {' or '.join(states)}, now {self.row()}, legs {self.legs()}"
        )
        assert found is not None
        return found

    def legs(self) -> list[dict[str, Any]]:
        """Its ring legs, oldest first, with their agents' names."""
        return self.rig.rows(
            "SELECT g.*, u.name FROM ring_leg g JOIN ring r ON r.id = g.ring_id JOIN app_user u ON u.id = g.user_id"
            " WHERE r.lead_id = %(id)s ORDER BY g.id",
            id=self.id,
        )

    def until_leg(self, name: str, *states: str) -> dict[str, Any]:
        """Return the agent's newest ring leg once it is in one of these states."""

        def look() -> dict[str, Any] | None:
            legs = [leg for leg in self.legs() if leg["name"] == name]
            return legs[-1] if legs and legs[-1]["state"] in states else None

        found = until(look, lambda: f"{name}'s phone is {' or '.join(states)}, now {self.legs()}")
        assert found is not None
        return found

    def outcomes(self) -> dict[str, str | None]:
        """What came of the newest ring for each agent, by name."""
        return {leg["name"]: leg["outcome"] for leg in self.legs()}

    def until_over(self) -> None:
        """Every ring of it is over."""
        until(
            lambda: (
                self.legs()
                and not self.rig.count("ring WHERE lead_id = %(id)s AND state <> 'over'", id=self.id)
            ),
            lambda: f"its rings are over, now {self.legs()}",
        )

    def application(self) -> dict[str, Any] | None:
        return self.rig.row("SELECT * FROM application WHERE lead_id = %(id)s", id=self.id)


def nothing_is_left(rig: Rig) -> None:
    """No leg rings, nobody is reserved, every lead is in one place and has at most one winner."""
    until(lambda: not rig.count("ring WHERE state <> 'over'"), "every ring is over")
    assert not rig.count("ring_leg WHERE state <> 'over'")
    assert not rig.count("agent WHERE state = 'reserved' OR ring_id IS NOT NULL")
    assert rig.count("lead WHERE state = 'taken'") == rig.count("application")
    assert not rig.said("an event could not be handled")
    assert not rig.said("something could not be done")
    assert not rig.count(
        "(SELECT lead_id FROM ring WHERE outcome = 'taken' GROUP BY 1 HAVING count(*) > 1) twice"
    )
