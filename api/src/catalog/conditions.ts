import { asksState, type Filter, hasPrices, tokenGroups } from "./filter.ts";

/**
 * What a filter asks of a product, as SQL over `product_terms t` and `product_states s`.
 *
 * Attributes, price and availability are asked of one variant: a product whose L is sold out is not found under L in stock. In another
 * currency than that of lists, only variants with a price in it count.
 * An attribute of the product is one of each of its variants.
 */

const MAX_BIGINT = "9223372036854775807";

/** The values of a statement, and what all of its parts share. */
export class Values {
  readonly list: unknown[] = [];
  readonly #shared = new Map<string, string>();
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** @returns the placeholder */
  add(value: unknown, type: string): string {
    this.list.push(value);
    return `$${this.list.length}::${type}`;
  }

  get now(): string {
    return this.#parameter("now", this.#scope.now.toISOString(), "timestamptz");
  }

  get currency(): string {
    return this.#parameter("currency", this.#scope.currency, "text");
  }

  /** See Scope.isOther. */
  get isOther(): boolean {
    return this.#scope.isOther === true;
  }

  /** What goes before the name of a list in `listed_prices`. */
  get lists(): string {
    return this.isOther ? `${this.#scope.currency}:` : "";
  }

  /** When a sale of the product begins or ends next, or it is not shown any more: milliseconds since 1970; null when never. */
  get until(): string {
    return `CASE WHEN s.schedule IS NOT NULL OR s.visible_to IS NOT NULL THEN (
      SELECT floor(extract(epoch FROM min(at)) * 1000)::bigint FROM (
        SELECT s.visible_to UNION ALL
        SELECT (period ->> bound)::timestamptz FROM jsonb_array_elements(s.schedule) AS period, unnest('{from,to}'::text[]) AS bound
      ) AS bounds (at) WHERE at > ${this.now} AND isfinite(at)) END`;
  }

  #parameter(name: string, value: string, type: string): string {
    const known = this.#shared.get(name) ?? this.add(value, type);
    this.#shared.set(name, known);
    return known;
  }
}

export interface Scope {
  /** When prices hold and products are shown; by the task's clock, not the server's, so that it can be tested. */
  now: Date;
  /** That prices are shown, filtered and sorted in. */
  currency: string;
  /** Whether this is another than the list currency, in which not every product has a price. @default false */
  isOther?: boolean;
}

/**
 * Joins that look up one row for each that is there already. OFFSET 0 keeps the planner from beginning with the other side: it
 * plans for all values, and would now and then read a list a thousand times to look for a word in it.
 */
const lookUp = (table: string, key: string, alias: string) => (id: string) =>
  ` CROSS JOIN LATERAL (SELECT * FROM ${table} WHERE ${key} = ${id} OFFSET 0) ${alias}`;
/**
 * With the prices that hold now, the lowest first, as `current`: where several parts of a statement ask for them, they are found once.
 * In another than the list currency, a product without a price in it now has no state. Functions are called for sales alone: a
 * call costs more than reading the row.
 */
export function withState(id: string, values: Values): string {
  const current = `CASE WHEN schedule IS NULL THEN prices ELSE catalog_prices_at(prices, schedule, ${values.now}) END AS current`;
  if (!values.isOther)
    return ` CROSS JOIN LATERAL (SELECT *, ${current}
    FROM product_states WHERE product_id = ${id} OFFSET 0) s`;
  const other = `other_prices -> ${values.currency}`;
  return ` CROSS JOIN LATERAL (SELECT * FROM (SELECT *, ${current} FROM (
      SELECT product_id, version, updated_at, availabilities, variants, visible_from, visible_to,
        ARRAY(SELECT jsonb_array_elements_text(${other} -> 'prices')::bigint) AS prices,
        ${other} -> 'schedule' AS schedule, (${other} ->> 'variants')::integer AS priced
      FROM product_states WHERE product_id = ${id} AND other_prices ? ${values.currency} OFFSET 0) o OFFSET 0) c
    WHERE current <> '{}' OFFSET 0) s`;
}
export const withTerms = lookUp("product_terms", "product_id", "t");
export const withProduct = lookUp("products", "id", "p");
/** What an item is written from. */
export const withItem = (id: string, values: Values): string => withState(id, values) + withProduct(id);

/** Of the smallest sample that the index of tokens knows (migration 0007). */
export const MAX_LEVEL = 14;

/** @param level a sample of one match in 2^level; 0: all. */
export function termConditions(filter: Filter, values: Values, level = 0): string[] {
  const groups = tokenGroups(filter);
  const required = groups.filter(({ length }) => length === 1).flat();
  const { tsquery, products } = filter.search ?? {};
  if (level > 0 && !products) required.push(`~${level}`);
  const conditions: string[] = [];
  if (required.length > 0) conditions.push(`t.tokens @> ${values.add(required, "text[]")}`);
  for (const group of groups) {
    if (group.length > 1) conditions.push(`t.tokens && ${values.add(group, "text[]")}`);
  }
  if (tsquery !== undefined) {
    const words = `t.search @@ ${values.add(tsquery, "tsquery")}`;
    conditions.push(products ? withProducts(words, products, level, values) : words);
  }
  return conditions;
}

