-- name: keep
INSERT INTO audit (organisation_id, at, user_id, action, subject, before, after)
VALUES (%(organisation_id)s, now(), %(user_id)s, %(action)s, %(subject)s, %(before)s, %(after)s);
