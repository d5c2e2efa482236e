-- migrate: no transaction
CALL catalog_fill();
