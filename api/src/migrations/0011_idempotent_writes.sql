-- Every write takes an Idempotency-Key, not only batches. The answer to one product's write has headers too, and a task that
-- repeats it must know which of its cached responses it has made obsolete.
ALTER TABLE idempotency_keys
  ADD COLUMN headers jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN tags text[] COLLATE "C" NOT NULL DEFAULT '{}';
