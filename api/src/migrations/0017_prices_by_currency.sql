-- Lists in every currency that products have prices in. What they cost in others than settings.list_currency is kept as it is for that
-- one, by the same triggers, and in the same rows: no list has to read more of them. Filled for products that are there already by 0018.

ALTER TABLE product_states
  -- Null, or by currency: {"SEK": {"prices": [149900], "variants": 2, "schedule": […]}}. Prices and schedule are as in the columns of these
  -- names, the schedule left out where there is none; variants: how many have a price in it at all times.
  ADD COLUMN other_prices jsonb;
-- In listed_prices, lists of other currencies have these before their names: 'SEK:' (all), 'SEK:b:<brand>', 'SEK:c:<category>'.

CREATE FUNCTION catalog_amounts(amounts jsonb) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ARRAY(SELECT jsonb_array_elements_text(amounts)::bigint);

-- The prices of all times in one of the other currencies; empty where there are none.
CREATE FUNCTION catalog_all_prices(other jsonb) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN catalog_all_prices(catalog_amounts(other -> 'prices'), other -> 'schedule');

-- Where a product stands in each list: what goes before the list's name, and the price.
CREATE FUNCTION catalog_places(prices bigint[], schedule jsonb, other_prices jsonb) RETURNS TABLE (before text, price bigint)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 4 AS $$
  SELECT '', unnest(catalog_all_prices(prices, schedule))
  UNION ALL
  SELECT currency || ':', unnest(catalog_all_prices(other)) FROM jsonb_each(other_prices) AS o (currency, other)
$$;

-- As before, and variants are there that have a price in the currency only in a period.
CREATE OR REPLACE FUNCTION catalog_schedule(product bigint, currency text) RETURNS jsonb LANGUAGE sql STABLE
  RETURN (
    WITH v AS (SELECT sku, (prices ->> currency)::bigint AS price, coalesce(schedule, '[]') AS schedule
               FROM variants WHERE product_id = product),
      entries AS (SELECT sku, place, coalesce((e ->> 'from')::timestamptz, '-infinity') AS starts,
                         coalesce((e ->> 'to')::timestamptz, 'infinity') AS ends, (e -> 'prices' ->> currency)::bigint AS price
                  FROM v, jsonb_array_elements(v.schedule) WITH ORDINALITY AS x (e, place) WHERE e -> 'prices' ? currency),
      bounds AS (SELECT starts AS at FROM entries UNION SELECT ends FROM entries),
      periods AS (SELECT at AS starts, lead(at) OVER (ORDER BY at) AS ends FROM bounds)
    SELECT jsonb_agg(jsonb_build_object('from', p.starts, 'to', p.ends, 'prices', to_jsonb(ARRAY(
        SELECT DISTINCT amount FROM v, LATERAL (
          SELECT coalesce((SELECT e.price FROM entries e WHERE e.sku = v.sku AND e.starts <= p.starts AND p.starts < e.ends
                           ORDER BY e.place LIMIT 1), v.price)) AS a (amount)
        WHERE amount IS NOT NULL ORDER BY 1))) ORDER BY p.starts)
    FROM periods p
    WHERE p.ends IS NOT NULL AND EXISTS (SELECT FROM entries e WHERE e.starts <= p.starts AND p.starts < e.ends));

-- What product_states.other_prices says of a product.
CREATE FUNCTION catalog_other_prices(product bigint, list_currency text) RETURNS jsonb LANGUAGE sql STABLE
  RETURN (
    WITH v AS (SELECT prices, schedule FROM variants WHERE product_id = product),
      amounts AS (
        SELECT currency, amount::bigint FROM v, jsonb_each_text(v.prices) AS p (currency, amount)
        -- A price of a period alone.
        UNION ALL
        SELECT currency, NULL FROM v, jsonb_array_elements(v.schedule) AS sale, jsonb_object_keys(sale -> 'prices') AS currency)
    SELECT jsonb_object_agg(currency, other) FROM (
      SELECT currency, jsonb_strip_nulls(jsonb_build_object(
        'prices', coalesce(jsonb_agg(DISTINCT amount) FILTER (WHERE amount IS NOT NULL), '[]'),
        'variants', count(amount),
        'schedule', CASE WHEN bool_or(amount IS NULL) THEN catalog_schedule(product, currency) END)) AS other
      FROM amounts WHERE currency <> list_currency GROUP BY currency) AS o);

