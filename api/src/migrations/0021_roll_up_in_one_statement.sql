-- As before, without a call of a function for each product and currency: those cost more than all else that is done for it. Where a
-- sale is on or to come, prices of periods are worked out by the functions of 0007 and 0017.

CREATE OR REPLACE FUNCTION catalog_rolled(first bigint, last bigint) RETURNS
  TABLE (id bigint, prices bigint[], availabilities text[], variants integer, schedule jsonb, other_prices jsonb) LANGUAGE sql STABLE AS $$
  WITH currency AS MATERIALIZED (SELECT value FROM settings WHERE name = 'list_currency')
  SELECT v.product_id, array_agg(DISTINCT (v.prices ->> c.value)::bigint) FILTER (WHERE v.prices ? c.value),
    array_remove(ARRAY[
      CASE WHEN bool_or(v.availability = 'in_stock') THEN 'in_stock' END,
      CASE WHEN bool_or(v.availability = 'preorder') THEN 'preorder' END,
      CASE WHEN bool_or(v.availability = 'out_of_stock') THEN 'out_of_stock' END,
      CASE WHEN bool_or(v.availability = 'discontinued') THEN 'discontinued' END], NULL),
    count(*)::integer,
    CASE WHEN bool_or(v.schedule IS NOT NULL) THEN catalog_schedule(v.product_id, min(c.value)) END,
    CASE WHEN bool_or(v.schedule IS NOT NULL) THEN catalog_other_prices(v.product_id, min(c.value))
      WHEN bool_or(v.prices - c.value <> '{}') THEN (
        SELECT jsonb_object_agg(currency, jsonb_build_object('prices', amounts, 'variants', priced))
        FROM (
          SELECT currency, jsonb_agg(DISTINCT amount::bigint) AS amounts, count(*) AS priced
          FROM unnest(array_agg(v.prices - c.value)) AS others, jsonb_each_text(others) AS p (currency, amount)
          GROUP BY currency) AS o) END
  FROM variants v, currency c WHERE v.product_id BETWEEN first AND last GROUP BY v.product_id
$$;

CREATE OR REPLACE FUNCTION catalog_places(prices bigint[], schedule jsonb, other_prices jsonb) RETURNS TABLE (before text, price bigint)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 4 AS $$
  SELECT '', unnest(CASE WHEN schedule IS NULL THEN prices ELSE catalog_all_prices(prices, schedule) END)
  UNION ALL
  SELECT currency || ':', amount::bigint
  FROM jsonb_each(other_prices) AS o (currency, other), jsonb_array_elements_text(other -> 'prices') AS amount
  WHERE NOT other ? 'schedule'
  UNION ALL
  SELECT currency || ':', unnest(catalog_all_prices(other)) FROM jsonb_each(other_prices) AS o (currency, other)
  WHERE other ? 'schedule'
$$;
