-- The Call Disposition window: drafts, promises and referrals (LPS-4, 7, 8).

-- What an agent has typed about a call whose result is not saved yet. It belongs to the call, not to a page:
-- whoever has the call in hand, in whichever tab, sees it. Gone with the result.
CREATE TABLE call_draft (
    organisation_id bigint NOT NULL,
    attempt_id bigint NOT NULL,
    -- Field → [text, when it was typed in milliseconds since 1970].
    fields jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(fields) = 'object'),
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, attempt_id),
    FOREIGN KEY (organisation_id, attempt_id) REFERENCES attempt ON DELETE CASCADE
);

-- A prospect is promised to one user, for one time: the newest promise stands.
UPDATE follow_up f SET done_at = now()
WHERE done_at IS NULL AND EXISTS (
    SELECT 1 FROM follow_up n
    WHERE n.organisation_id = f.organisation_id AND n.prospect_id = f.prospect_id AND n.done_at IS NULL AND n.id > f.id);
CREATE UNIQUE INDEX follow_up_one_open ON follow_up (organisation_id, prospect_id) WHERE done_at IS NULL;

-- What this call's notes added to what was known.
ALTER TABLE attempt ADD COLUMN notes text NOT NULL DEFAULT '';

ALTER TABLE referral
    ADD COLUMN attempt_id bigint,
    -- What the referred person is to who named them: colleague, neighbour.
    ADD COLUMN relation text NOT NULL DEFAULT '' CHECK (length(relation) <= 200),
    ADD FOREIGN KEY (organisation_id, attempt_id) REFERENCES attempt;
CREATE UNIQUE INDEX referral_prospect ON referral (organisation_id, prospect_id);
CREATE INDEX referral_from ON referral (organisation_id, from_prospect_id);

CREATE INDEX audit_listened ON audit (organisation_id, user_id, subject, at DESC) WHERE action = 'recording.listen';

GRANT SELECT, INSERT, UPDATE, DELETE ON call_draft TO ringpool_panel;
ALTER TABLE call_draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY organisation ON call_draft TO ringpool_panel
    USING (organisation_id = nullif(current_setting('ringpool.organisation_id', true), '')::bigint);
