-- A SKU as it is typed into a search: without case and the signs between its parts. Of functions alone that an index computes by
-- itself, since every new variant pays for it.
CREATE FUNCTION public.catalog_code(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN translate(lower(normalize(value, NFKC)), ' !"#$%&''()*+,-./:;<=>?@[\]^_`{|}~°·×–—’⁄', '');
