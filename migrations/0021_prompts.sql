-- Prompts that an organisation has uploaded in place of Ringpool's own.

CREATE TABLE own_prompt (
    organisation_id bigint NOT NULL REFERENCES organisation,
    -- A prompt of dialer.prompts.Prompt.
    prompt text NOT NULL CHECK (prompt ~ '^[a-z0-9_]{1,60}$'),
    locale text NOT NULL CHECK (locale ~ '^[a-z]{2}$'),
    file_name text NOT NULL,
    seconds real NOT NULL CHECK (seconds > 0),
    -- WAV files, 16-bit mono, at 8,000 and 16,000 samples a second.
    narrow bytea NOT NULL,
    wide bytea NOT NULL,
    -- SHA-256 of both, hexadecimal: nodes fetch what changed.
    digest text NOT NULL,
    user_id bigint,
    uploaded_at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, prompt, locale),
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user
);

GRANT SELECT, INSERT, UPDATE, DELETE ON own_prompt TO ringpool_panel;
ALTER TABLE own_prompt ENABLE ROW LEVEL SECURITY;
CREATE POLICY organisation ON own_prompt TO ringpool_panel
    USING (organisation_id = nullif(current_setting('ringpool.organisation_id', true), '')::bigint);
