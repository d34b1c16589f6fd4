"""A million legs by SQL: calls of a year by 80 agents, and leads that ten of them were rung for."""

from __future__ import annotations

from dialer.db import Database

PROSPECTS = 50_000
AGENTS = 80

PEOPLE = """
INSERT INTO app_user (organisation_id, name, email, password_hash, role, extension, sip_secret)
SELECT %(o)s, 'Agent ' || n, 'agent' || n || '@example.com', 'nobody signs in', 'agent', (2000 + n)::text, 'x'
FROM generate_series(1, %(agents)s) n;
WITH list AS (
    INSERT INTO list (organisation_id, name, kind, created_at, created_by)
    SELECT %(o)s, 'Leads', 'campaign', now(), min(id) FROM app_user WHERE organisation_id = %(o)s
    RETURNING id
)
INSERT INTO prospect (organisation_id, list_id, position, first_name, last_name, time_zone)
SELECT %(o)s, list.id, n, 'Bo', 'Berg ' || n, 'America/Chicago' FROM list, generate_series(1, %(prospects)s) n;
"""

# Six calls of ten are nobody's: they were not answered.
ATTEMPTS = """
WITH people AS (
    SELECT array_agg(id ORDER BY id) AS ids FROM app_user WHERE organisation_id = %(o)s
), prospects AS (
    SELECT array_agg(id ORDER BY id) AS ids, min(list_id) AS list_id FROM prospect WHERE organisation_id = %(o)s
), calls AS (
    SELECT n, random() AS luck, random() AS other,
        timestamptz '2026-01-01 00:00Z' + n * (interval '360 days' / %(rows)s) AS at
    FROM generate_series(1, %(rows)s) n
)
INSERT INTO attempt (organisation_id, prospect_id, list_id, node, number, ring_s, record, drop_message, state,
    leg_id, user_id, outcome, cause, launched_at, answered_at, bridged_at, ended_at)
SELECT %(o)s, p.ids[1 + n %% %(prospects)s], p.list_id, 'main', '+1214' || (2000000 + n %% %(prospects)s), 25, true,
    '', 'ended', gen_random_uuid(), CASE WHEN luck > 0.6 THEN u.ids[1 + n %% %(agents)s] END,
    CASE WHEN luck > 0.6 THEN 'connected' WHEN luck > 0.2 THEN 'no_answer' WHEN luck > 0.02 THEN 'busy'
         ELSE 'failed' END,
    CASE WHEN luck > 0.2 THEN 16 ELSE 17 END, at,
    CASE WHEN luck > 0.6 THEN at + other * interval '25 s' END,
    CASE WHEN luck > 0.6 THEN at + other * interval '25 s' END,
    at + interval '25 s' + other * other * other * interval '40 min'
FROM calls, people u, prospects p;
"""

RINGS = """
WITH g AS (
    INSERT INTO distribution_group (organisation_id, name) VALUES (%(o)s, 'Everybody') RETURNING id
), c AS (
    INSERT INTO campaign (organisation_id, name, list_id, group_id)
    SELECT %(o)s, 'Website', (SELECT min(id) FROM list WHERE organisation_id = %(o)s AND kind = 'campaign'), g.id
    FROM g RETURNING id
), l AS (
    INSERT INTO lead (organisation_id, prospect_id, campaign_id, state, reason, received_at, changed_at)
    SELECT %(o)s, p.id, c.id, 'exception', 'nobody_took',
        timestamptz '2026-01-01 00:00Z' + p.position * (interval '360 days' / %(leads)s), now()
    FROM c, prospect p WHERE p.organisation_id = %(o)s AND p.position <= %(leads)s
    RETURNING id, received_at
), r AS (
    INSERT INTO ring (organisation_id, key, lead_id, node, state, outcome, press_s, started_at, ended_at)
    SELECT %(o)s, gen_random_uuid(), l.id, 'main', 'over', 'nobody_took', 15, received_at,
        received_at + interval '20 s' FROM l
    RETURNING id, started_at
), people AS (
    SELECT array_agg(id ORDER BY id) AS ids FROM app_user WHERE organisation_id = %(o)s
)
INSERT INTO ring_leg (organisation_id, ring_id, user_id, leg_id, bridge_id, standing, in_session, extension, state,
    outcome, started_at, ended_at, cause)
SELECT %(o)s, r.id, u.ids[1 + (r.id * 7 + n) %% %(agents)s], gen_random_uuid(), gen_random_uuid(), false, false,
    (2001 + (r.id * 7 + n) %% %(agents)s)::text, 'over', CASE WHEN random() > 0.3 THEN 'no_answer' ELSE 'rejected' END,
    r.started_at, r.started_at + random() * interval '20 s', 16
FROM r, people u, generate_series(1, 10) n;
"""


def make(db: Database, organisation_id: int, rows: int) -> None:
    """Legs that are over: four of five calls to prospects, one of five a phone that rang for a lead."""
    leads = min(PROSPECTS, rows // 50)
    asked = {"o": organisation_id, "agents": AGENTS, "prospects": PROSPECTS, "leads": leads}
    with db.transaction() as connection:
        for query in PEOPLE.split(";")[:2]:
            connection.execute(query, asked)
        connection.execute(ATTEMPTS, {**asked, "rows": rows - leads * 10})
        connection.execute(RINGS, asked)
    with db.autocommit() as connection:
        # As autovacuum would by and by.
        for table in ("call_activity", "attempt", "prospect", "app_user"):
            connection.execute(f"VACUUM ANALYZE {table}")
