-- When a product is shown, where its address was before, and when the catalogue changes by itself next.

-- All times that the API shows have this one form: RFC 3339 in UTC, to the millisecond.
CREATE FUNCTION catalog_time(at timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

ALTER TABLE products
  ADD COLUMN status text COLLATE "C" NOT NULL DEFAULT 'published',
  -- Shown from, and until; null: open.
  ADD COLUMN publish_from timestamptz,
  ADD COLUMN publish_to timestamptz,
  -- Checked for what is written from now on: all the others have the default, and reading them would hold the table.
  ADD CONSTRAINT products_status CHECK (status IN ('published', 'draft')) NOT VALID;

-- product_states says when a product is shown: a draft at no time.
CREATE FUNCTION products_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE product_states s SET visible_to = n.publish_to,
      visible_from = CASE n.status WHEN 'draft' THEN 'infinity' ELSE n.publish_from END
    FROM new_rows n WHERE s.product_id = n.id AND (s.visible_from, s.visible_to) IS DISTINCT FROM
      (CASE n.status WHEN 'draft' THEN 'infinity' ELSE n.publish_from END, n.publish_to);
  RETURN NULL;
END $$;
ALTER FUNCTION products_published() SET enable_hashjoin = off;
ALTER FUNCTION products_published() SET enable_mergejoin = off;
-- Their names let them run after products_inserted, which makes the state.
CREATE TRIGGER products_published_new AFTER INSERT ON products
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION products_published();
CREATE TRIGGER products_published AFTER UPDATE ON products
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION products_published();

CREATE OR REPLACE FUNCTION catalog_derive(first bigint, last bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO product_states (product_id, version, updated_at, prices, availabilities, variants, schedule, visible_from, visible_to)
    SELECT p.id, p.version, p.updated_at, coalesce(r.prices, ARRAY[p.price]), coalesce(r.availabilities, ARRAY[p.availability]),
      coalesce(r.variants, 1), r.schedule, CASE p.status WHEN 'draft' THEN 'infinity' ELSE p.publish_from END, p.publish_to
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

CREATE OR REPLACE FUNCTION catalog_rebuild() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE category_products, product_states, listed_prices, product_terms, boundaries;
  INSERT INTO category_products (category_id, product_id, price, name_key)
    SELECT c, p.id, p.price, p.name_key FROM products p, unnest(p.category_path) c;
  PERFORM catalog_derive(min(id), max(id)) FROM products;
  PERFORM catalog_refresh_lexemes();
  PERFORM catalog_notify(ARRAY['*']);
END $$;

-- Slugs that products had: their addresses lead to the new one, until another product takes the slug.
CREATE TABLE former_slugs (
  slug text COLLATE "C" PRIMARY KEY,
  product_id bigint NOT NULL
);
CREATE INDEX former_slugs_product ON former_slugs (product_id);
CREATE FUNCTION products_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO former_slugs (slug, product_id) VALUES (OLD.slug, OLD.id)
    ON CONFLICT (slug) DO UPDATE SET product_id = excluded.product_id;
  DELETE FROM former_slugs WHERE slug = NEW.slug;
  RETURN NULL;
END $$;
CREATE TRIGGER products_renamed AFTER UPDATE OF slug ON products
  FOR EACH ROW WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION products_renamed();
CREATE FUNCTION products_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM former_slugs f USING new_rows n WHERE f.slug = n.slug;
  RETURN NULL;
END $$;
CREATE FUNCTION products_unnamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM former_slugs f USING old_rows o WHERE f.product_id = o.id;
  RETURN NULL;
END $$;
CREATE TRIGGER products_unnamed AFTER DELETE ON products
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION products_unnamed();
CREATE TRIGGER products_named AFTER INSERT ON products
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION products_named();

-- Each time at which a product changes without being written: a sale begins or ends, it is shown or not any more. No cache keeps a
-- list beyond the next of them, since it may change any list's order, counts and members.
CREATE TABLE boundaries (
  product_id bigint NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (product_id, at)
);
CREATE INDEX boundaries_at ON boundaries (at);
CREATE FUNCTION catalog_bounds(schedule jsonb, visible_from timestamptz, visible_to timestamptz) RETURNS SETOF timestamptz
  LANGUAGE sql STABLE AS $$
  SELECT at FROM (
    SELECT visible_from UNION SELECT visible_to UNION
    SELECT (period ->> bound)::timestamptz FROM jsonb_array_elements(schedule) AS period, unnest('{from,to}'::text[]) AS bound
  ) AS bounds (at) WHERE isfinite(at)
$$;
CREATE FUNCTION states_bounded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM boundaries WHERE product_id = OLD.product_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO boundaries (product_id, at)
      SELECT NEW.product_id, at FROM catalog_bounds(NEW.schedule, NEW.visible_from, NEW.visible_to) AS at
      ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER states_bounded AFTER UPDATE ON product_states FOR EACH ROW
  WHEN ((OLD.schedule, OLD.visible_from, OLD.visible_to) IS DISTINCT FROM (NEW.schedule, NEW.visible_from, NEW.visible_to))
  EXECUTE FUNCTION states_bounded();
CREATE TRIGGER states_bounded_new AFTER INSERT ON product_states FOR EACH ROW
  WHEN (NEW.schedule IS NOT NULL OR NEW.visible_from IS NOT NULL OR NEW.visible_to IS NOT NULL) EXECUTE FUNCTION states_bounded();
CREATE TRIGGER states_bounded_gone AFTER DELETE ON product_states FOR EACH ROW
  WHEN (OLD.schedule IS NOT NULL OR OLD.visible_from IS NOT NULL OR OLD.visible_to IS NOT NULL) EXECUTE FUNCTION states_bounded();
INSERT INTO boundaries (product_id, at)
  SELECT s.product_id, at FROM product_states s, catalog_bounds(s.schedule, s.visible_from, s.visible_to) AS at
  WHERE s.schedule IS NOT NULL OR s.visible_from IS NOT NULL OR s.visible_to IS NOT NULL
  ON CONFLICT DO NOTHING;
