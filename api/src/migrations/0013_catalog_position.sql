-- How far a database has come, as a number that a replica shows when it has replayed as much: no function of one engine alone tells
-- that, and this is the same on PostgreSQL and Aurora. A reader whose count is that of the writer has every change that the writer
-- had. It holds because transactions that send notifications are committed one after the other, and replayed in that order.
CREATE TABLE catalog_position (
  part integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  changes bigint NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Counts in a part that nobody else counts in, so that no writer waits for another: there are as many as have ever written at once.
CREATE FUNCTION catalog_count() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE catalog_position SET changes = changes + 1
    WHERE part = (SELECT part FROM catalog_position ORDER BY part LIMIT 1 FOR UPDATE SKIP LOCKED);
  IF NOT FOUND THEN
    INSERT INTO catalog_position (changes) VALUES (1);
  END IF;
END $$;

-- Whoever notifies has changed something, and is counted.
CREATE OR REPLACE FUNCTION catalog_notify(tags text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  payloads text[] := ARRAY(
    SELECT string_agg(tag, ' ') FROM (
      SELECT tag, sum(length(tag) + 1) OVER (ORDER BY tag) / 7000 AS part FROM unnest(tags) AS tag) t GROUP BY part);
  payload text;
BEGIN
  IF cardinality(payloads) = 0 THEN
    RETURN;
  END IF;
  IF cardinality(payloads) > 16 THEN
    payloads := ARRAY['*'];
  END IF;
  FOREACH payload IN ARRAY payloads LOOP
    PERFORM pg_notify('catalog', payload);
  END LOOP;
  PERFORM catalog_count();
END $$;

CREATE OR REPLACE FUNCTION catalog_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM catalog_notify(ARRAY['*']);
  RETURN NULL;
END $$;
