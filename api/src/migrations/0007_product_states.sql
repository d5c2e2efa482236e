-- What changes often, apart from what does not. A price or a stock level is of a variant; `products` is wide, and an update of it
-- writes all of its indexes anew. So a change of variants writes the narrow tables below and leaves `products` alone.
-- Triggers keep them, whoever writes. Filled for products that are there already by 0009.

-- Prices of a period: [{"from": "2026-11-27T00:00:00Z", "to": …, "prices": {"EUR": 9900}}]; from or to left out: open.
ALTER TABLE variants ADD COLUMN schedule jsonb;
-- Room for a repriced row beside the old one, so that no index has to be written.
ALTER TABLE variants SET (fillfactor = 85);

CREATE TABLE product_states (
  product_id bigint PRIMARY KEY,
  -- The product's version: what ETag and If-Match are about. `products.version` is for the version of the API before this one.
  version bigint NOT NULL,
  updated_at timestamptz NOT NULL,
  -- The transaction that wrote it. Versions come from a sequence and commit in any order: whoever follows the changes goes by this,
  -- up to what every transaction that still runs has left open (pg_snapshot_xmin).
  changed_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
  -- Who wrote it: the transaction's setting catalog.writer.
  writer text COLLATE "C",
  -- What the variants cost in settings.list_currency: each price once, the lowest first.
  prices bigint[] NOT NULL CHECK (cardinality(prices) > 0),
  -- What the variants are: each once, the best first.
  availabilities text[] COLLATE "C" NOT NULL CHECK (cardinality(availabilities) > 0),
  variants integer NOT NULL DEFAULT 1,
  -- Null, or the periods in which other prices hold: [{"from": …, "to": …, "prices": [9900]}], none overlapping another.
  schedule jsonb,
  -- Shown from, and until; null: always.
  visible_from timestamptz,
  visible_to timestamptz
);
CREATE INDEX product_states_changes ON product_states (changed_in, product_id);
-- Next to every product is shown always. Those that are not can be told from the rest without reading the rest.
CREATE INDEX product_states_restricted ON product_states (product_id) WHERE visible_from IS NOT NULL OR visible_to IS NOT NULL;

-- A product that is gone, for whoever follows the versions.
CREATE TABLE product_tombstones (
  version bigint PRIMARY KEY,
  product_id bigint NOT NULL,
  slug text COLLATE "C" NOT NULL,
  deleted_at timestamptz NOT NULL DEFAULT now(),
  changed_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
  writer text COLLATE "C"
);
CREATE INDEX product_tombstones_changes ON product_tombstones (changed_in, product_id);

-- Products in the order of prices. Lists: '' (all), 'b:<brand>', 'c:<category, descendants included>'. A product stands in each
-- at every price that it has at some time; which of them holds is for product_states to say.
CREATE TABLE listed_prices (
  list text COLLATE "C" NOT NULL,
  price bigint NOT NULL,
  product_id bigint NOT NULL,
  PRIMARY KEY (list, price, product_id)
);

-- What a product is found by, apart from the text itself, which makes rows five times as wide.
CREATE TABLE product_terms (
  product_id bigint PRIMARY KEY,
  -- See catalog_tokens().
  tokens text[] COLLATE "C" NOT NULL,
  search tsvector NOT NULL,
  name_key text COLLATE "C" NOT NULL
);

-- c:<category id, ancestors included>   b:<brand>   a:<attribute name>:<value>, the variants' included
-- ~<k>: the product belongs to a sample of one in 2^k. Asked for together with others, it makes the index give a sample of what
-- matches, whatever that is; by it the API counts and chooses plans where all matches would be too many to read.
CREATE FUNCTION catalog_tokens(id bigint, category_path text[], brand text, attributes jsonb, options jsonb)
  RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ARRAY['b:' || brand]
    || ARRAY(SELECT 'c:' || c FROM unnest(category_path) AS c)
    || ARRAY(SELECT 'a:' || key || ':' || value FROM jsonb_each_text(attributes)
             UNION
             SELECT 'a:' || key || ':' || value
             FROM jsonb_each(options) AS o (key, list), jsonb_array_elements_text(list) AS value)
    || ARRAY(SELECT '~' || k FROM generate_series(1, 14) AS k WHERE hashint8(id) & ((1 << k) - 1) = 0);

