CREATE TABLE users (
  id text PRIMARY KEY,
  email text NOT NULL,
  name text NOT NULL,
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL
);
-- The email is normalised before it is written.
CREATE UNIQUE INDEX users_email ON users (email);

-- The scope is a vendor's id, or 'platform' for operators. A user has one role.
CREATE TABLE user_roles (
  user_id text PRIMARY KEY,
  scope text NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'editor', 'viewer', 'operator'))
);
CREATE INDEX user_roles_scope ON user_roles (scope, user_id);

CREATE TABLE sessions (
  id text PRIMARY KEY,
  user_id text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_reason text CHECK (end_reason IN ('signed-out', 'token-reused'))
);
CREATE INDEX sessions_age ON sessions (expires_at);

CREATE TABLE refresh_tokens (
  token_hash text PRIMARY KEY,
  session_id text NOT NULL,
  created_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

-- Failed attempts in a row, by a keyed hash of the email: known and unknown emails alike.
CREATE TABLE sign_in_attempts (
  email_hash text PRIMARY KEY,
  failures int4 NOT NULL,
  last_at timestamptz NOT NULL,
  locked_until timestamptz
);
CREATE INDEX sign_in_attempts_age ON sign_in_attempts (last_at);
