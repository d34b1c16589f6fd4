-- Posting leads, and telling what became of them (RING-2, RING-4).

-- What a form's visitor agreed to, word by word.
ALTER TABLE lead ADD COLUMN consent text NOT NULL DEFAULT '';

-- A request that may be repeated: the same key and body name the same lead.
CREATE TABLE lead_request (
    organisation_id bigint NOT NULL,
    token_id bigint NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    body_hash bytea NOT NULL,
    lead_id bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, token_id, key),
    FOREIGN KEY (organisation_id, token_id) REFERENCES api_token,
    FOREIGN KEY (organisation_id, lead_id) REFERENCES lead ON DELETE CASCADE
);
CREATE INDEX lead_request_at ON lead_request (at);

-- Where an organisation is told. One delivery at a time is on its way to an address.
CREATE TABLE webhook (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    url text NOT NULL CHECK (url ~ '^https?://' AND length(url) <= 500),
    -- Signs what is sent: kept as it is, and shown once.
    secret text NOT NULL,
    events text[] NOT NULL CHECK (cardinality(events) >= 1
        AND events <@ ARRAY['lead.taken', 'lead.exception']),
    active boolean NOT NULL DEFAULT true,
    busy_until timestamptz,
    busy_by uuid,
    served_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, id),
    CHECK ((busy_until IS NULL) = (busy_by IS NULL))
);

-- What an address is to be told: written with the change it tells of.
--   waiting → delivered, or given_up after a day; given_up → waiting by hand
CREATE TABLE webhook_delivery (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    webhook_id bigint NOT NULL,
    -- The same for every try.
    key uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    event text NOT NULL,
    lead_id bigint NOT NULL,
    body text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'given_up')),
    tries integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    -- No try after this one fails is made later.
    until timestamptz NOT NULL,
    -- What the last try met, as a sentence.
    error text,
    error_values jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, webhook_id) REFERENCES webhook ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, lead_id) REFERENCES lead ON DELETE CASCADE,
    CHECK ((state = 'waiting') = (ended_at IS NULL))
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (organisation_id, webhook_id, due_at, id) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_newest ON webhook_delivery (organisation_id, webhook_id, id DESC);
CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_at) WHERE state <> 'waiting';

-- A form that stands in a web site and posts leads into a campaign.
CREATE TABLE lead_form (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    campaign_id bigint NOT NULL,
    -- Public: it stands in the site's pages.
    key text NOT NULL UNIQUE CHECK (length(key) BETWEEN 16 AND 64),
    name text NOT NULL CHECK (btrim(name) <> '' AND length(name) <= 120),
    locale text NOT NULL CHECK (locale IN ('en', 'sv')),
    -- Beside the phone, which every form asks for.
    fields text[] NOT NULL,
    -- Sites that may show it in a frame.
    origins text[] NOT NULL DEFAULT '{}',
    consent text NOT NULL DEFAULT '' CHECK (length(consent) <= 2000),
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, campaign_id) REFERENCES campaign
);
CREATE UNIQUE INDEX lead_form_name ON lead_form (organisation_id, lower(name));

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['lead_request', 'webhook', 'webhook_delivery', 'lead_form'] LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO ringpool_panel', t);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format(
            'CREATE POLICY organisation ON %I TO ringpool_panel USING '
            '(organisation_id = nullif(current_setting(''ringpool.organisation_id'', true), '''')::bigint)', t);
    END LOOP;
END
$$;