CREATE FUNCTION catalog_lists(brand text, category_path text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ARRAY['', 'b:' || brand] || ARRAY(SELECT 'c:' || c FROM unnest(category_path) AS c);

-- The prices that hold at a time.
CREATE FUNCTION catalog_prices_at(prices bigint[], schedule jsonb, at timestamptz) RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce((
    SELECT ARRAY(SELECT jsonb_array_elements_text(period -> 'prices')::bigint)
    FROM jsonb_array_elements(schedule) AS period
    WHERE (period ->> 'from')::timestamptz <= at AND at < (period ->> 'to')::timestamptz LIMIT 1), prices);

-- The prices of all times.
CREATE FUNCTION catalog_all_prices(prices bigint[], schedule jsonb) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN schedule IS NULL THEN prices ELSE ARRAY(
    SELECT unnest(prices) UNION
    SELECT price::bigint FROM jsonb_array_elements(schedule) AS period, jsonb_array_elements_text(period -> 'prices') AS price) END;

-- What a variant costs at a time; null where it has no price in the currency.
CREATE FUNCTION catalog_variant_price(prices jsonb, schedule jsonb, currency text, at timestamptz) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce((
    SELECT (e -> 'prices' ->> currency)::bigint FROM jsonb_array_elements(schedule) WITH ORDINALITY AS x (e, place)
    WHERE e -> 'prices' ? currency AND coalesce((e ->> 'from')::timestamptz, '-infinity') <= at
      AND at < coalesce((e ->> 'to')::timestamptz, 'infinity') ORDER BY place LIMIT 1), (prices ->> currency)::bigint);

-- A product's periods, from those of its variants. A variant costs what the first of its periods says that covers the time.
CREATE FUNCTION catalog_schedule(product bigint, currency text) RETURNS jsonb LANGUAGE sql STABLE
  RETURN (
    WITH v AS (SELECT sku, (prices ->> currency)::bigint AS price, coalesce(schedule, '[]') AS schedule
               FROM variants WHERE product_id = product AND prices ? currency),
      entries AS (SELECT sku, place, coalesce((e ->> 'from')::timestamptz, '-infinity') AS starts,
                         coalesce((e ->> 'to')::timestamptz, 'infinity') AS ends, (e -> 'prices' ->> currency)::bigint AS price
                  FROM v, jsonb_array_elements(v.schedule) WITH ORDINALITY AS x (e, place) WHERE e -> 'prices' ? currency),
      bounds AS (SELECT starts AS at FROM entries UNION SELECT ends FROM entries),
      periods AS (SELECT at AS starts, lead(at) OVER (ORDER BY at) AS ends FROM bounds)
    SELECT jsonb_agg(jsonb_build_object('from', p.starts, 'to', p.ends, 'prices', to_jsonb(ARRAY(
        SELECT DISTINCT coalesce((SELECT e.price FROM entries e WHERE e.sku = v.sku AND e.starts <= p.starts AND p.starts < e.ends
                                  ORDER BY e.place LIMIT 1), v.price) FROM v ORDER BY 1))) ORDER BY p.starts)
    FROM periods p
    WHERE p.ends IS NOT NULL AND EXISTS (SELECT FROM entries e WHERE e.starts <= p.starts AND p.starts < e.ends));

CREATE FUNCTION catalog_writer() RETURNS text LANGUAGE sql STABLE
  RETURN nullif(current_setting('catalog.writer', true), '');

-- What the variants of some products say together.
CREATE FUNCTION catalog_rolled(first bigint, last bigint) RETURNS
  TABLE (id bigint, prices bigint[], availabilities text[], variants integer, schedule jsonb) LANGUAGE sql STABLE AS $$
  WITH currency AS MATERIALIZED (SELECT value FROM settings WHERE name = 'list_currency')
  SELECT v.product_id, array_agg(DISTINCT (v.prices ->> c.value)::bigint) FILTER (WHERE v.prices ? c.value),
    array_remove(ARRAY[
      CASE WHEN bool_or(v.availability = 'in_stock') THEN 'in_stock' END,
      CASE WHEN bool_or(v.availability = 'preorder') THEN 'preorder' END,
      CASE WHEN bool_or(v.availability = 'out_of_stock') THEN 'out_of_stock' END,
      CASE WHEN bool_or(v.availability = 'discontinued') THEN 'discontinued' END], NULL),
    count(*)::integer,
    CASE WHEN bool_or(v.schedule IS NOT NULL) THEN catalog_schedule(v.product_id, min(c.value)) END
  FROM variants v, currency c WHERE v.product_id BETWEEN first AND last GROUP BY v.product_id
$$;

-- Brings the states of products to what their variants say, each with a new version, and their places in the order of prices.
CREATE FUNCTION catalog_roll_up(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- In one order in every transaction; whoever waits here sees the other's variants afterwards.
  PERFORM FROM product_states s WHERE s.product_id = ANY (ids) ORDER BY s.product_id FOR UPDATE;
  WITH changed AS MATERIALIZED (
      SELECT s.product_id, s.prices AS old_prices, s.schedule AS old_schedule, coalesce(r.prices, s.prices) AS prices,
        r.availabilities, r.variants, r.schedule
      FROM unnest(ids) AS id JOIN product_states s ON s.product_id = id, LATERAL catalog_rolled(id, id) r),
    saved AS (
      UPDATE product_states s SET version = nextval('product_versions'), updated_at = now(), changed_in = DEFAULT,
        writer = catalog_writer(), prices = c.prices, availabilities = c.availabilities, variants = c.variants,
        schedule = c.schedule
      FROM changed c WHERE s.product_id = c.product_id),
    moved AS MATERIALIZED (
      SELECT c.product_id, list, catalog_all_prices(c.old_prices, c.old_schedule) AS before,
        catalog_all_prices(c.prices, c.schedule) AS after
      FROM changed c JOIN products p ON p.id = c.product_id, unnest(catalog_lists(p.brand, p.category_path)) AS list
      WHERE (c.prices, c.schedule) IS DISTINCT FROM (c.old_prices, c.old_schedule)),
    gone AS (
      DELETE FROM listed_prices l USING moved m, unnest(m.before) AS amount
      WHERE amount <> ALL (m.after) AND l.list = m.list AND l.price = amount AND l.product_id = m.product_id)
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

-- Tags that one notification cannot hold go as several; from some thousands on, dropping everything costs the tasks less.
CREATE OR REPLACE FUNCTION catalog_notify(tags text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  payloads text[] := ARRAY(
    SELECT string_agg(tag, ' ') FROM (
      SELECT tag, sum(length(tag) + 1) OVER (ORDER BY tag) / 7000 AS part FROM unnest(tags) AS tag) t GROUP BY part);
  payload text;
BEGIN
  IF cardinality(payloads) > 16 THEN
    payloads := ARRAY['*'];
  END IF;
  FOREACH payload IN ARRAY payloads LOOP
    PERFORM pg_notify('catalog', payload);
  END LOOP;
END $$;

CREATE FUNCTION variants_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM catalog_roll_up(ARRAY(SELECT DISTINCT product_id FROM rows ORDER BY product_id));
  RETURN NULL;
END $$;
CREATE TRIGGER variants_inserted AFTER INSERT ON variants
  REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION variants_written();
CREATE TRIGGER variants_updated AFTER UPDATE ON variants
  REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION variants_written();
CREATE TRIGGER variants_deleted AFTER DELETE ON variants
  REFERENCING OLD TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION variants_written();

CREATE OR REPLACE FUNCTION products_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO product_states (product_id, version, updated_at, writer, prices, availabilities)
    SELECT id, version, updated_at, catalog_writer(), ARRAY[price], ARRAY[availability] FROM new_rows;
  INSERT INTO listed_prices (list, price, product_id)
    SELECT list, price, id FROM new_rows, unnest(catalog_lists(brand, category_path)) AS list;
  INSERT INTO product_terms (product_id, tokens, search, name_key)
    SELECT id, catalog_tokens(id, category_path, brand, attributes, options), search, name_key FROM new_rows;
  INSERT INTO category_products (category_id, product_id, price, name_key)
    SELECT c, n.id, n.price, n.name_key FROM new_rows n, unnest(n.category_path) c;
  -- In one order in every transaction: two writers that add the same words wait for each other, and never in a circle.
  INSERT INTO search_lexemes (word)
    SELECT DISTINCT word FROM new_rows n, unnest(tsvector_to_array(n.search)) word ORDER BY word
    ON CONFLICT DO NOTHING;
  PERFORM catalog_notify((SELECT array_agg(DISTINCT tag) FROM new_rows n,
    unnest(array_append(ARRAY(SELECT 'c:' || c FROM unnest(n.category_path) c), 'p:' || n.id)) tag));
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION products_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM category_products cp USING old_rows o JOIN new_rows n ON n.id = o.id
    WHERE cp.product_id = o.id AND cp.category_id = ANY (o.category_path)
      AND (o.category_path, o.price, o.name_key) IS DISTINCT FROM (n.category_path, n.price, n.name_key);
  INSERT INTO category_products (category_id, product_id, price, name_key)
    SELECT c, n.id, n.price, n.name_key FROM new_rows n JOIN old_rows o ON o.id = n.id, unnest(n.category_path) c
    WHERE (o.category_path, o.price, o.name_key) IS DISTINCT FROM (n.category_path, n.price, n.name_key);
  DELETE FROM listed_prices l USING old_rows o JOIN new_rows n ON n.id = o.id JOIN product_states s ON s.product_id = n.id,
      unnest(catalog_lists(o.brand, o.category_path)) AS gone, unnest(catalog_all_prices(s.prices, s.schedule)) AS amount
    WHERE (o.brand, o.category_path) IS DISTINCT FROM (n.brand, n.category_path)
      AND gone <> ALL (catalog_lists(n.brand, n.category_path))
      AND l.list = gone AND l.price = amount AND l.product_id = n.id;
  INSERT INTO listed_prices (list, price, product_id)
    SELECT list, amount, n.id FROM old_rows o JOIN new_rows n ON n.id = o.id JOIN product_states s ON s.product_id = n.id,
      unnest(catalog_lists(n.brand, n.category_path)) AS list, unnest(catalog_all_prices(s.prices, s.schedule)) AS amount
    WHERE (o.brand, o.category_path) IS DISTINCT FROM (n.brand, n.category_path)
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

CREATE OR REPLACE FUNCTION products_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM category_products cp USING old_rows o
    WHERE cp.product_id = o.id AND cp.category_id = ANY (o.category_path);
  DELETE FROM listed_prices l USING old_rows o JOIN product_states s ON s.product_id = o.id,
      unnest(catalog_lists(o.brand, o.category_path)) AS gone, unnest(catalog_all_prices(s.prices, s.schedule)) AS amount
    WHERE l.list = gone AND l.price = amount AND l.product_id = o.id;
  DELETE FROM product_terms t USING old_rows o WHERE t.product_id = o.id;
  DELETE FROM product_states s USING old_rows o WHERE s.product_id = o.id;
  INSERT INTO product_tombstones (version, product_id, slug, writer)
    SELECT nextval('product_versions'), id, slug, catalog_writer() FROM old_rows;
  PERFORM catalog_notify((SELECT array_agg(DISTINCT tag) FROM old_rows o,
    unnest(array_append(ARRAY(SELECT 'c:' || c FROM unnest(o.category_path) c), 'p:' || o.id)) tag));
  RETURN NULL;
END $$;

-- Makes the rows of the tables above for products that have none.
CREATE FUNCTION catalog_derive(first bigint, last bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO product_states (product_id, version, updated_at, prices, availabilities, variants, schedule)
    SELECT p.id, p.version, p.updated_at, coalesce(r.prices, ARRAY[p.price]), coalesce(r.availabilities, ARRAY[p.availability]),
      coalesce(r.variants, 1), r.schedule
    FROM products p LEFT JOIN catalog_rolled(first, last) r ON r.id = p.id WHERE p.id BETWEEN first AND last
    ON CONFLICT DO NOTHING;
  INSERT INTO listed_prices (list, price, product_id)
    SELECT list, amount, p.id FROM products p JOIN product_states s ON s.product_id = p.id,
      unnest(catalog_lists(p.brand, p.category_path)) AS list, unnest(catalog_all_prices(s.prices, s.schedule)) AS amount
    WHERE p.id BETWEEN first AND last
    ON CONFLICT DO NOTHING;
  INSERT INTO product_terms (product_id, tokens, search, name_key)
    SELECT id, catalog_tokens(id, category_path, brand, attributes, options), search, name_key FROM products
    WHERE id BETWEEN first AND last
    ON CONFLICT DO NOTHING;
END $$;

-- Builds the derived tables from `products` and `variants`, after a bulk load that had the triggers of both switched off.
CREATE OR REPLACE FUNCTION catalog_rebuild() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE category_products, product_states, listed_prices, product_terms;
  INSERT INTO category_products (category_id, product_id, price, name_key)
    SELECT c, p.id, p.price, p.name_key FROM products p, unnest(p.category_path) c;
  PERFORM catalog_derive(min(id), max(id)) FROM products;
  PERFORM catalog_refresh_lexemes();
  PERFORM catalog_notify(ARRAY['*']);
END $$;
