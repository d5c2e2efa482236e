-- migrate: no transaction
-- Names beside what products are found by: of both indexes of product_terms together, a part of the order has next to nothing but what
-- has the words. The version of the API before this one goes by products_name, which stays.
CREATE INDEX CONCURRENTLY IF NOT EXISTS product_terms_name ON product_terms (name_key, product_id);
