-- A session of a browser is known by a hash of its cookie, and ends when it is not used.
ALTER TABLE sessions ADD COLUMN cookie_hash text;
ALTER TABLE sessions ADD COLUMN used_at timestamptz;
CREATE UNIQUE INDEX sessions_cookie ON sessions (cookie_hash);
