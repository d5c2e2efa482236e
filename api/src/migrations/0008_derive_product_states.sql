-- Fills the tables of 0007 for the products that were there before them, in small transactions: a batch's products are locked
-- for as long as it takes, some 0.1 s, so that no writer is in between. May be broken off and run again.
CREATE OR REPLACE PROCEDURE catalog_fill() LANGUAGE plpgsql AS $$
DECLARE
  first bigint := 0;
  last bigint;
BEGIN
  LOOP
    SELECT max(id) INTO last FROM (SELECT id FROM products WHERE id > first ORDER BY id LIMIT 1000 FOR NO KEY UPDATE) AS batch;
    EXIT WHEN last IS NULL;
    PERFORM catalog_derive(first + 1, last);
    COMMIT;
    first := last;
  END LOOP;
END $$;
-- The version before this one may be serving if there is anything to serve. It reads prices, availability and versions from
-- `products`: while this setting is there, changes of variants are written there too. The next release removes it.
INSERT INTO settings (name, value) SELECT 'mirror_prices', 'on' WHERE EXISTS (SELECT FROM products) ON CONFLICT DO NOTHING;
