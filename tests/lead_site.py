"""A campaign on a floor without telephones, the leads that come to it, and the dialer's part played by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from dialing_floor import NODE, Floor

from dialer.calls.events import Event, KeyPressed, LegAnswered
from dialer.store import (
    ring_begin,
    rings,
)
from dialer.store.ring_begin import Begun, NotBegun

TRUNK = "trunk"


class Site:
    """A campaign that rings everybody of a floor, and leads that come to it."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        (made,) = floor.rows(
            """
            WITH leads AS (
                INSERT INTO list (organisation_id, name, kind, calling_from, calling_until, max_attempts)
                VALUES (%(o)s, 'Website', 'campaign', '00:00', '00:01', 9) RETURNING id
            ), everybody AS (
                INSERT INTO distribution_group (organisation_id, name) VALUES (%(o)s, 'Everybody') RETURNING id
            )
            INSERT INTO campaign (organisation_id, name, list_id, group_id)
            SELECT %(o)s, 'Website', leads.id, everybody.id FROM leads, everybody RETURNING id, list_id
            """
        )
        self.campaign_id, self.list_id = made["id"], made["list_id"]
        floor.do(
            "UPDATE list SET calling_from = '09:00', calling_until = '17:00' WHERE id = %(l)s", l=self.list_id
        )
        self._serial = 0

    def sign_in(self, name: str) -> int:
        """Somebody with a phone and a page of the panel, and no session."""
        user_id = self.floor.hire(name)
        self.floor.do("UPDATE app_user SET seen_at = %(now)s WHERE id = %(u)s", now=self.floor.now, u=user_id)
        return user_id

    def post(self) -> int:
        """A lead comes in."""
        self._serial += 1
        (row,) = self.floor.rows(
            """
            WITH bo AS (
                INSERT INTO prospect (organisation_id, list_id, position, first_name, time_zone)
                VALUES (%(o)s, %(l)s, %(n)s, 'Bo', 'America/Chicago') RETURNING id
            ), number AS (
                INSERT INTO phone (organisation_id, prospect_id, number)
                SELECT %(o)s, id, '+1214555' || lpad((900 + %(n)s)::text, 4, '0') FROM bo
            )
            INSERT INTO lead (organisation_id, prospect_id, campaign_id, received_at, changed_at)
            SELECT %(o)s, id, %(c)s, %(now)s, %(now)s FROM bo RETURNING id
            """,
            l=self.list_id,
            c=self.campaign_id,
            n=self._serial,
            now=self.floor.now,
        )
        return int(row["id"])

    def begin(self, lead_id: int, node: str = NODE) -> Begun | NotBegun:
        floor = self.floor
        return ring_begin.begin(floor.db, floor.organisation_id, lead_id, node, floor.now, floor.now)

    def ring(self, lead_id: int | None = None) -> Begun:
        begun = self.begin(self.post() if lead_id is None else lead_id)
        assert isinstance(begun, Begun)
        return begun

    def tell(self, begun: Begun, event: Event) -> rings.Handled:
        handled = rings.on_event(self.floor.db, begun.ring.key, event, TRUNK)
        assert handled is not None
        return handled

    def answer(self, begun: Begun, user_id: int) -> rings.Handled:
        return self.tell(begun, LegAnswered(self.floor.now, leg_of(begun, user_id)))

    def press(self, begun: Begun, user_id: int) -> rings.Handled:
        return self.tell(begun, KeyPressed(self.floor.now, leg_of(begun, user_id), "1"))

    def ask_to_withdraw(self, lead_id: int) -> None:
        self.floor.do(
            "UPDATE lead SET withdraw_asked_at = %(now)s WHERE id = %(id)s", now=self.floor.now, id=lead_id
        )

    def lead(self, lead_id: int) -> dict[str, Any]:
        (row,) = self.floor.rows("SELECT * FROM lead WHERE id = %(id)s", id=lead_id)
        return row


def leg_of(begun: Begun, user_id: int) -> UUID:
    return next(leg.leg_id for leg in begun.ring.legs if leg.user_id == user_id)
