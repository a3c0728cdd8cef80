-- Answers to requests with an Idempotency-Key. The key itself is not kept, only its hash; the answer
-- is encrypted under the key, as an answer to a sign-in holds credentials.
CREATE TABLE idempotent_answers (
  key_hash text PRIMARY KEY,
  request_hash text NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'done')),
  started_at timestamptz NOT NULL,
  status int4,
  answer bytea
);
CREATE INDEX idempotent_answers_age ON idempotent_answers (started_at);
