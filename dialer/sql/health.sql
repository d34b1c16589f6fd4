-- What ringpool doctor asks.

-- name: clock
SELECT clock_timestamp() AS at;

-- name: node
SELECT extract(epoch FROM now() - heartbeat_at)::float AS silent_s, asterisk_up FROM node WHERE name = %(node)s;