/** Each is sampled by itself, so that the index of either leads to it. */
function withProducts(words: string, products: readonly number[], level: number, values: Values): string {
  const sampled = level > 0 ? ` AND t.tokens @> ${values.add([`~${level}`], "text[]")}` : "";
  const found = [
    `t.product_id = ANY (${values.add(products, "bigint[]")})`,
    ...hashed("t.product_id", level),
  ];
  return `(${words}${sampled} OR ${found.join(" AND ")})`;
}

/** That a product is of a sample of one in 2^level, where no index of tokens leads to it; no condition: of all. */
export const hashed = (id: string, level: number): string[] =>
  level > 0 ? [`hashint8(${id}) & ${2 ** level - 1} = 0`] : [];

/** What a filter asks of a product's state, and the join that brings the state `s` of the product with this id. */
export function stateOf(id: string, filter: Filter, values: Values): { join: string; conditions: string[] } {
  const conditions = [visible(values)];
  if (filter.availabilities.length > 0) {
    conditions.push(`s.availabilities && ${values.add(filter.availabilities, "text[]")}`);
  }
  if (hasPrices(filter)) {
    conditions.push(
      `EXISTS (SELECT FROM unnest(s.current) AS price WHERE ${priceRange("price", filter, values)})`,
    );
  }
  const one = oneVariant(filter, values);
  if (one !== undefined) conditions.push(one);
  return { join: withState(id, values), conditions };
}

/** The same where the state itself is not needed: without a join when nothing is asked of it but that the product is shown. */
export function stateIfAsked(
  id: string,
  filter: Filter,
  values: Values,
): { join: string; conditions: string[] } {
  if (asksState(filter)) return stateOf(id, filter, values);
  return { join: "", conditions: [shown(id, values)] };
}

/** By the index of the products that are not shown always: it has next to none of them, and costs next to nothing to ask. */
export const shown = (id: string, values: Values): string =>
  `NOT EXISTS (SELECT FROM product_states r WHERE r.product_id = ${id} AND (r.visible_from IS NOT NULL OR r.visible_to IS NOT NULL)
    AND NOT (coalesce(r.visible_from, '-infinity') <= ${values.now} AND ${values.now} < coalesce(r.visible_to, 'infinity')))`;

export const visible = ({ now }: Values): string =>
  `(s.visible_from IS NULL OR s.visible_from <= ${now}) AND (s.visible_to IS NULL OR s.visible_to > ${now})`;

export function priceRange(price: string, { minPrice, maxPrice }: Filter, values: Values): string {
  const from = values.add(minPrice ?? 0, "bigint");
  return `${price} >= ${from} AND ${price} <= ${values.add(maxPrice ?? MAX_BIGINT, "bigint")}`;
}

/** What a product is sorted by where prices are filtered by: the lowest of its prices that the filter lets through. */
export function sortPrice(filter: Filter, values: Values): string {
  if (filter.minPrice === undefined) return "s.current[1]";
  const from = values.add(filter.minPrice, "bigint");
  return `(SELECT price FROM unnest(s.current) AS price WHERE price >= ${from} ORDER BY price LIMIT 1)`;
}

/** Whether all variants cost the same, and all are to be had, or none: one of them is as good as another. */
export const alike = ({ isOther }: Values): string =>
  `s.schedule IS NULL AND cardinality(s.prices) = 1 AND cardinality(s.availabilities) = 1${isOther ? " AND s.priced = s.variants" : ""}`;

/** What is asked of variants, when that is more than one thing; undefined when each by itself is all that is asked. */
function oneVariant(filter: Filter, values: Values): string | undefined {
  const { attributes, availabilities } = filter;
  const ranged = hasPrices(filter);
  const others = attributes.size + (availabilities.length > 0 ? 1 : 0);
  // A price of any height is asked of it, too, in a currency in which not every variant has one.
  if (others + (ranged || values.isOther ? 1 : 0) < 2) return undefined;
  const exists = `EXISTS (SELECT FROM variants v WHERE v.product_id = s.product_id AND ${variantConditions(filter, values).join(" AND ")})`;
  if (others === 1 && !ranged) return `(s.priced = s.variants OR ${exists})`;
  return attributes.size < 2
    ? `(s.variants = 1 OR ${alike(values)} OR ${exists})`
    : `(s.variants = 1 OR ${exists})`;
}

/** What a filter asks of a variant `v`. */
export function variantConditions(filter: Filter, values: Values): string[] {
  const conditions = [...filter.attributes].map(([name, wanted]) => {
    const attribute = values.add(name, "text");
    const any = values.add(wanted, "text[]");
    return `(v.attributes ->> ${attribute} = ANY (${any}) OR (SELECT p.attributes ->> ${attribute} FROM products p WHERE p.id = v.product_id) = ANY (${any}))`;
  });
  if (filter.availabilities.length > 0) {
    conditions.push(`v.availability = ANY (${values.add(filter.availabilities, "text[]")})`);
  }
  if (hasPrices(filter) || values.isOther) {
    const price = `(CASE WHEN v.schedule IS NULL THEN (v.prices ->> ${values.currency})::bigint
      ELSE catalog_variant_price(v.prices, v.schedule, ${values.currency}, ${values.now}) END)`;
    conditions.push(hasPrices(filter) ? priceRange(price, filter, values) : `${price} IS NOT NULL`);
  }
  return conditions;
}
