-- migrate: no transaction
CALL catalog_fill_other_prices();
