-- Sentences that wait in the database for their reader (ORG-7): the column has the template, and beside it stands
-- what is filled in, so that the panel can say it in any language. What was written before is a template without
-- values.
ALTER TABLE refused_row
    ADD COLUMN reason_values jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(reason_values) = 'object');
ALTER TABLE list_job
    ADD COLUMN error_values jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(error_values) = 'object');

-- Why a prospect rests: for the next attempt's delay, or until their number was not called too often any more.
-- The second ends early when the organisation allows more attempts. Hours are no reason to rest: the pool deals
-- out only who may be called now.
ALTER TABLE prospect
    ADD COLUMN resting_for text NOT NULL DEFAULT 'retry'
        CHECK (resting_for IN ('retry', 'attempts_per_day')),
    ADD CHECK (resting_for = 'retry' OR not_before IS NOT NULL);
CREATE INDEX prospect_capped ON prospect (organisation_id) WHERE resting_for = 'attempts_per_day';
