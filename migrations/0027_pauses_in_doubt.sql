-- Whether Asterisk has paused a recording or gone on with it is in doubt from the request to its answer (CMP-4).

ALTER TABLE recording
    -- It was asked, and the answer is not on record: a dialer that ended meanwhile, or waited in vain, asks again.
    ADD COLUMN pause_in_doubt boolean NOT NULL DEFAULT false;
DROP INDEX recording_to_pause;
CREATE INDEX recording_to_pause ON recording (node) WHERE pause_wanted <> paused OR pause_in_doubt;

CREATE OR REPLACE FUNCTION end_recording_pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE recording_pause SET ended_at = greatest(started_at, NEW.ended_at)
    WHERE organisation_id = NEW.organisation_id AND recording_id = NEW.id AND ended_at IS NULL;
    NEW.pause_wanted := false;
    NEW.paused := false;
    NEW.pause_in_doubt := false;
    RETURN NEW;
END
$$;
