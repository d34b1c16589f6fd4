-- Who wants to be rung for leads: an agent's own switch, which managers see and set too (RING-1).

ALTER TABLE app_user ADD COLUMN takes_leads boolean NOT NULL DEFAULT true;
