-- SKUs and slugs as they are in the world. What they may be is said by the API's schemas (src/catalog/vocabulary.ts); here stands
-- what would do harm: an empty one, one that is too long for an index, and a slug that could be taken for an id.
ALTER TABLE variants DROP CONSTRAINT variants_sku_check;
ALTER TABLE variants ADD CONSTRAINT variants_sku_check CHECK (length(sku) BETWEEN 1 AND 64) NOT VALID;
ALTER TABLE products DROP CONSTRAINT products_slug_check;
ALTER TABLE products ADD CONSTRAINT products_slug_check
  CHECK (length(slug) BETWEEN 1 AND 120 AND slug !~ '^[0-9]+$' AND slug !~ '[/?#[:space:][:cntrl:]]') NOT VALID;
