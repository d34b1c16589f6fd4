-- The recording is paused while payment details are taken (CMP-4).

-- name: ask
-- Notes that the agent wants the recording of their call paused, or on again; the dialer acts.
UPDATE recording r SET pause_wanted = %(pause)s
FROM attempt a
WHERE a.organisation_id = %(organisation_id)s AND a.id = %(attempt_id)s AND a.user_id = %(user_id)s
  AND a.state = 'talking'
  AND r.organisation_id = a.organisation_id AND r.id = a.recording_id AND r.ended_at IS NULL
RETURNING r.id;

-- name: take
-- Recordings of this node's conversations that are not as their agents want them, or may not be; in doubt from now on.
UPDATE recording r SET pause_in_doubt = true
FROM attempt a
WHERE r.node = %(node)s AND (r.pause_wanted <> r.paused OR r.pause_in_doubt) AND r.ended_at IS NULL
  AND a.organisation_id = r.organisation_id AND a.id = r.attempt_id AND a.recording_id = r.id AND a.state = 'talking'
RETURNING r.organisation_id, r.id AS recording_id, r.pause_wanted AS pause, a.user_id;

-- name: mark
-- The recording is paused, or on again, unless it ended meanwhile; changed: it was not so before.
UPDATE recording r SET paused = %(pause)s, pause_in_doubt = false
FROM recording before
WHERE r.organisation_id = %(organisation_id)s AND r.id = %(recording_id)s AND r.ended_at IS NULL
  AND before.organisation_id = r.organisation_id AND before.id = r.id
RETURNING before.paused <> r.paused AS changed;

-- name: open
INSERT INTO recording_pause (organisation_id, recording_id, started_at)
VALUES (%(organisation_id)s, %(recording_id)s, %(at)s);

-- name: close
UPDATE recording_pause SET ended_at = greatest(started_at, %(at)s)
WHERE organisation_id = %(organisation_id)s AND recording_id = %(recording_id)s AND ended_at IS NULL;
