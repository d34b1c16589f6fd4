-- A recording that is being moved to the store is on record as such, whatever moment its dialer ends in (CMP-4).

ALTER TABLE recording
    DROP CONSTRAINT recording_place_check,
    -- Where the sound lies once it is complete: in the node's folder, or in the store; while it is moving
    -- it may be in both.
    ADD CONSTRAINT recording_place_check CHECK (place IN ('folder', 'moving', 'store'));
DROP INDEX recording_in_folder;
CREATE INDEX recording_to_move ON recording (node, ended_at) WHERE place <> 'store' AND deleted_at IS NULL;
