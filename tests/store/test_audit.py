"""The audit log on the real PostgreSQL: kept once, read by pages (ORG-6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from panel_floor import Floor, now

from dialer.store import audit, lists, teams
from dialer.store.audit import Change, Filters
from dialer.store.lists import ListEdit
from dialer.store.people import Role, User

THEN = datetime(2026, 1, 1, tzinfo=UTC)


def keep(
    floor: Floor, by: User | None, action: str, subject: str, before: Any = None, after: Any = None
) -> None:
    with floor.tenant.transaction() as connection:
        audit.keep(
            connection,
            floor.organisation.id,
            by.id if by else None,
            action,
            subject,
            before or {},
            after or {"n": 1},
        )


def read(floor: Floor, limit: int = 50, before_id: int | None = None, **filters: Any) -> list[Change]:
    return audit.page(
        floor.tenant, floor.organisation.id, Filters(**filters), before_id=before_id, limit=limit
    )


def fill(floor: Floor, by: User, many: int) -> None:
    """One change a minute from THEN on, of a list and a user in turn."""
    with floor.db.transaction() as connection:
        connection.execute(
            "INSERT INTO audit (organisation_id, at, user_id, action, subject, before, after) "
            "SELECT %(org)s, %(then)s + n * interval '1 minute', %(by)s, "
            "(ARRAY['list.edit', 'user.edit'])[n %% 2 + 1], 'list:' || n %% 7, '{}', '{}' "
            "FROM generate_series(1, %(many)s) n",
            {"org": floor.organisation.id, "then": THEN, "by": by.id, "many": many},
        )
    with floor.db.transaction() as connection:
        connection.execute("ANALYZE audit")


def test_only_what_differs_is_kept(floor: Floor, max_: User) -> None:
    keep(floor, max_, "list.edit", "list:1", {"name": "A", "batch_size": 20}, {"name": "B", "batch_size": 20})
    newest = read(floor)[0]
    assert (newest.before, newest.after) == ({"name": "A"}, {"name": "B"})
    keep(floor, max_, "list.edit", "list:1", {"name": "B"}, {"name": "B"})
    assert read(floor)[0].id == newest.id


def test_pages_go_on_where_the_last_one_ended_and_miss_nothing(floor: Floor, max_: User) -> None:
    fill(floor, max_, 25)
    every = [change.id for change in read(floor, limit=1000)]
    paged: list[int] = []
    while page := read(floor, limit=4, before_id=paged[-1] if paged else None):
        paged += [change.id for change in page]
        keep(floor, max_, "list.edit", "list:9")  # somebody works on meanwhile
    assert paged == every


def test_changes_of_one_transaction_keep_their_order(floor: Floor, max_: User) -> None:
    with floor.tenant.transaction() as connection:
        for n in range(5):
            audit.keep(connection, floor.organisation.id, max_.id, "list.edit", f"list:{n}", {}, {"n": n})
    assert [change.subject for change in read(floor, limit=2)] == ["list:4", "list:3"]
    assert [c.subject for c in read(floor, limit=2, before_id=read(floor, limit=2)[1].id)] == [
        "list:2",
        "list:1",
    ]


def test_every_filter_leaves_what_it_says(floor: Floor, max_: User) -> None:
    ada = floor.hire("Ada", Role.ADMIN)
    fill(floor, max_, 10)
    keep(floor, ada, "team.add", "team:1")
    assert {change.user_id for change in read(floor, user_id=ada.id)} == {ada.id}
    assert {change.action for change in read(floor, family="list")} == {"list.edit"}
    assert {change.subject for change in read(floor, subject="list:3")} == {"list:3"}
    since, until = THEN + timedelta(minutes=3), THEN + timedelta(minutes=6)
    assert [change.at for change in read(floor, since=since, until=until)] == [
        THEN + timedelta(minutes=n) for n in (5, 4, 3)
    ]
    assert audit.families(floor.tenant, floor.organisation.id) == ["list", "organisation", "team", "user"]
    assert list(audit.authors(floor.tenant, floor.organisation.id).items()) == [
        (ada.id, "Ada"),
        (max_.id, "Max"),
    ]


def test_subject_is_found_by_a_part_of_its_name(floor: Floor, max_: User) -> None:
    ana = floor.hire("Ana 100%")
    team = teams.create_team(floor.tenant, floor.organisation.id, "West", by=max_.id)
    list_id = floor.add_list(max_, name="Western leads")
    found = {change.subject for change in read(floor, subject="west")}
    assert found == {f"team:{team.id}", f"list:{list_id}"}
    assert {change.subject for change in read(floor, subject="0%")} == {f"user:{ana.id}"}
    assert read(floor, subject="nothing named so") == []


def test_names_of_subjects_are_those_of_today(floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_, name="Spring")
    lists.edit(floor.tenant, max_.id, list_id, 1, ListEdit(name="Autumn"), now())
    asked = [f"list:{list_id}", f"user:{max_.id}", f"organisation:{floor.organisation.id}", "list:999", "x"]
    assert audit.names_of(floor.tenant, floor.organisation.id, asked) == {
        f"list:{list_id}": "Autumn",
        f"user:{max_.id}": "Max",
        f"organisation:{floor.organisation.id}": "Acme",
    }


def test_every_change_is_read_a_thousand_at_a_time(floor: Floor, max_: User) -> None:
    fill(floor, max_, 2500)
    sizes = [len(page) for page in audit.pages(floor.tenant, floor.organisation.id, Filters(user_id=max_.id))]
    assert sizes == [1000, 1000, 500]


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"user_id": 1},
        {"family": "list"},
        {"family": "nothing"},
        {"subject": "list:3"},
        {"since": THEN, "until": THEN + timedelta(days=2)},
        {"before_id": 50},
    ],
    ids=str,
)
def test_no_page_reads_the_whole_log(floor: Floor, max_: User, filters: dict[str, Any]) -> None:
    fill(floor, max_, 20_000)
    with floor.db.transaction() as connection:
        row = connection.execute(
            "EXPLAIN (ANALYZE, FORMAT JSON) " + audit.SQL.page,
            {
                "organisation_id": floor.organisation.id,
                "user_id": filters.get("user_id"),
                "family": filters.get("family"),
                "subjects": [filters["subject"]] if "subject" in filters else None,
                "since": filters.get("since"),
                "until": filters.get("until"),
                "before_at": THEN + timedelta(days=5) if "before_id" in filters else None,
                "before_id": filters.get("before_id"),
                "limit": 51,
            },
            prepare=False,
        ).fetchone()
    assert row is not None
    scans = [node for node in nodes(row["QUERY PLAN"][0]["Plan"]) if node.get("Relation Name") == "audit"]
    assert scans
    for scan in scans:
        assert scan["Node Type"] == "Index Scan", scan
        assert scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) < 1000, scan


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


def test_panel_writes_the_log_once_and_never_over_it(floor: Floor, max_: User) -> None:
    keep(floor, max_, "list.edit", "list:1")
    for query in ("UPDATE audit SET action = 'x'", "DELETE FROM audit"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), floor.tenant.transaction() as connection:
            connection.execute(query)


def test_other_organisations_log_cannot_be_read(floor: Floor, max_: User) -> None:
    other = Floor(floor.db, "Other")
    olga = other.hire("Olga", Role.ADMIN)
    keep(other, olga, "list.edit", "list:1")
    assert audit.page(floor.tenant, other.organisation.id, Filters()) == []
    assert audit.authors(floor.tenant, other.organisation.id) == {}
    assert audit.names_of(floor.tenant, other.organisation.id, [f"user:{olga.id}"]) == {}


def test_who_is_of_another_organisation_has_no_name(floor: Floor, max_: User) -> None:
    dana = Floor(floor.db, "Other").hire("Dana", Role.SUPER_ADMIN)
    keep(floor, dana, "organisation.edit", f"organisation:{floor.organisation.id}")
    newest = read(floor)[0]
    assert (newest.user_id, newest.user_name) == (dana.id, None)
    assert audit.last_change(floor.tenant, floor.organisation.id, newest.subject) is None
