-- One account a customer. email_hash is a keyed hash of the normalised email; it is unique in the
-- world by the claim in the directory, and by this table in its partition only.
-- claim_state: pending until the directory has confirmed the claim; nobody signs in before.
CREATE TABLE credentials (
  partition text NOT NULL,
  customer_id text NOT NULL,
  email_hash text NOT NULL,
  claim_state text NOT NULL CHECK (claim_state IN ('pending', 'confirmed')),
  password_hash text NOT NULL,
  failed_attempts int4 NOT NULL CHECK (failed_attempts >= 0),
  last_failed_at timestamptz,
  locked_until timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (partition, customer_id)
);
CREATE UNIQUE INDEX credentials_email_hash_key ON credentials (partition, email_hash);
CREATE INDEX credentials_by_email_hash ON credentials (email_hash);
CREATE INDEX credentials_pending_claims ON credentials (created_at) WHERE claim_state = 'pending';

-- One row a family of refresh tokens. The token that is valid now has the row's generation.
CREATE TABLE sessions (
  partition text NOT NULL,
  id text NOT NULL,
  customer_id text NOT NULL,
  token_seed text NOT NULL,
  generation int4 NOT NULL CHECK (generation >= 1),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_reason text CHECK (revoked_reason IN ('signed-out', 'token-reused')),
  PRIMARY KEY (partition, id)
);
CREATE INDEX sessions_by_customer ON sessions (partition, customer_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);
