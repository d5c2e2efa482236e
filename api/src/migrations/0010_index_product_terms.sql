-- migrate: no transaction
-- Both columns in one index: a search with filters reads the entries that all of its conditions have, and no others.
CREATE INDEX CONCURRENTLY IF NOT EXISTS product_terms_terms ON product_terms USING gin (tokens, search) WITH (fastupdate = off);
