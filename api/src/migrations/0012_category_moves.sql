-- Categories that were moved, and whose products do not stand under the new way to them yet: a move is one short transaction,
-- whatever the category holds, and its products follow in small steps (api/src/catalog/category-moves.ts).
CREATE TABLE category_moves (
  category_id text COLLATE "C" PRIMARY KEY REFERENCES categories (id) ON DELETE CASCADE,
  -- Products up to this id have followed.
  done_to bigint NOT NULL DEFAULT 0
);

-- Categories with all that is above them, each once: what products.category_path holds.
CREATE FUNCTION catalog_category_path(ids text[]) RETURNS text[] LANGUAGE sql STABLE
  RETURN ARRAY(SELECT step FROM unnest(ids) WITH ORDINALITY AS g (id, place) JOIN categories c ON c.id = g.id,
    unnest(c.path) WITH ORDINALITY AS s (step, depth) GROUP BY step ORDER BY min(g.place), min(s.depth));

-- Brings some products of a moved category to where it is now. Gives the last of them; null: all have followed.
CREATE FUNCTION catalog_follow(category text, after bigint, most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  last bigint;
BEGIN
  WITH batch AS MATERIALIZED (
      SELECT id FROM products WHERE id = ANY (ARRAY(
        SELECT product_id FROM category_products WHERE category_id = category AND product_id > after ORDER BY product_id LIMIT most))
      ORDER BY id FOR UPDATE),
    followed AS (
      UPDATE products p SET category_path = catalog_category_path(p.category_ids) FROM batch b
      WHERE p.id = b.id AND p.category_path IS DISTINCT FROM catalog_category_path(p.category_ids))
  SELECT max(id) INTO last FROM batch;
  RETURN last;
END $$;
