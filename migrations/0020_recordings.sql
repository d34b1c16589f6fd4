-- Recordings: paused while payment details are taken, announced, kept for so long, stored elsewhere (CMP-4).

ALTER TABLE recording
    -- What the agent wants; the dialer brings it about and opens or closes a recording_pause.
    ADD COLUMN pause_wanted boolean NOT NULL DEFAULT false,
    ADD COLUMN paused boolean NOT NULL DEFAULT false,
    -- Where the sound lies once it is complete: in the node's folder, or in the store.
    ADD COLUMN place text NOT NULL DEFAULT 'folder' CHECK (place IN ('folder', 'store')),
    -- Looked at after its end: the waveform is drawn from peaks, 0 to 255, evenly over the length.
    ADD COLUMN peaks bytea,
    ADD COLUMN length_ms integer CHECK (length_ms >= 0),
    ADD COLUMN deleted_at timestamptz;
CREATE INDEX recording_to_pause ON recording (node) WHERE pause_wanted <> paused;
-- What is still to be looked at, or moved; and what grows old.
CREATE INDEX recording_unmeasured ON recording (node, ended_at) WHERE peaks IS NULL AND deleted_at IS NULL;
CREATE INDEX recording_in_folder ON recording (node, ended_at) WHERE place = 'folder' AND deleted_at IS NULL;
CREATE INDEX recording_kept ON recording (organisation_id, started_at) WHERE deleted_at IS NULL;

CREATE TABLE recording_pause (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    recording_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, recording_id) REFERENCES recording,
    CHECK (ended_at >= started_at)
);
-- One at a time.
CREATE UNIQUE INDEX recording_pause_open ON recording_pause (organisation_id, recording_id) WHERE ended_at IS NULL;
CREATE INDEX recording_pause_recording ON recording_pause (organisation_id, recording_id, started_at);

-- A recording that ends is paused no more.
CREATE FUNCTION end_recording_pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE recording_pause SET ended_at = greatest(started_at, NEW.ended_at)
    WHERE organisation_id = NEW.organisation_id AND recording_id = NEW.id AND ended_at IS NULL;
    NEW.pause_wanted := false;
    NEW.paused := false;
    RETURN NEW;
END
$$;
CREATE TRIGGER ended BEFORE UPDATE ON recording
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION end_recording_pause();

ALTER TABLE organisation
    -- How many days recordings are kept; none is for ever.
    ADD COLUMN keep_recordings_days integer CHECK (keep_recordings_days BETWEEN 1 AND 36500),
    -- Whether both are told at the start that the call is recorded: nobody, all, or prospects of these states.
    ADD COLUMN announce_recording text NOT NULL DEFAULT 'nobody'
        CHECK (announce_recording IN ('nobody', 'all', 'states')),
    ADD COLUMN announce_states text[] NOT NULL DEFAULT '{}',
    -- The language that it is said in.
    ADD COLUMN announce_locale text NOT NULL DEFAULT 'en' CHECK (announce_locale ~ '^[a-z]{2}$');

GRANT SELECT, INSERT, UPDATE, DELETE ON recording_pause TO ringpool_panel;
ALTER TABLE recording_pause ENABLE ROW LEVEL SECURITY;
CREATE POLICY organisation ON recording_pause TO ringpool_panel
    USING (organisation_id = nullif(current_setting('ringpool.organisation_id', true), '')::bigint);
