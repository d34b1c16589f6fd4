"""A calling floor without telephones, for the store's tests: one list, its people, and a clock.

``Floor`` drives the store as the dialer would. Time stands still unless a test
moves it, so that every deadline can be named.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from dialer.agents import Agent, PhoneMode
from dialer.calls.commands import Command
from dialer.calls.events import Event, LegAnswered, LegGone, LegJoined, TimerDue
from dialer.db import Database
from dialer.store import agents, calls, launching, leases, lists, organisations, sessions
from dialer.store.lists import ListSettings
from dialer.store.people import Role

NODE, OTHER_NODE = "main", "second"
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
"""12:00 in Chicago, where every Bo lives."""

EXTENSIONS = iter(range(100, 100_000))


class Floor:
    """One organisation with its manager Max and one list of prospects, all named Bo."""

    def __init__(self, db: Database, name: str = "Acme", prospects: int = 6, **of_list: Any) -> None:
        self.db = db
        self.now = NOON
        self.name = name
        self.organisation_id = organisations.create_organisation(db, name, NOON).id
        self.tenant = db.for_organisation(self.organisation_id)
        self.do("UPDATE organisation SET calling_from = '00:00', calling_until = '00:00' WHERE id = %(o)s")
        agents.beat(db, NODE, NOON, asterisk_up=True)
        self.max_id = self.hire("Max", role=Role.MANAGER)
        everyday = {"calling_from": time(9), "calling_until": time(17), **of_list}
        self.list_id = lists.create_list(
            self.tenant, self.max_id, ListSettings(name="Spring leads", **everyday), NOON
        )
        self.add_prospects(prospects)

    def hire(self, name: str, mode: PhoneMode = PhoneMode.STAY_CONNECTED, role: Role = Role.AGENT) -> int:
        found = self.rows(
            """
            INSERT INTO app_user
                (organisation_id, name, email, password_hash, role, extension, sip_secret, phone_mode)
            VALUES (%(o)s, %(name)s, %(email)s, 'nobody signs in', %(role)s, %(extension)s, 'x', %(mode)s)
            RETURNING id
            """,
            name=name,
            email=f"{name}@{self.name}.test".lower(),
            role=role.value,
            extension=str(next(EXTENSIONS)),
            mode=mode.value,
        )
        return int(found[0]["id"])

    def at_work(self, name: str, mode: PhoneMode = PhoneMode.STAY_CONNECTED) -> int:
        """Somebody new who dials the list and whose phone is up."""
        user_id = self.hire(name, mode)
        self.assign(user_id)
        self.start(user_id)
        return user_id

    def assign(self, user_id: int) -> None:
        self.do(
            "INSERT INTO list_assignment (organisation_id, list_id, user_id) VALUES (%(o)s, %(l)s, %(u)s)",
            l=self.list_id,
            u=user_id,
        )

    def start(self, user_id: int) -> None:
        sessions.start_session(self.tenant, user_id, self.list_id, self.now)
        self.answer_phones()

    def answer_phones(self) -> None:
        """Every phone that is due to be called answers."""
        for phone in agents.call_phones(self.db, NODE, self.now):
            calls.phone_up(self.db, phone.originate.leg_id, self.now)

    def add_prospects(self, count: int) -> None:
        self.do(
            """
            WITH made AS (
                INSERT INTO prospect (organisation_id, list_id, position, first_name, time_zone)
                SELECT %(o)s, %(l)s, n, 'Bo', 'America/Chicago' FROM generate_series(1, %(count)s) n
                RETURNING id, position)
            INSERT INTO phone (organisation_id, prospect_id, number)
            SELECT %(o)s, id, '+1214555' || lpad(position::text, 4, '0') FROM made
            """,
            l=self.list_id,
            count=count,
        )

    # -- what the dialer does --------------------------------------------------------------------

    def pass_time(self, **how_long: float) -> datetime:
        self.now += timedelta(**how_long)
        return self.now

    def share_out(self) -> int:
        return leases.share_out(self.db, self.organisation_id, self.list_id, self.now, at_once=True)

    def launch(self, count: int = 1, node: str = NODE) -> list[UUID]:
        """Launch held prospects; their legs."""
        made = launching.launch(self.db, self.organisation_id, self.list_id, node, "trunk", count, self.now)
        return [originate.leg_id for _, originate in made.originates]

    def ring(self) -> UUID:
        """One Bo's phone rings."""
        self.share_out()
        (leg_id,) = self.launch()
        return leg_id

    def tell(self, leg_id: UUID, event: Event) -> list[Command]:
        handled = calls.on_event(self.db, leg_id, event)
        assert handled is not None
        return handled.commands

    def answer(self, leg_id: UUID) -> list[Command]:
        return self.tell(leg_id, LegAnswered(self.now, leg_id))

    def answer_own_leg(self, leg_id: UUID) -> list[Command]:
        """The phone that is rung for this call is picked up."""
        agent_leg_id = self.attempt(leg_id)["agent_leg_id"]
        return self.tell(leg_id, LegAnswered(self.now, agent_leg_id))

    def join(self, leg_id: UUID) -> None:
        self.tell(leg_id, LegJoined(self.now, leg_id, self.attempt(leg_id)["bridge_id"]))

    def talk(self) -> UUID:
        """A Bo talks with the agent whose turn it is."""
        leg_id = self.ring()
        self.answer(leg_id)
        self.join(leg_id)
        return leg_id

    def hang_up(self, leg_id: UUID, cause: int = 16) -> list[Command]:
        return self.tell(leg_id, LegGone(self.now, leg_id, cause))

    def ring_timer(self, leg_id: UUID) -> list[Command]:
        """The call's own deadline comes."""
        due_at = self.attempt(leg_id)["due_at"]
        self.now = max(self.now, due_at)
        return self.tell(leg_id, TimerDue(self.now, due_at))

    def lose_phone(self, user_id: int) -> calls.Handled | None:
        leg_id = self.agent(user_id).leg_id
        assert leg_id is not None
        return calls.phone_gone(self.db, leg_id, 0, self.now)

    # -- what is on record -------------------------------------------------------------------------

    def do(self, query: str, **parameters: Any) -> int:
        with self.db.transaction() as connection:
            return connection.execute(query, {"o": self.organisation_id, **parameters}).rowcount

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        with self.db.transaction() as connection:
            return connection.execute(query, {"o": self.organisation_id, **parameters}).fetchall()

    def value(self, query: str, **parameters: Any) -> Any:
        return next(iter(self.rows(query, **parameters)[0].values()))

    def attempt(self, leg_id: UUID) -> dict[str, Any]:
        return self.rows("SELECT * FROM attempt WHERE leg_id = %(leg)s", leg=leg_id)[0]

    def prospect(self, leg_id: UUID) -> dict[str, Any]:
        """The Bo who was called as this leg."""
        return self.rows(
            "SELECT p.* FROM prospect p JOIN attempt a ON a.prospect_id = p.id WHERE a.leg_id = %(leg)s",
            leg=leg_id,
        )[0]

    def agent(self, user_id: int) -> Agent:
        return agents.agent_of(self.tenant, user_id)

    def state(self, user_id: int) -> str:
        return self.agent(user_id).state.value

    def held(self) -> dict[int, int]:
        """How many prospects each user holds."""
        found = self.rows("SELECT user_id, count(*) AS held FROM lease GROUP BY user_id")
        return {row["user_id"]: row["held"] for row in found}

    def dealt(self) -> list[int]:
        """Positions of what is held, in the order in which it will be dialed."""
        found = self.rows("SELECT position FROM lease ORDER BY attempts, sort_key, position")
        return [row["position"] for row in found]

    def statuses(self) -> dict[str, int]:
        found = self.rows(
            "SELECT status, count(*) AS n FROM prospect WHERE list_id = %(l)s GROUP BY status", l=self.list_id
        )
        return {row["status"]: row["n"] for row in found}

    def result(self, effect: str) -> int:
        """A call result of the organisation with this effect."""
        return int(
            self.value(
                "SELECT id FROM call_result WHERE organisation_id = %(o)s AND effect = %(e)s "
                "ORDER BY position LIMIT 1",
                e=effect,
            )
        )

    def check(self) -> None:
        """No prospect is lost and no agent is stuck: what the records must say at any time."""
        lost = self.rows(
            """
            SELECT p.id, p.status FROM prospect p
            LEFT JOIN lease l ON l.organisation_id = p.organisation_id AND l.prospect_id = p.id
            LEFT JOIN attempt a ON a.organisation_id = p.organisation_id AND a.prospect_id = p.id
                AND a.state <> 'ended'
            WHERE (p.status = 'held') <> (l.prospect_id IS NOT NULL)
               OR (p.status = 'calling') <> (a.id IS NOT NULL)
            """
        )
        assert not lost, "every prospect is where its status says"
        stuck = self.rows(
            """
            SELECT g.user_id, g.state, a.state AS call FROM agent g
            LEFT JOIN attempt a ON a.organisation_id = g.organisation_id AND a.id = g.attempt_id
            WHERE g.attempt_id IS NOT NULL
              AND (g.state, a.state, a.on_hold, a.user_id) NOT IN (VALUES
                ('reserved', 'ringing_agent', false, g.user_id), ('reserved', 'bridging', false, g.user_id),
                ('on_call', 'talking', false, g.user_id), ('on_hold', 'talking', true, g.user_id),
                ('wrap_up', 'wrap_up', false, g.user_id))
            """
        )
        assert not stuck, "a busy agent's call is on record as theirs"
        forgotten = self.rows(
            "SELECT id, state FROM attempt "
            "WHERE due_at IS NULL AND state NOT IN ('talking', 'wrap_up', 'ended')"
        )
        assert not forgotten, "somebody looks at every open call again"
        owed = self.rows(
            """
            SELECT a.id, g.state FROM attempt a
            JOIN agent g ON g.organisation_id = a.organisation_id AND g.user_id = a.user_id
            WHERE a.state = 'wrap_up' AND g.state NOT IN ('wrap_up', 'paused')
            """
        )
        assert not owed, "who owes a result gets no call before it is saved or given up"
