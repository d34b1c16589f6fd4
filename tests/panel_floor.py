"""A calling floor without telephones: the store driven as the dialer would drive it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from dialer.calls.events import LegAnswered, LegGone, LegJoined
from dialer.db import Database
from dialer.store import agents, calls, launching, leases, lists, organisations, people, sessions, solo_calls
from dialer.store.lists import ListEdit, ListSettings
from dialer.store.organisations import Organisation
from dialer.store.people import Role, User

PASSWORD = "correct horse"
NODE = "main"


def now() -> datetime:
    return datetime.now(UTC)


class Floor:
    """One organisation with its people: Max manages, Ana and Abe are agents."""

    def __init__(self, db: Database, name: str = "Acme") -> None:
        self.db = db
        self.organisation: Organisation = organisations.create_organisation(db, name, now())
        self.tenant = db.for_organisation(self.organisation.id)
        with db.transaction() as connection:
            # The tests' time of day must not matter.
            connection.execute("UPDATE organisation SET calling_from = '00:00', calling_until = '00:00'")
            connection.execute(
                "INSERT INTO node (name, heartbeat_at, asterisk_up) VALUES (%s, now(), true) "
                "ON CONFLICT (name) DO UPDATE SET heartbeat_at = now()",
                (NODE,),
            )

    def hire(self, name: str, role: Role = Role.AGENT, extension: str | None = None) -> User:
        """Somebody new; they sign in as NAME@ORGANISATION.test with PASSWORD."""
        email = f"{name.split()[0].lower()}@{self.organisation.name.split()[0].lower()}.test"
        return people.create_user(
            self.db,
            self.organisation.id,
            now(),
            name=name,
            email=email,
            password=PASSWORD,
            role=role,
            extension=extension,
        )

    def add_list(self, manager: User, *users: User, name: str = "Spring leads", prospects: int = 3) -> int:
        """A list assigned to the users, with prospects named Bo who may be called at any hour."""
        everyday = ListSettings(
            name=name,
            calling_from=datetime.min.time(),
            calling_until=datetime.max.time(),
            script="Hello, my name is …\nDo you have a minute?",
        )
        list_id = lists.create_list(self.tenant, manager.id, everyday, now(), user_ids=[u.id for u in users])
        with self.db.transaction() as connection:
            connection.execute(
                """
                WITH made AS (
                    INSERT INTO prospect (organisation_id, list_id, position, account_name, first_name,
                                          last_name, email, region, postal_code, time_zone, custom, notes)
                    SELECT %(organisation)s, %(list)s, n, 'Bolt & Nut ' || n, 'Bo', 'Prospect ' || n,
                           'bo' || n || '@example.org', 'TX', '75201', 'America/Chicago',
                           '{"Plan": "Gold", "Renewal": "March"}', 'Asked for a brochure.'
                    FROM generate_series(1, %(count)s) n
                    RETURNING id, position)
                INSERT INTO phone (organisation_id, prospect_id, number)
                SELECT %(organisation)s, id, '+1214555' || lpad((1000 + position)::text, 4, '0') FROM made
                """,
                {"organisation": self.organisation.id, "list": list_id, "count": prospects},
            )
        return list_id

    def add_normal_list(self, manager: User, *users: User) -> int:
        """As ``add_list``, dialed by one agent alone."""
        list_id = self.add_list(manager, *users)
        with self.db.transaction() as connection:
            connection.execute("UPDATE list SET kind = 'normal' WHERE id = %s", (list_id,))
        return list_id

    def promise(self, user: User, *due_in: timedelta, note: str = "") -> None:
        """The user has promised calls to the last prospects of their first list."""
        with self.db.transaction() as connection:
            for due in due_in:
                connection.execute(
                    """
                    WITH chosen AS (
                        SELECT organisation_id, max(id) AS id FROM prospect WHERE status = 'pool' GROUP BY 1
                    ), promised AS (
                        UPDATE prospect p SET status = 'follow_up' FROM chosen c WHERE p.id = c.id
                    )
                    INSERT INTO follow_up (organisation_id, prospect_id, user_id, due_at, note, created_at)
                    SELECT organisation_id, id, %s, %s, %s, now() FROM chosen
                    """,
                    (user.id, now() + due, note),
                )

    def assign(self, by: User, list_id: int, *users: User, team_ids: tuple[int, ...] = ()) -> None:
        """The list is these users' and teams', and nobody else's."""
        version = lists.counts(self.tenant, by.id, list_id).version
        change = ListEdit(user_ids=[user.id for user in users], team_ids=team_ids)
        lists.edit(self.tenant, by.id, list_id, version, change, now())

    def audited(self, action: str) -> list[dict[str, Any]]:
        """What the audit log says of an action, first first."""
        with self.db.transaction() as connection:
            asked = "SELECT user_id, subject, before, after FROM audit WHERE action = %s ORDER BY id"
            return connection.execute(asked, (action,)).fetchall()

    def answer_desks(self) -> list[UUID]:
        """The dialer makes the calls that agents who dial alone want; their legs."""
        at = now()
        waiting = solo_calls.desks_waiting(self.db, NODE)
        made = [solo_calls.answer(self.db, desk, NODE, "trunk", at, at) for desk in waiting]
        return [one.leg_id for one in made if one is not None]

    def bar(self, prospect_id: int) -> None:
        """The prospect's number is on Do Not Call, of which nobody has told their list yet."""
        with self.db.transaction() as connection:
            connection.execute(
                "INSERT INTO do_not_call (organisation_id, number, added_at) "
                "SELECT organisation_id, number, now() FROM phone WHERE prospect_id = %s",
                (prospect_id,),
            )

    def hang_up_phones(self) -> None:
        """The phones of those who logged out are let go."""
        for leg_id, _ in agents.legs_to_release(self.db, NODE):
            calls.phone_gone(self.db, leg_id, 16, now())

    def connect_phones(self) -> None:
        """Every phone that is to be called answers."""
        for phone in agents.call_phones(self.db, NODE, now()):
            calls.phone_up(self.db, phone.originate.leg_id, now())

    def sit_down(self, user: User, list_id: int) -> None:
        """The user starts a session and their phone answers."""
        sessions.start_session(self.tenant, user.id, list_id, now())
        self.connect_phones()

    def lose_phone(self, user: User) -> None:
        """The user's phone goes dead."""
        leg_id = agents.agent_of(self.tenant, user.id).leg_id
        assert leg_id is not None
        calls.phone_gone(self.db, leg_id, 0, now())

    def ring(self, list_id: int) -> UUID:
        """One prospect's phone rings; returns its leg."""
        leases.share_out(self.db, self.organisation.id, list_id, now())
        launched = launching.launch(self.db, self.organisation.id, list_id, NODE, "trunk", 1, now())
        return launched.originates[0][1].leg_id

    def answer(self, leg_id: UUID, ago: timedelta = timedelta()) -> User:
        """The prospect answers and is talking with the agent who was reserved."""
        at = now() - ago
        calls.on_event(self.db, leg_id, LegAnswered(at, leg_id))
        with self.db.transaction() as connection:
            row = connection.execute(
                "SELECT user_id, bridge_id FROM attempt WHERE leg_id = %s", (leg_id,)
            ).fetchone()
        assert row is not None
        assert row["user_id"] is not None, "nobody was ready"
        calls.on_event(self.db, leg_id, LegJoined(at, leg_id, row["bridge_id"]))
        return people.user(self.tenant, row["user_id"])

    def call(self, list_id: int) -> UUID:
        """A prospect is called and talks with the agent whose turn it is."""
        leg_id = self.ring(list_id)
        self.answer(leg_id)
        return leg_id

    def hang_up(self, leg_id: UUID, cause: int = 16) -> None:
        """The prospect hangs up, or does not answer."""
        calls.on_event(self.db, leg_id, LegGone(now(), leg_id, cause))

    def recorded(self, attempt_id: int) -> UUID:
        """The call has a recording that is over."""
        with self.db.transaction() as connection:
            connection.execute("DELETE FROM recording WHERE attempt_id = %s", (attempt_id,))
            row = connection.execute(
                "INSERT INTO recording (organisation_id, id, attempt_id, user_id, node, started_at, ended_at) "
                "SELECT organisation_id, gen_random_uuid(), id, user_id, node, answered_at, ended_at "
                "FROM attempt WHERE id = %s RETURNING id",
                (attempt_id,),
            ).fetchone()
        assert row is not None
        recording_id: UUID = row["id"]
        return recording_id

    def call_first_again(self, list_id: int) -> UUID:
        """The first prospect is called once more, and nobody else can be."""
        with self.db.transaction() as connection:
            connection.execute("UPDATE prospect SET status = 'done' WHERE status <> 'done'")
            connection.execute("DELETE FROM lease")
            connection.execute("UPDATE prospect SET status = 'pool' WHERE position = 1")
        return self.call(list_id)
