-- Finding leads by words, by place and by campaign among hundreds of thousands.

-- Beginnings are looked up bytewise: those comparisons may be made before row-level security has its word.
CREATE TABLE lead_word (
    organisation_id bigint NOT NULL,
    lead_id bigint NOT NULL,
    word text COLLATE "C" NOT NULL CHECK (word <> ''),
    PRIMARY KEY (organisation_id, word, lead_id),
    FOREIGN KEY (organisation_id, lead_id) REFERENCES lead ON DELETE CASCADE
);
CREATE INDEX lead_word_lead ON lead_word (organisation_id, lead_id, word);

-- Of leads that are there already, as dialer/lead_words.py has it but for letters that only it folds.
INSERT INTO lead_word (organisation_id, lead_id, word)
SELECT DISTINCT l.organisation_id, l.id, left(found.word, 60)
FROM lead l
JOIN prospect p ON p.organisation_id = l.organisation_id AND p.id = l.prospect_id
CROSS JOIN LATERAL (
    SELECT lower(concat_ws(' ', p.first_name, p.last_name, p.account_name, p.email)) AS text, lower(p.email) AS email
) said
CROSS JOIN LATERAL (
    SELECT btrim(term, '.,;:!?"()[]<>*#%&+-_/''') FROM regexp_split_to_table(said.text, '\s+') AS term
    UNION
    SELECT piece FROM regexp_split_to_table(said.text, '[[:space:][:punct:]]+') AS piece
    WHERE piece <> coalesce(substring(said.email FROM '\.([^.]*)$'), '')
    UNION
    SELECT split_part(said.email, '@', 2)
    UNION
    SELECT unnest(ARRAY[ltrim(n.number, '+'), '-' || reverse(ltrim(n.number, '+'))]) FROM phone n
    WHERE n.organisation_id = p.organisation_id AND n.prospect_id = p.id
) AS found (word)
WHERE found.word <> '';

-- By place and by campaign, the newest first. Who asks for several places puts the newest of each together.
CREATE INDEX lead_place ON lead (organisation_id, state, received_at DESC, id DESC);
CREATE INDEX lead_campaign ON lead (organisation_id, campaign_id, state, received_at DESC, id DESC);
DROP INDEX lead_newest, lead_unassigned;
-- Rings are looked at for it, of which few are open.
DROP INDEX lead_withdrawing;

-- What an address is still to be told, or will not be, among all that it was told.
CREATE INDEX webhook_delivery_open ON webhook_delivery (organisation_id, webhook_id, state) WHERE state <> 'delivered';
CREATE INDEX webhook_delivery_failed ON webhook_delivery (organisation_id, webhook_id, id DESC) WHERE error IS NOT NULL;
CREATE INDEX webhook_delivery_taken ON webhook_delivery (organisation_id, webhook_id, ended_at DESC) WHERE state = 'delivered';

GRANT SELECT, INSERT, UPDATE, DELETE ON lead_word TO ringpool_panel;
ALTER TABLE lead_word ENABLE ROW LEVEL SECURITY;
CREATE POLICY organisation ON lead_word TO ringpool_panel
    USING (organisation_id = nullif(current_setting('ringpool.organisation_id', true), '')::bigint);
