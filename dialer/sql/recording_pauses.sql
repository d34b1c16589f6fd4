-- The recording is paused while payment details are taken (CMP-4).

-- name: ask
-- Notes that the agent wants the recording of their call paused, or on again; the dialer acts.
UPDATE recording r SET pause_wanted = %(pause)s
FROM attempt a
WHERE a.organisation_id = %(organisation_id)s AND a.id = %(attempt_id)s AND a.user_id = %(user_id)s
  AND a.state = 'talking'
  AND r.organisation_id = a.organisation_id AND r.id = a.recording_id AND r.ended_at IS NULL
RETURNING r.id;

-- name: wanted
-- Recordings of this node's conversations that are not yet as their agents want them.
SELECT r.organisation_id, r.id AS recording_id, r.pause_wanted AS pause, a.user_id FROM recording r
JOIN attempt a ON a.organisation_id = r.organisation_id AND a.id = r.attempt_id AND a.recording_id = r.id
WHERE r.node = %(node)s AND r.pause_wanted <> r.paused AND r.ended_at IS NULL AND a.state = 'talking';

-- name: mark
-- The recording is paused, or on again, unless it ended meanwhile.
UPDATE recording SET paused = %(pause)s
WHERE organisation_id = %(organisation_id)s AND id = %(recording_id)s AND paused <> %(pause)s AND ended_at IS NULL
RETURNING id;

-- name: open
INSERT INTO recording_pause (organisation_id, recording_id, started_at)
VALUES (%(organisation_id)s, %(recording_id)s, %(at)s);

-- name: close
UPDATE recording_pause SET ended_at = greatest(started_at, %(at)s)
WHERE organisation_id = %(organisation_id)s AND recording_id = %(recording_id)s AND ended_at IS NULL;
