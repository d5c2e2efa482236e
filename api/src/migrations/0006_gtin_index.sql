-- migrate: no transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS variants_gtin ON variants (lpad(gtin, 14, '0')) WHERE gtin IS NOT NULL;
