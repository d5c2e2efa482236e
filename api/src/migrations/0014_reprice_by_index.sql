-- Repricing by index, whatever the statistics say: a batch of a thousand changes is planned as if it were millions, and whole
-- tables would be read to join them. What is worked out for each row is written out, since a call of a function costs more.
CREATE OR REPLACE FUNCTION catalog_roll_up(ids bigint[]) RETURNS void LANGUAGE plpgsql
  SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off AS $$
BEGIN
  -- In one order in every transaction; whoever waits here sees the other's variants afterwards.
  PERFORM FROM product_states s WHERE s.product_id = ANY (ids) ORDER BY s.product_id FOR UPDATE;
  WITH changed AS MATERIALIZED (
      SELECT s.product_id, coalesce(r.prices, s.prices) AS prices, r.availabilities, r.variants, r.schedule,
        CASE WHEN s.schedule IS NULL THEN s.prices ELSE catalog_all_prices(s.prices, s.schedule) END AS before,
        CASE WHEN r.schedule IS NULL THEN coalesce(r.prices, s.prices) ELSE catalog_all_prices(r.prices, r.schedule) END AS after
      FROM unnest(ids) AS id JOIN product_states s ON s.product_id = id, LATERAL catalog_rolled(id, id) r),
    saved AS (
      UPDATE product_states s SET version = nextval('product_versions'), updated_at = now(), changed_in = DEFAULT,
        writer = nullif(current_setting('catalog.writer', true), ''), prices = c.prices, availabilities = c.availabilities,
        variants = c.variants, schedule = c.schedule
      FROM changed c WHERE s.product_id = c.product_id),
    moved AS MATERIALIZED (
      SELECT c.product_id, list, c.before, c.after
      FROM changed c CROSS JOIN LATERAL (SELECT brand, category_path FROM products WHERE id = c.product_id OFFSET 0) p,
        unnest(ARRAY['', 'b:' || p.brand] || ARRAY(SELECT 'c:' || c FROM unnest(p.category_path) AS c)) AS list
      WHERE c.before <> c.after),
    gone AS (
      DELETE FROM listed_prices l USING (
        SELECT m.list, amount, m.product_id FROM moved m, unnest(m.before) AS amount WHERE amount <> ALL (m.after) OFFSET 0) o
      WHERE l.list = o.list AND l.price = o.amount AND l.product_id = o.product_id)
  INSERT INTO listed_prices (list, price, product_id)
    SELECT m.list, amount, m.product_id FROM moved m, unnest(m.after) AS amount WHERE amount <> ALL (m.before)
    ON CONFLICT DO NOTHING;
  -- The version of the API before this one reads these columns; see 0008.
  IF EXISTS (SELECT FROM settings WHERE name = 'mirror_prices') THEN
    UPDATE products p SET price = s.prices[1], availability = s.availabilities[1]
    FROM product_states s WHERE p.id = ANY (ids) AND s.product_id = p.id;
  END IF;
  PERFORM catalog_notify((SELECT array_agg(DISTINCT tag) FROM products p,
    unnest(array_append(ARRAY(SELECT 'c:' || c FROM unnest(p.category_path) c), 'p:' || p.id)) tag WHERE p.id = ANY (ids)));
END $$;
ALTER FUNCTION products_inserted() SET enable_hashjoin = off;
ALTER FUNCTION products_updated() SET enable_hashjoin = off;
ALTER FUNCTION products_updated() SET enable_mergejoin = off;
ALTER FUNCTION products_deleted() SET enable_hashjoin = off;
ALTER FUNCTION products_deleted() SET enable_mergejoin = off;
