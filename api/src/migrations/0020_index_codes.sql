-- migrate: no transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS variants_code ON variants (catalog_code(sku));