-- What the variants of some products say together.
DROP FUNCTION catalog_rolled(bigint, bigint);
CREATE FUNCTION catalog_rolled(first bigint, last bigint) RETURNS
  TABLE (id bigint, prices bigint[], availabilities text[], variants integer, schedule jsonb, other_prices jsonb) LANGUAGE sql STABLE AS $$
  WITH currency AS MATERIALIZED (SELECT value FROM settings WHERE name = 'list_currency')
  SELECT v.product_id, array_agg(DISTINCT (v.prices ->> c.value)::bigint) FILTER (WHERE v.prices ? c.value),
    array_remove(ARRAY[
      CASE WHEN bool_or(v.availability = 'in_stock') THEN 'in_stock' END,
      CASE WHEN bool_or(v.availability = 'preorder') THEN 'preorder' END,
      CASE WHEN bool_or(v.availability = 'out_of_stock') THEN 'out_of_stock' END,
      CASE WHEN bool_or(v.availability = 'discontinued') THEN 'discontinued' END], NULL),
    count(*)::integer,
    CASE WHEN bool_or(v.schedule IS NOT NULL) THEN catalog_schedule(v.product_id, min(c.value)) END,
    CASE WHEN bool_or(v.schedule IS NOT NULL OR v.prices - c.value <> '{}') THEN catalog_other_prices(v.product_id, min(c.value)) END
  FROM variants v, currency c WHERE v.product_id BETWEEN first AND last GROUP BY v.product_id
$$;

-- As before, in all currencies. Places in lists of other currencies are looked at only where prices in one of them have changed.
CREATE OR REPLACE FUNCTION catalog_roll_up(ids bigint[]) RETURNS void LANGUAGE plpgsql
  SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off AS $$
BEGIN
  -- In one order in every transaction; whoever waits here sees the other's variants afterwards.
  PERFORM FROM product_states s WHERE s.product_id = ANY (ids) ORDER BY s.product_id FOR UPDATE;
  WITH changed AS MATERIALIZED (
      SELECT s.product_id, coalesce(r.prices, s.prices) AS prices, r.availabilities, r.variants, r.schedule,
        CASE WHEN s.schedule IS NULL THEN s.prices ELSE catalog_all_prices(s.prices, s.schedule) END AS before,
        CASE WHEN r.schedule IS NULL THEN coalesce(r.prices, s.prices) ELSE catalog_all_prices(r.prices, r.schedule) END AS after,
        s.other_prices AS other_before, r.other_prices AS other_after
      FROM unnest(ids) AS id JOIN product_states s ON s.product_id = id, LATERAL catalog_rolled(id, id) r),
    saved AS (
      UPDATE product_states s SET version = nextval('product_versions'), updated_at = now(), changed_in = DEFAULT,
        writer = nullif(current_setting('catalog.writer', true), ''), prices = c.prices, availabilities = c.availabilities,
        variants = c.variants, schedule = c.schedule, other_prices = c.other_after
      FROM changed c WHERE s.product_id = c.product_id),
    differing AS (
      SELECT product_id, '' AS currency, before, after FROM changed WHERE before <> after
      UNION ALL
      SELECT product_id, currency || ':', catalog_all_prices(other_before -> currency), catalog_all_prices(other_after -> currency)
      FROM changed, jsonb_object_keys(coalesce(other_before, '{}') || coalesce(other_after, '{}')) AS currency
      WHERE other_before IS DISTINCT FROM other_after
        AND other_before -> currency IS DISTINCT FROM other_after -> currency),
    moved AS MATERIALIZED (
      SELECT d.product_id, d.currency || list AS list, d.before, d.after
      FROM differing d CROSS JOIN LATERAL (SELECT brand, category_path FROM products WHERE id = d.product_id OFFSET 0) p,
        unnest(ARRAY['', 'b:' || p.brand] || ARRAY(SELECT 'c:' || c FROM unnest(p.category_path) AS c)) AS list),
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

