-- The panel's own phone: a SIP account that lives only as long as somebody's page keeps it (DIAL-10).

CREATE TABLE browser_phone (
    organisation_id bigint NOT NULL,
    user_id bigint NOT NULL,
    -- Made anew by every page that takes the phone over; never shown, never in a page's source.
    secret text NOT NULL,
    issued_at timestamptz NOT NULL,
    -- The page asks for more time while it is open; after it the account is gone from Asterisk.
    until timestamptz NOT NULL CHECK (until > issued_at),
    PRIMARY KEY (organisation_id, user_id),
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user ON DELETE CASCADE
);

GRANT SELECT, INSERT, UPDATE, DELETE ON browser_phone TO ringpool_panel;
ALTER TABLE browser_phone ENABLE ROW LEVEL SECURITY;
CREATE POLICY organisation ON browser_phone TO ringpool_panel
    USING (organisation_id = nullif(current_setting('ringpool.organisation_id', true), '')::bigint);
