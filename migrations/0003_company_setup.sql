-- What an organisation sets up for itself: phone columns, calling hours, custom fields, reasons, roles,
-- and what its users are registered with.

ALTER TABLE organisation
    -- Counts the edits: whoever saves over another's edit is told.
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    -- Phone columns that every list must bring, in order; the first is the default Phone Field.
    ADD COLUMN mandatory_phones text[] NOT NULL DEFAULT '{phone}'
        CHECK (cardinality(mandatory_phones) BETWEEN 1 AND 3
               AND mandatory_phones <@ '{phone,mobile_phone,work_phone}'::text[]),
    -- No list may call outside these hours, in the prospect's own local time; equal: any hour.
    ADD COLUMN calling_from time NOT NULL DEFAULT '08:00',
    ADD COLUMN calling_until time NOT NULL DEFAULT '21:00',
    -- Attempts at one number in 24 hours, over all lists.
    ADD COLUMN attempts_per_day integer NOT NULL DEFAULT 10 CHECK (attempts_per_day BETWEEN 1 AND 100),
    -- At this time of the organisation's own day held records that were not dialed go back (LPL-5).
    ADD COLUMN night_at time NOT NULL DEFAULT '03:00',
    -- The organisation's last day on which the night's duties were done.
    ADD COLUMN night_done_on date,
    ADD CHECK (agent_leg_caller_id = '' OR agent_leg_caller_id ~ '^\+[0-9]{6,15}$');

CREATE TABLE custom_field (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    -- The key in prospect.custom, and what people read.
    label text NOT NULL CHECK (btrim(label) <> '' AND length(label) <= 200),
    kind text NOT NULL DEFAULT 'text' CHECK (kind IN ('text', 'number', 'date')),
    position integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX custom_field_label ON custom_field (organisation_id, lower(label));

CREATE TABLE pause_reason (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    label text NOT NULL CHECK (btrim(label) <> '' AND length(label) <= 100),
    position integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX pause_reason_label ON pause_reason (organisation_id, lower(label));
-- What agents could choose from before; a new organisation begins with the same.
INSERT INTO pause_reason (organisation_id, label, position)
SELECT o.id, r.label, r.position
FROM organisation o CROSS JOIN unnest('{Break,Lunch,Meeting,Training,Paperwork,Other}'::text[])
    WITH ORDINALITY AS r (label, position);

-- Roles that a contact is assigned under (ASG-3); not what a user may do, which is app_user.role.
CREATE TABLE contact_role (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (btrim(name) <> '' AND length(name) <= 100),
    short_name text NOT NULL CHECK (btrim(short_name) <> '' AND length(short_name) <= 12),
    position integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX contact_role_name ON contact_role (organisation_id, lower(name));
CREATE UNIQUE INDEX contact_role_short_name ON contact_role (organisation_id, lower(short_name));

ALTER TABLE app_user
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    -- Distribution filters (ORG-5); empty means any.
    ADD COLUMN states text[] NOT NULL DEFAULT '{}',
    ADD COLUMN languages text[] NOT NULL DEFAULT '{}',
    ADD COLUMN products text[] NOT NULL DEFAULT '{}',
    -- Working hours in the organisation's zone; days as ISO weekdays, Monday 1. Both null: any hour.
    ADD COLUMN works_from time,
    ADD COLUMN works_until time,
    ADD COLUMN works_days smallint[] NOT NULL DEFAULT '{1,2,3,4,5,6,7}'
        CHECK (works_days <@ '{1,2,3,4,5,6,7}'::smallint[]),
    ADD CHECK ((works_from IS NULL) = (works_until IS NULL));

CREATE TABLE user_skill (
    organisation_id bigint NOT NULL,
    user_id bigint NOT NULL,
    skill text NOT NULL CHECK (btrim(skill) <> '' AND length(skill) <= 60),
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 10),
    PRIMARY KEY (organisation_id, user_id, skill),
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user ON DELETE CASCADE
);
