-- Recordings: who hears them, how long they are kept, where they lie (ORG-6, CMP-4).

-- name: may_hear
-- A recording that is complete, for managers and for who talked.
SELECT c.organisation_id, c.id, c.attempt_id, c.node, c.place, c.peaks, c.length_ms, c.started_at, c.deleted_at,
    btrim(p.first_name || ' ' || p.last_name) AS prospect, p.account_name, coalesce(w.name, '') AS by, a.number,
    coalesce(c.ended_at, a.ended_at) < now() - %(settled)s::interval AS settled,
    u.role IN ('super_admin', 'admin', 'manager') AS manages
FROM recording c
JOIN app_user u ON u.organisation_id = c.organisation_id AND u.id = %(user_id)s AND u.active
JOIN attempt a ON a.organisation_id = c.organisation_id AND a.id = c.attempt_id
JOIN prospect p ON p.organisation_id = a.organisation_id AND p.id = a.prospect_id
LEFT JOIN app_user w ON w.organisation_id = c.organisation_id AND w.id = c.user_id
WHERE c.id = %(recording_id)s AND a.state IN ('wrap_up', 'ended')
  AND (u.role IN ('super_admin', 'admin', 'manager') OR a.user_id = u.id OR c.user_id = u.id);

-- name: pauses
-- When a recording was paused, first first; its own end ends the last.
SELECT b.started_at, coalesce(b.ended_at, c.ended_at, b.started_at) AS ended_at
FROM recording_pause b
JOIN recording c ON c.organisation_id = b.organisation_id AND c.id = b.recording_id
WHERE b.organisation_id = %(organisation_id)s AND b.recording_id = %(recording_id)s
ORDER BY b.started_at;

-- name: is_noted
-- Whether this listening is in the log already.
SELECT 1 AS yes FROM audit
WHERE organisation_id = %(organisation_id)s AND user_id = %(user_id)s AND action = 'recording.listen'
  AND subject = %(subject)s AND after ->> 'listening' = %(listening)s
LIMIT 1;

-- name: keep_outline
UPDATE recording SET peaks = %(peaks)s, length_ms = %(length_ms)s
WHERE organisation_id = %(organisation_id)s AND id = %(recording_id)s AND peaks IS NULL;

-- name: complete
-- Recordings of this node whose calls have been over for a while, that lack an outline, or are to be moved.
SELECT c.organisation_id, c.id, c.peaks IS NULL AS unmeasured, c.place = 'moving' AS moving FROM recording c
JOIN attempt a ON a.organisation_id = c.organisation_id AND a.id = c.attempt_id
WHERE c.node = %(node)s AND c.place <> 'store' AND c.deleted_at IS NULL AND (c.peaks IS NULL OR %(to_move)s)
  AND NOT (c.id = ANY (%(but)s::uuid[])) AND coalesce(c.ended_at, a.ended_at) < %(before)s
ORDER BY c.ended_at
LIMIT %(limit)s;

-- name: move
-- folder → moving; no row where it was deleted meanwhile, or is in the store.
UPDATE recording SET place = 'moving'
WHERE organisation_id = %(organisation_id)s AND id = %(recording_id)s AND place <> 'store' AND deleted_at IS NULL
RETURNING id;

-- name: moved
-- moving → store; no row where it was deleted meanwhile.
UPDATE recording SET place = 'store'
WHERE organisation_id = %(organisation_id)s AND id = %(recording_id)s AND place <> 'folder' AND deleted_at IS NULL
RETURNING id;

-- name: outlived
-- Recordings that their organisations want to keep no longer: in this node's folder, in the store, or in both.
SELECT c.organisation_id, c.id, c.place FROM organisation o
JOIN recording c ON c.organisation_id = o.id AND c.deleted_at IS NULL
    AND c.started_at < %(now)s - make_interval(days => o.keep_recordings_days)
JOIN attempt a ON a.organisation_id = c.organisation_id AND a.id = c.attempt_id AND a.ended_at < %(before)s
WHERE o.keep_recordings_days IS NOT NULL
  AND (c.place = 'store' OR c.node = %(node)s AND %(has_folder)s) AND (c.place = 'folder' OR %(has_store)s)
  AND NOT (c.id = ANY (%(but)s::uuid[]))
ORDER BY c.started_at
LIMIT %(limit)s;

-- name: deleted
UPDATE recording SET deleted_at = %(at)s, peaks = NULL
WHERE organisation_id = %(organisation_id)s AND id = ANY (%(ids)s) AND deleted_at IS NULL
RETURNING id;

-- name: rules
SELECT record_calls, keep_recordings_days, announce_recording, announce_states, announce_locale, version
FROM organisation WHERE id = %(organisation_id)s;

-- name: save_rules
UPDATE organisation SET record_calls = %(record_calls)s, keep_recordings_days = %(keep_recordings_days)s,
    announce_recording = %(announce_recording)s, announce_states = %(announce_states)s,
    announce_locale = %(announce_locale)s, version = version + 1
WHERE id = %(organisation_id)s;

-- name: would_go
-- How many recordings are older than so many days.
SELECT count(*) AS recordings FROM recording
WHERE organisation_id = %(organisation_id)s AND deleted_at IS NULL
  AND started_at < now() - make_interval(days => %(days)s);

-- name: region
SELECT region FROM prospect WHERE organisation_id = %(organisation_id)s AND id = %(prospect_id)s;
