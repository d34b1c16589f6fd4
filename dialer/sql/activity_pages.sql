-- Call Activity: legs that are over, filtered and in any order (RING-5, RING-6).
-- {column} and {direction} are the order's, {backward} is the other direction; {beyond} is < or >, as it goes;
-- {unindexed} leaves a value as it is, and no index is in the order of it.

-- part: fitting
c.organisation_id = %(organisation_id)s
  AND (%(own)s::bigint IS NULL OR c.user_id = %(own)s)
  AND (%(prospect_id)s::bigint IS NULL OR c.prospect_id = %(prospect_id)s)
  AND (%(kind)s::text IS NULL OR c.kind = %(kind)s)
  AND (%(user_ids)s::bigint[] IS NULL OR c.user_id = ANY (%(user_ids)s))
  AND (%(phones)s::text[] IS NULL OR c.phone = ANY (%(phones)s))
  AND (%(outcomes)s::text[] IS NULL OR c.outcome = ANY (%(outcomes)s))
  AND (%(since)s::timestamptz IS NULL OR c.at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR c.at < %(until)s)
  AND (%(talk_from_s)s::integer IS NULL OR c.talk_s >= %(talk_from_s)s)
  AND (%(talk_to_s)s::integer IS NULL OR c.talk_s <= %(talk_to_s)s)

-- part: looked_at
c.organisation_id = %(organisation_id)s
  AND (%(own)s::bigint IS NULL OR c.user_id = %(own)s)
  AND (%(prospect_id)s::bigint IS NULL OR c.prospect_id = %(prospect_id)s)
  AND (%(kind)s::text IS NULL OR c.kind = %(kind)s)
  AND (%(user_ids)s::bigint[] IS NULL OR c.user_id + 0 = ANY (%(user_ids)s))
  AND (%(phones)s::text[] IS NULL OR c.phone = ANY (%(phones)s))
  AND (%(outcomes)s::text[] IS NULL OR c.outcome = ANY (%(outcomes)s))
  AND (%(since)s::timestamptz IS NULL OR c.at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR c.at < %(until)s)
  AND (%(talk_from_s)s::integer IS NULL OR c.talk_s >= %(talk_from_s)s)
  AND (%(talk_to_s)s::integer IS NULL OR c.talk_s <= %(talk_to_s)s)

-- name: page_of_few
-- How many legs fit, counted no further than at_most, and the next of them where those are all.
WITH fitting AS MATERIALIZED (
    SELECT c.id, c.{column} FROM call_activity c WHERE {fitting} LIMIT %(at_most)s
)
SELECT (SELECT count(*) FROM fitting) AS count, ARRAY(
    SELECT c.id FROM fitting c WHERE (%(after_id)s::bigint IS NULL OR (c.{column}, c.id) {beyond} (%(after)s, %(after_id)s))
    ORDER BY c.{column} {direction}, c.id {direction}
    LIMIT %(limit)s
) AS ids;

-- name: walk
-- The next of the legs that fit among the next ones in order, of which no more than at_most are looked at: how many
-- those were, and the last of them; no row where there are none.
WITH walked AS MATERIALIZED (
    SELECT c.* FROM call_activity c WHERE c.organisation_id = %(organisation_id)s AND (%(after_id)s::bigint IS NULL OR (c.{column}, c.id) {beyond} (%(after)s, %(after_id)s))
    ORDER BY c.{column} {direction}, c.id {direction}
    LIMIT %(at_most)s
)
SELECT (SELECT count(*) FROM walked) AS walked, l.{column} AS last, l.id AS last_id, ARRAY(
    SELECT c.id FROM walked c WHERE {fitting}
    ORDER BY c.{column} {direction}, c.id {direction}
    LIMIT %(limit)s
) AS ids
FROM walked l ORDER BY l.{column} {backward}, l.id {backward} LIMIT 1;

-- name: page_of_all
-- The next of the legs that fit, by looking at all; {unindexed} and + 0 keep indexes out of it that would read the
-- table up and down.
SELECT ARRAY(
    SELECT c.id FROM call_activity c
    WHERE {looked_at} AND (%(after_id)s::bigint IS NULL OR (c.{column}, c.id) {beyond} (%(after)s, %(after_id)s))
    ORDER BY c.{column} {unindexed} {direction}, c.id {direction}
    LIMIT %(limit)s
) AS ids;
