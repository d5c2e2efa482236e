import type { Static } from "typebox/type";
import * as Type from "typebox/type";
import {
  AttributeFilter,
  Availability,
  CategoryId,
  Currency,
  closed,
  ITEM_FIELDS,
  line,
  literals,
  PRODUCT_FIELDS,
  Sku,
  SLUG_PATTERN,
  SORTS,
  typed,
} from "./vocabulary.ts";
import { MAX_SEARCH_LENGTH } from "./words.ts";

const SearchText = typed(MAX_SEARCH_LENGTH, "Words to search for");
/** Names in one list of them; one that is there twice counts once. */
const FIELDS = 20;
const commaSeparated = (names: readonly string[], title: string) => {
  const name = `(${names.join("|")})`;
  return Type.String({
    // In the document it is a list of these (contract/document.ts).
    "x-items": { title, type: "string", enum: [...names] },
    "x-max-items": FIELDS,
    pattern: `^${name}(,${name}){0,${FIELDS - 1}}$`,
    description: `Some of: ${names.join(", ")}`,
  });
};
const repeated = <T extends Type.TSchema>(item: T, description: string) =>
  Type.Optional(Type.Array(item, { minItems: 1, maxItems: 20, description }));
/** Values shown of each facet unless a request says otherwise. */
export const FACET_VALUES = 20;
const facetValues = Type.Integer({
  minimum: 1,
  maximum: 200,
  default: FACET_VALUES,
  description: "Values shown of each facet, the most frequent ones",
});
const Flag = (value: boolean, description: string) => Type.Boolean({ default: value, description });

/** What generators call values that are no names. */
const SORT_NAMES = {
  title: "Sort",
  "x-enum-varnames": [
    "NEWEST",
    "PRICE_ASCENDING",
    "PRICE_DESCENDING",
    "NAME_ASCENDING",
    "NAME_DESCENDING",
    "RELEVANCE",
  ],
};

const currency = Type.Optional(
  Type.String({
    ...Currency,
    description:
      "An ISO 4217 code, such as EUR, in which prices are shown, filtered and sorted; products without a price in it are left out. Default: the list currency",
  }),
);
const filters = {
  category: Type.Optional(
    Type.String({
      ...CategoryId,
      description: "The id of a category: letters, digits, hyphens and underscores. With its descendants",
    }),
  ),
  brand: repeated(line(100), "Repeat it for several: any of them"),
  minPrice: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000_000_000_000, description: "Minor units of the currency" }),
  ),
  maxPrice: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000_000_000_000, description: "Minor units of the currency" }),
  ),
  availability: repeated(Availability, "Repeat it for several: any of them"),
  attribute: repeated(
    AttributeFilter,
    "`name:value`. Repeat it: values of one name are alternatives, different names must all hold",
  ),
  currency,
};
const lookups = {
  ids: Type.Optional(
    Type.String({
      pattern: "^[1-9][0-9]{0,14}(,[1-9][0-9]{0,14})*$",
      maxLength: 1_600,
      description: "Ids with commas between them: these products, whatever else they are",
    }),
  ),
  sku: Type.Optional(
    Type.Array(Sku, {
      minItems: 1,
      maxItems: 100,
      description: "The products of these SKUs; repeat it for several",
    }),
  ),
  gtin: Type.Optional(
    Type.Array(Type.String({ pattern: "^([0-9]{8}|[0-9]{12,14})$", description: "8, 12, 13 or 14 digits" }), {
      minItems: 1,
      maxItems: 100,
      description: "The products of these GTINs, in whatever of their lengths; repeat it for several",
    }),
  ),
};
const paging = {
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  cursor: Type.Optional(
    Type.String({
      minLength: 20,
      maxLength: 800,
      pattern: "^[A-Za-z0-9_-]+$",
      description: "nextCursor of the page before",
    }),
  ),
  fields: Type.Optional(commaSeparated(ITEM_FIELDS, "ItemField")),
  count: Flag(
    true,
    "Whether to count the matches, up to 10,000. Of all products, a category or brands the count is exact; with other filters, from some 1,500 products on, and with facets of a sample, it may be that of a random sample",
  ),
};

export const ListQuery = Type.Object(
  {
    ...filters,
    ...lookups,
    q: Type.Optional(SearchText),
    sort: Type.Optional(
      literals(SORTS, {
        ...SORT_NAMES,
        description: "Default: newest, or relevance with q. relevance needs q",
      }),
    ),
    ...paging,
    facets: Flag(false, "Whether to count the values to filter by"),
    facetValues,
  },
  closed,
);
export const SearchQuery = Type.Object(
  {
    ...filters,
    q: SearchText,
    sort: Type.Optional(literals(SORTS, { ...SORT_NAMES, description: "Default: relevance" })),
    ...paging,
    facets: Flag(true, "Whether to count the values to filter by"),
    facetValues,
  },
  closed,
);
export type ListQuery = Static<typeof ListQuery>;

export const SuggestQuery = Type.Object(
  {
    q: typed(MAX_SEARCH_LENGTH, "What has been typed so far"),
    limit: Type.Integer({ minimum: 1, maximum: 20, default: 10 }),
  },
  closed,
);
export const ProductQuery = Type.Object(
  {
    currency: Type.Optional(
      Type.String({
        ...Currency,
        description: "An ISO 4217 code, such as EUR, in which price is shown. Default: the list currency",
      }),
    ),
    fields: Type.Optional(commaSeparated(PRODUCT_FIELDS, "ProductField")),
  },
  closed,
);
export type ProductQuery = Static<typeof ProductQuery>;
export const CategoriesQuery = Type.Object(
  {
    depth: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 20, description: "Levels to show. Default: all" }),
    ),
  },
  closed,
);
export const NoQuery = Type.Object({}, closed);
export const ProductParams = Type.Object(
  {
    product: Type.String({
      pattern: `^([1-9][0-9]{0,14}|${SLUG_PATTERN})$`,
      maxLength: 120,
      description: "Id or slug",
    }),
  },
  closed,
);
export const CategoryParams = Type.Object({ category: CategoryId }, closed);

export const BulkQuery = Type.Object(
  {
    atomic: Flag(false, "All rows or none"),
    dryRun: Flag(false, "Check the rows as if they were written, and write nothing"),
  },
  closed,
);
