-- Text search and fuzzy matching. The contrib extensions below are trusted: the owner of the database may create them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- English stemming after accents are removed, so that "cafetière" and "cafetiere" are one word.
CREATE TEXT SEARCH CONFIGURATION public.catalog (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION public.catalog
  ALTER MAPPING FOR hword, hword_part, word WITH public.unaccent, pg_catalog.english_stem;

-- The text that is indexed: the default parser reads "a/b" as a file path and "wi-fi" as a compound; both are words here.
-- The API applies the same translation to what a client searches for (api/src/search/query.ts).
CREATE FUNCTION public.catalog_search_text(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN translate(value, '/_-+&|', '      ');

-- What names are sorted by: without accents and case, in byte order. unaccent() is only STABLE because its rules file can be
-- replaced; the rules file of the contrib module never is.
CREATE FUNCTION public.catalog_sort_key(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN lower(public.unaccent('public.unaccent', left(value, 80)));

-- Everything that a product can be filtered by, as one array of tokens, so that one GIN index answers any combination, and a
-- facet count is one unnest():
--   c:<category id, ancestors included>   b:<brand>   s:<availability>   a:<attribute name>:<value>
-- `attributes` holds name → value; `options` holds name → [values over the variants].
CREATE FUNCTION public.catalog_facets(category_path text[], brand text, availability text, attributes jsonb, options jsonb)
  RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ARRAY['b:' || brand, 's:' || availability]
    || ARRAY(SELECT 'c:' || id FROM unnest(category_path) AS id)
    || ARRAY(SELECT 'a:' || key || ':' || value FROM jsonb_each_text(attributes)
             UNION
             SELECT 'a:' || key || ':' || value
             FROM jsonb_each(options) AS o (key, list), jsonb_array_elements_text(list) AS value);
