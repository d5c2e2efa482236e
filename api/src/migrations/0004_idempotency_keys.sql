-- The answer to a write that bore an Idempotency-Key, committed together with what it wrote: a repeat gets the same answer and
-- writes nothing. Kept for a day (api/src/writes/idempotency.ts).
CREATE TABLE idempotency_keys (
  -- Which API key sent it (a hash), so that two clients may use the same value.
  client text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  -- SHA-256 of method, target and body: the same key with another request is a client's mistake.
  fingerprint bytea NOT NULL,
  status smallint NOT NULL,
  body text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (client, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
