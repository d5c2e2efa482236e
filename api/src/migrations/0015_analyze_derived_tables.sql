-- 0009 and 0010 have filled and indexed them; until autovacuum comes by, they would be planned for as if they were empty.
ANALYZE product_states, product_terms, listed_prices;