CREATE OR REPLACE FUNCTION products_updated() RETURNS trigger LANGUAGE plpgsql
  SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  DELETE FROM category_products cp USING old_rows o JOIN new_rows n ON n.id = o.id
    WHERE cp.product_id = o.id AND cp.category_id = ANY (o.category_path)
      AND (o.category_path, o.price, o.name_key) IS DISTINCT FROM (n.category_path, n.price, n.name_key);
  INSERT INTO category_products (category_id, product_id, price, name_key)
    SELECT c, n.id, n.price, n.name_key FROM new_rows n JOIN old_rows o ON o.id = n.id, unnest(n.category_path) c
    WHERE (o.category_path, o.price, o.name_key) IS DISTINCT FROM (n.category_path, n.price, n.name_key);
  DELETE FROM listed_prices l USING (
      SELECT at.before || list AS list, at.price, n.id FROM old_rows o JOIN new_rows n ON n.id = o.id
        CROSS JOIN LATERAL (SELECT * FROM product_states WHERE product_id = n.id OFFSET 0) s,
        unnest(catalog_lists(o.brand, o.category_path)) AS list, catalog_places(s.prices, s.schedule, s.other_prices) AS at
      WHERE (o.brand, o.category_path) IS DISTINCT FROM (n.brand, n.category_path)
        AND list <> ALL (catalog_lists(n.brand, n.category_path)) OFFSET 0) gone
    WHERE l.list = gone.list AND l.price = gone.price AND l.product_id = gone.id;
  INSERT INTO listed_prices (list, price, product_id)
    SELECT at.before || list, at.price, n.id FROM old_rows o JOIN new_rows n ON n.id = o.id
      CROSS JOIN LATERAL (SELECT * FROM product_states WHERE product_id = n.id OFFSET 0) s,
      unnest(catalog_lists(n.brand, n.category_path)) AS list, catalog_places(s.prices, s.schedule, s.other_prices) AS at
    WHERE (o.brand, o.category_path) IS DISTINCT FROM (n.brand, n.category_path)
      AND list <> ALL (catalog_lists(o.brand, o.category_path))
    ON CONFLICT DO NOTHING;
  UPDATE product_terms t SET search = n.search, name_key = n.name_key,
      tokens = catalog_tokens(n.id, n.category_path, n.brand, n.attributes, n.options)
    FROM new_rows n JOIN old_rows o ON o.id = n.id
    WHERE t.product_id = n.id AND (o.category_path, o.brand, o.attributes, o.options, o.search, o.name_key)
      IS DISTINCT FROM (n.category_path, n.brand, n.attributes, n.options, n.search, n.name_key);
  UPDATE product_states s SET version = n.version, updated_at = n.updated_at, changed_in = DEFAULT,
      writer = catalog_writer()
    FROM new_rows n WHERE s.product_id = n.id;
  INSERT INTO search_lexemes (word)
    SELECT DISTINCT word FROM new_rows n JOIN old_rows o ON o.id = n.id, unnest(tsvector_to_array(n.search)) word
    WHERE o.search IS DISTINCT FROM n.search ORDER BY word
    ON CONFLICT DO NOTHING;
  PERFORM catalog_notify((SELECT array_agg(DISTINCT tag)
    FROM (TABLE old_rows UNION ALL TABLE new_rows) r,
    unnest(array_append(ARRAY(SELECT 'c:' || c FROM unnest(r.category_path) c), 'p:' || r.id)) tag));
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION products_deleted() RETURNS trigger LANGUAGE plpgsql
  SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  DELETE FROM category_products cp USING old_rows o
    WHERE cp.product_id = o.id AND cp.category_id = ANY (o.category_path);
  DELETE FROM listed_prices l USING (
      SELECT at.before || list AS list, at.price, o.id
      FROM old_rows o CROSS JOIN LATERAL (SELECT * FROM product_states WHERE product_id = o.id OFFSET 0) s,
        unnest(catalog_lists(o.brand, o.category_path)) AS list, catalog_places(s.prices, s.schedule, s.other_prices) AS at
      OFFSET 0) gone
    WHERE l.list = gone.list AND l.price = gone.price AND l.product_id = gone.id;
  DELETE FROM product_terms t USING old_rows o WHERE t.product_id = o.id;
  DELETE FROM product_states s USING old_rows o WHERE s.product_id = o.id;
  INSERT INTO product_tombstones (version, product_id, slug, writer)
    SELECT nextval('product_versions'), id, slug, catalog_writer() FROM old_rows;
  PERFORM catalog_notify((SELECT array_agg(DISTINCT tag) FROM old_rows o,
    unnest(array_append(ARRAY(SELECT 'c:' || c FROM unnest(o.category_path) c), 'p:' || o.id)) tag));
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION catalog_derive(first bigint, last bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO product_states (product_id, version, updated_at, prices, availabilities, variants, schedule, other_prices,
      visible_from, visible_to)
    SELECT p.id, p.version, p.updated_at, coalesce(r.prices, ARRAY[p.price]), coalesce(r.availabilities, ARRAY[p.availability]),
      coalesce(r.variants, 1), r.schedule, r.other_prices,
      CASE p.status WHEN 'draft' THEN 'infinity' ELSE p.publish_from END, p.publish_to
    FROM products p LEFT JOIN catalog_rolled(first, last) r ON r.id = p.id WHERE p.id BETWEEN first AND last
    ON CONFLICT DO NOTHING;
  INSERT INTO listed_prices (list, price, product_id)
    SELECT at.before || list, at.price, p.id FROM products p JOIN product_states s ON s.product_id = p.id,
      unnest(catalog_lists(p.brand, p.category_path)) AS list, catalog_places(s.prices, s.schedule, s.other_prices) AS at
    WHERE p.id BETWEEN first AND last
    ON CONFLICT DO NOTHING;
  INSERT INTO product_terms (product_id, tokens, search, name_key)
    SELECT id, catalog_tokens(id, category_path, brand, attributes, options), search, name_key FROM products
    WHERE id BETWEEN first AND last
    ON CONFLICT DO NOTHING;
END $$;

-- A sale begins and ends in whatever currency it has prices in.
DROP TRIGGER states_bounded ON product_states;
DROP TRIGGER states_bounded_new ON product_states;
DROP TRIGGER states_bounded_gone ON product_states;
DROP FUNCTION catalog_bounds(jsonb, timestamptz, timestamptz);
CREATE FUNCTION catalog_bounds(schedule jsonb, other_prices jsonb, visible_from timestamptz, visible_to timestamptz)
  RETURNS SETOF timestamptz LANGUAGE sql STABLE AS $$
  SELECT at FROM (
    SELECT visible_from UNION SELECT visible_to UNION
    SELECT (period ->> bound)::timestamptz
    FROM (SELECT jsonb_array_elements(schedule) UNION ALL SELECT jsonb_path_query(other_prices, '$.*.schedule[*]')) AS periods (period),
      unnest('{from,to}'::text[]) AS bound
  ) AS bounds (at) WHERE isfinite(at)
$$;
CREATE OR REPLACE FUNCTION states_bounded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM boundaries WHERE product_id = OLD.product_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO boundaries (product_id, at)
      SELECT NEW.product_id, at FROM catalog_bounds(NEW.schedule, NEW.other_prices, NEW.visible_from, NEW.visible_to) AS at
      ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER states_bounded AFTER UPDATE ON product_states FOR EACH ROW
  WHEN ((OLD.schedule, jsonb_path_query_array(OLD.other_prices, '$.*.schedule'), OLD.visible_from, OLD.visible_to) IS DISTINCT FROM
    (NEW.schedule, jsonb_path_query_array(NEW.other_prices, '$.*.schedule'), NEW.visible_from, NEW.visible_to))
  EXECUTE FUNCTION states_bounded();
CREATE TRIGGER states_bounded_new AFTER INSERT ON product_states FOR EACH ROW
  WHEN (NEW.schedule IS NOT NULL OR NEW.other_prices @? '$.*.schedule' OR NEW.visible_from IS NOT NULL OR NEW.visible_to IS NOT NULL)
  EXECUTE FUNCTION states_bounded();
CREATE TRIGGER states_bounded_gone AFTER DELETE ON product_states FOR EACH ROW
  WHEN (OLD.schedule IS NOT NULL OR OLD.other_prices @? '$.*.schedule' OR OLD.visible_from IS NOT NULL OR OLD.visible_to IS NOT NULL)
  EXECUTE FUNCTION states_bounded();

-- Fills product_states.other_prices and the lists of other currencies, in small transactions: a batch's products are locked for as long
-- as it takes, so that no writer is in between. Called by 0018; may be broken off and called again.
CREATE PROCEDURE catalog_fill_other_prices() LANGUAGE plpgsql AS $$
DECLARE
  done bigint := 0;
  last bigint;
BEGIN
  LOOP
    BEGIN
      -- In the order in which the API locks them. Whoever writes variants by hand locks them the other way round; of two that wait for
      -- each other one is ended, and if it was this one, the batch is done again.
      SELECT max(id) INTO last FROM (SELECT id FROM products WHERE id > done ORDER BY id LIMIT 500 FOR NO KEY UPDATE) AS batch;
      EXIT WHEN last IS NULL;
      PERFORM FROM product_states WHERE product_id > done AND product_id <= last ORDER BY product_id FOR UPDATE;
      UPDATE product_states s SET other_prices = r.other_prices FROM catalog_rolled(done + 1, last) r
        WHERE s.product_id = r.id AND s.other_prices IS DISTINCT FROM r.other_prices;
      INSERT INTO listed_prices (list, price, product_id)
        SELECT at.before || list, at.price, p.id FROM products p JOIN product_states s ON s.product_id = p.id,
          unnest(catalog_lists(p.brand, p.category_path)) AS list, catalog_places(s.prices, s.schedule, s.other_prices) AS at
        WHERE p.id > done AND p.id <= last AND s.other_prices IS NOT NULL
        ON CONFLICT DO NOTHING;
    EXCEPTION WHEN deadlock_detected THEN
      CONTINUE;
    END;
    COMMIT;
    done := last;
  END LOOP;
  ANALYZE product_states, listed_prices;
END $$;
