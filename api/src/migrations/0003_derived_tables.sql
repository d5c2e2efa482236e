-- Tables that follow from `products`, kept by statement triggers so that no writer can forget them. A bulk load switches the
-- triggers off and calls catalog_rebuild() once at its end:
--   ALTER TABLE products DISABLE TRIGGER USER;  COPY …;  ALTER TABLE products ENABLE TRIGGER USER;  SELECT catalog_rebuild();

-- The products of a category and its descendants, in every order that a list can have: with it a page at any depth is one
-- index scan. A product stands in it once for each category of its path.
CREATE TABLE category_products (
  category_id text COLLATE "C" NOT NULL,
  product_id bigint NOT NULL,
  price bigint NOT NULL,
  name_key text COLLATE "C" NOT NULL,
  CONSTRAINT category_products_newest PRIMARY KEY (category_id, product_id)
);
CREATE INDEX category_products_price ON category_products (category_id, price, product_id);
CREATE INDEX category_products_name ON category_products (category_id, name_key, product_id);

-- Every lexeme of the catalogue. A searched word that is not among them is replaced by the nearest one that is.
CREATE TABLE search_lexemes (
  word text COLLATE "C" PRIMARY KEY,
  -- In how many products it occurs, as of the last catalog_refresh_lexemes(); breaks ties between equally near words.
  products integer NOT NULL DEFAULT 1
);
CREATE INDEX search_lexemes_similar ON search_lexemes USING gin (word gin_trgm_ops);

-- Tells every task what to drop from its cache: space-separated tags `p:<product id>`, `c:<category id>`, or `*` for all of
-- it (a payload of NOTIFY must stay under 8,000 bytes). Sent when the transaction commits, and only then.
CREATE FUNCTION catalog_notify(tags text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  payload text := array_to_string(tags, ' ');
BEGIN
  IF payload <> '' THEN
    PERFORM pg_notify('catalog', CASE WHEN length(payload) < 7900 THEN payload ELSE '*' END);
  END IF;
END $$;

CREATE FUNCTION products_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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

CREATE FUNCTION products_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM category_products cp USING old_rows o JOIN new_rows n ON n.id = o.id
    WHERE cp.product_id = o.id AND cp.category_id = ANY (o.category_path)
      AND (o.category_path, o.price, o.name_key) IS DISTINCT FROM (n.category_path, n.price, n.name_key);
  INSERT INTO category_products (category_id, product_id, price, name_key)
    SELECT c, n.id, n.price, n.name_key FROM new_rows n JOIN old_rows o ON o.id = n.id, unnest(n.category_path) c
    WHERE (o.category_path, o.price, o.name_key) IS DISTINCT FROM (n.category_path, n.price, n.name_key);
  INSERT INTO search_lexemes (word)
    SELECT DISTINCT word FROM new_rows n JOIN old_rows o ON o.id = n.id, unnest(tsvector_to_array(n.search)) word
    WHERE o.search IS DISTINCT FROM n.search ORDER BY word
    ON CONFLICT DO NOTHING;
  PERFORM catalog_notify((SELECT array_agg(DISTINCT tag)
    FROM (TABLE old_rows UNION ALL TABLE new_rows) r,
    unnest(array_append(ARRAY(SELECT 'c:' || c FROM unnest(r.category_path) c), 'p:' || r.id)) tag));
  RETURN NULL;
END $$;

CREATE FUNCTION products_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM category_products cp USING old_rows o
    WHERE cp.product_id = o.id AND cp.category_id = ANY (o.category_path);
  PERFORM catalog_notify((SELECT array_agg(DISTINCT tag) FROM old_rows o,
    unnest(array_append(ARRAY(SELECT 'c:' || c FROM unnest(o.category_path) c), 'p:' || o.id)) tag));
  RETURN NULL;
END $$;

CREATE FUNCTION catalog_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('catalog', '*');
  RETURN NULL;
END $$;

CREATE TRIGGER products_inserted AFTER INSERT ON products
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION products_inserted();
CREATE TRIGGER products_updated AFTER UPDATE ON products
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION products_updated();
CREATE TRIGGER products_deleted AFTER DELETE ON products
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION products_deleted();
CREATE TRIGGER categories_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON categories
  FOR EACH STATEMENT EXECUTE FUNCTION catalog_changed();

-- Counts the lexemes anew and drops those that no product has any more. Reads the whole catalogue (some 10 s for a million).
CREATE FUNCTION catalog_refresh_lexemes() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMPORARY TABLE counted ON COMMIT DROP AS
    SELECT word COLLATE "C" AS word, ndoc FROM ts_stat('SELECT search FROM public.products');
  INSERT INTO search_lexemes AS l (word, products) SELECT word, ndoc FROM counted ORDER BY word
    ON CONFLICT (word) DO UPDATE SET products = excluded.products WHERE l.products <> excluded.products;
  DELETE FROM search_lexemes l WHERE NOT EXISTS (SELECT FROM counted c WHERE c.word = l.word);
  DROP TABLE counted;
END $$;

-- Builds the derived tables from `products`, after a bulk load that had the triggers switched off.
CREATE FUNCTION catalog_rebuild() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE category_products;
  INSERT INTO category_products (category_id, product_id, price, name_key)
    SELECT c, p.id, p.price, p.name_key FROM products p, unnest(p.category_path) c;
  PERFORM catalog_refresh_lexemes();
  PERFORM pg_notify('catalog', '*');
END $$;
