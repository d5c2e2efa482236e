import type { Static } from "typebox/type";
import * as Type from "typebox/type";

export const AVAILABILITIES = ["in_stock", "preorder", "out_of_stock", "discontinued"] as const;
export const SORTS = ["newest", "price", "-price", "name", "-name", "relevance"] as const;

/** Members of a list item, in the order in which they are written. */
export const ITEM_FIELDS = [
  "id",
  "slug",
  "name",
  "brand",
  "price",
  "availability",
  "image",
  "categories",
  "attributes",
  "options",
  "createdAt",
  "updatedAt",
] as const;
export const PRODUCT_FIELDS = [
  "id",
  "slug",
  "name",
  "brand",
  "description",
  "price",
  "availability",
  "images",
  "categories",
  "attributes",
  "options",
  "variants",
  "createdAt",
  "updatedAt",
] as const;

const closed = { additionalProperties: false } as const;
const literals = <const T extends readonly string[]>(values: T, options = {}) =>
  Type.Unsafe<T[number]>({ type: "string", enum: [...values], ...options });

export const Availability = literals(AVAILABILITIES);
const Currency = Type.String({ pattern: "^[A-Z]{3}$", description: "ISO 4217" });
const MinorUnits = Type.Integer({
  minimum: 0,
  maximum: 1_000_000_000_000,
  description: "Minor units: cents, öre",
});
const CategoryId = Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$" });
/** No control characters: a line break in a name is a mistake. */
const line = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: "^[^\\u0000-\\u001f\\u007f]+$" });
const Sku = Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" });
const Slug = Type.String({
  minLength: 1,
  maxLength: 120,
  pattern: "^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$",
  description: "Lower-case words joined by hyphens, with at least one letter",
});

/** `{"colour": "black"}` */
const Attributes = Type.Unsafe<Record<string, string>>({
  type: "object",
  maxProperties: 50,
  propertyNames: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$" },
  additionalProperties: line(200),
  description: "Name → value",
});
/** `{"EUR": 12900}` */
const Prices = Type.Unsafe<Record<string, number>>({
  type: "object",
  minProperties: 1,
  maxProperties: 30,
  propertyNames: { type: "string", pattern: "^[A-Z]{3}$" },
  additionalProperties: MinorUnits,
  description: "ISO 4217 code → minor units",
});
const Image = Type.Object(
  {
    url: Type.String({ maxLength: 2_000, pattern: '^https?://[^\\s"<>]+$' }),
    alt: Type.Optional(Type.String({ maxLength: 300, pattern: "^[^\\u0000]*$" })),
  },
  closed,
);
const Gtin = Type.String({ pattern: "^([0-9]{8}|[0-9]{12,14})$", description: "GTIN-8, -12, -13 or -14" });

// ── what is read ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const Price = Type.Object({ amount: MinorUnits, currency: Currency }, closed);
const Options = Type.Unsafe<Record<string, string[]>>({
  type: "object",
  additionalProperties: Type.Array(Type.String()),
  description: "Variant attribute → its values over the variants",
});
const CategoryRef = Type.Object({ id: CategoryId, name: Type.String() }, closed);
const DateTime = Type.String({
  pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$",
  description: "RFC 3339, UTC",
});

/** All members are optional: `fields` chooses among them. */
export const Item = Type.Object(
  {
    id: Type.Optional(Type.Integer()),
    slug: Type.Optional(Slug),
    name: Type.Optional(Type.String()),
    brand: Type.Optional(Type.String()),
    price: Type.Optional(Price),
    availability: Type.Optional(Availability),
    image: Type.Optional(Type.Union([Image, Type.Null()])),
    categories: Type.Optional(Type.Array(CategoryId)),
    attributes: Type.Optional(Attributes),
    options: Type.Optional(Options),
    createdAt: Type.Optional(DateTime),
    updatedAt: Type.Optional(DateTime),
  },
  { ...closed, $id: "Item" },
);

export const Variant = Type.Object(
  {
    sku: Sku,
    gtin: Type.Union([Gtin, Type.Null()]),
    attributes: Attributes,
    prices: Prices,
    availability: Availability,
  },
  closed,
);

export const Product = Type.Object(
  {
    id: Type.Optional(Type.Integer()),
    slug: Type.Optional(Slug),
    name: Type.Optional(Type.String()),
    brand: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    price: Type.Optional(Price),
    availability: Type.Optional(Availability),
    images: Type.Optional(Type.Array(Image)),
    categories: Type.Optional(
      Type.Array(Type.Object({ id: CategoryId, name: Type.String(), path: Type.Array(CategoryRef) }, closed)),
    ),
    attributes: Type.Optional(Attributes),
    options: Type.Optional(Options),
    variants: Type.Optional(Type.Array(Variant)),
    createdAt: Type.Optional(DateTime),
    updatedAt: Type.Optional(DateTime),
  },
  { ...closed, $id: "Product" },
);

const FacetValue = Type.Object({ value: Type.String(), count: Type.Integer() }, closed);
export const Facets = Type.Object(
  {
    brand: Type.Array(FacetValue),
    category: Type.Array(Type.Object({ id: CategoryId, name: Type.String(), count: Type.Integer() }, closed)),
    availability: Type.Array(FacetValue),
    attributes: Type.Unsafe<Record<string, { value: string; count: number }[]>>({
      type: "object",
      additionalProperties: Type.Array(FacetValue),
    }),
    price: Type.Union([
      Type.Object({ min: MinorUnits, max: MinorUnits, currency: Currency }, closed),
      Type.Null(),
    ]),
  },
  { ...closed, description: "Counted over the first 10,000 matches" },
);

const Total = Type.Object(
  {
    value: Type.Integer(),
    relation: literals(["eq", "gte"], { description: "gte: at least this many; not counted further" }),
  },
  closed,
);
const page = {
  items: Type.Array(Type.Ref("Item#")),
  total: Type.Optional(Total),
  facets: Type.Optional(Facets),
  nextCursor: Type.Union([Type.String(), Type.Null()], { description: "Null on the last page" }),
};
export const ProductList = Type.Object(page, { ...closed, title: "ProductList" });
export const SearchResult = Type.Object(
  {
    query: Type.Object(
      {
        text: Type.String(),
        corrections: Type.Array(Type.Object({ from: Type.String(), to: Type.String() }, closed)),
        ignored: Type.Array(Type.String(), {
          description: "Words that nothing in the catalogue resembles, and stop words",
        }),
      },
      closed,
    ),
    ...page,
  },
  { ...closed, title: "SearchResult" },
);

export const Suggestions = Type.Object(
  {
    suggestions: Type.Array(
      Type.Union([
        Type.Object(
          { type: Type.Literal("product"), id: Type.Integer(), slug: Slug, text: Type.String() },
          closed,
        ),
        Type.Object({ type: Type.Literal("brand"), text: Type.String() }, closed),
        Type.Object({ type: Type.Literal("category"), id: CategoryId, text: Type.String() }, closed),
      ]),
    ),
  },
  { ...closed, title: "Suggestions" },
);

export const Category = Type.Object(
  {
    id: CategoryId,
    name: Type.String(),
    children: Type.Optional(Type.Array(Type.Ref("Category#"))),
  },
  { ...closed, $id: "Category" },
);
export const Problem = Type.Object(
  {
    type: Type.String({ description: "Stable; resolves to what it means" }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: "The id of the request, as in the logs" }),
  },
  { additionalProperties: true, $id: "Problem", description: "RFC 9457" },
);

// ── parameters ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const SearchText = Type.String({ minLength: 1, maxLength: 200, description: "Words to search for" });
const commaSeparated = (names: readonly string[]) => {
  const name = `(${names.join("|")})`;
  return Type.String({
    pattern: `^${name}(,${name})*$`,
    maxLength: 300,
    description: `Some of: ${names.join(", ")}`,
  });
};
const repeated = <T extends Type.TSchema>(item: T, description: string) =>
  Type.Optional(Type.Array(item, { minItems: 1, maxItems: 20, description }));
const Flag = (value: boolean, description: string) => Type.Boolean({ default: value, description });

const filters = {
  category: Type.Optional(Type.String({ ...CategoryId, description: "With its descendants" })),
  brand: repeated(line(100), "Repeat it for several: any of them"),
  minPrice: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000_000_000_000, description: "Minor units of the list currency" }),
  ),
  maxPrice: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000_000_000_000, description: "Minor units of the list currency" }),
  ),
  availability: repeated(Availability, "Repeat it for several: any of them"),
  attribute: repeated(
    Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}:[^\\u0000-\\u001f\\u007f]{1,200}$" }),
    "`name:value`. Repeat it: values of one name are alternatives, different names must all hold",
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
  fields: Type.Optional(commaSeparated(ITEM_FIELDS)),
  count: Flag(true, "Whether to count the matches, up to 10,000"),
};

export const ListQuery = Type.Object(
  {
    ...filters,
    q: Type.Optional(SearchText),
    sort: Type.Optional(
      literals(SORTS, { description: "Default: newest, or relevance with q. relevance needs q" }),
    ),
    ...paging,
    facets: Flag(false, "Whether to count the values to filter by"),
  },
  closed,
);
export const SearchQuery = Type.Object(
  {
    ...filters,
    q: SearchText,
    sort: Type.Optional(literals(SORTS, { description: "Default: relevance" })),
    ...paging,
    facets: Flag(true, "Whether to count the values to filter by"),
  },
  closed,
);
export type ListQuery = Static<typeof ListQuery>;

export const SuggestQuery = Type.Object(
  {
    q: Type.String({ minLength: 2, maxLength: 100, description: "What has been typed so far" }),
    limit: Type.Integer({ minimum: 1, maximum: 20, default: 10 }),
  },
  closed,
);
export const ProductQuery = Type.Object({ fields: Type.Optional(commaSeparated(PRODUCT_FIELDS)) }, closed);
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
      pattern: "^([1-9][0-9]{0,14}|(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*)$",
      maxLength: 120,
      description: "Id or slug",
    }),
  },
  closed,
);
export const CategoryParams = Type.Object({ category: CategoryId }, closed);

// ── what is written ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const Description = Type.String({ maxLength: 10_000, pattern: "^[^\\u0000]*$" });
const productMembers = {
  slug: Slug,
  name: line(300),
  brand: line(100),
  description: Description,
  categories: Type.Array(CategoryId, { maxItems: 20, uniqueItems: true }),
  attributes: Attributes,
  images: Type.Array(Image, { maxItems: 30 }),
};
const variantMembers = {
  gtin: Type.Union([Gtin, Type.Null()]),
  attributes: Attributes,
  prices: Prices,
  availability: Availability,
};
const { slug, name, brand, ...optionalMembers } = productMembers;
const VariantInput = Type.Object(
  { sku: Sku, ...Type.Partial(Type.Object(variantMembers)).properties, prices: Prices },
  closed,
);

/** PUT: what is left out gets its default. */
export const ProductInput = Type.Object(
  {
    slug,
    name,
    brand,
    ...Type.Partial(Type.Object(optionalMembers)).properties,
    variants: Type.Array(VariantInput, { minItems: 1, maxItems: 200 }),
  },
  { ...closed, title: "ProductInput" },
);
export type ProductInput = Static<typeof ProductInput>;

const orNull = <T extends Type.TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

/** PATCH (RFC 7396): null takes a member back to its default, `attributes` are merged, arrays are replaced as a whole. */
export const ProductPatch = Type.Object(
  {
    slug: Type.Optional(slug),
    name: Type.Optional(name),
    brand: Type.Optional(brand),
    description: orNull(optionalMembers.description),
    categories: orNull(optionalMembers.categories),
    attributes: Type.Optional(
      Type.Unsafe<Record<string, string | null> | null>({
        ...Attributes,
        type: ["object", "null"],
        additionalProperties: { ...line(200), type: ["string", "null"] },
      }),
    ),
    images: orNull(optionalMembers.images),
    variants: Type.Optional(Type.Array(VariantInput, { minItems: 1, maxItems: 200 })),
  },
  { ...closed, minProperties: 1, title: "ProductPatch" },
);
export type ProductPatch = Static<typeof ProductPatch>;

/** A variant, and what its product is. What is left out stays as it is; a SKU that is new needs `prices` and `product`. */
export const BulkRow = Type.Object(
  {
    sku: Sku,
    ...Type.Partial(Type.Object(variantMembers)).properties,
    product: Type.Optional(
      Type.Object(
        { slug, ...Type.Partial(Type.Object({ name, brand, ...optionalMembers })).properties },
        closed,
      ),
    ),
  },
  { ...closed, title: "BulkRow" },
);
export type BulkRow = Static<typeof BulkRow>;

export const BULK_ROWS = 1_000;
const RowResult = Type.Object(
  {
    row: Type.Integer({ description: "Its place in the batch, from 0" }),
    sku: Type.Optional(Type.String()),
    status: literals(["created", "updated", "unchanged", "failed"]),
    product: Type.Optional(Type.Integer()),
    error: Type.Optional(Type.String()),
  },
  closed,
);
export const BulkResult = Type.Object(
  {
    created: Type.Integer(),
    updated: Type.Integer(),
    unchanged: Type.Integer(),
    failed: Type.Integer(),
    results: Type.Array(RowResult),
  },
  { ...closed, title: "BulkResult" },
);
export const BulkQuery = Type.Object({ atomic: Flag(false, "All rows or none") }, closed);

/** Schemas that the OpenAPI document names; referred to as `Item#`. Only answers refer to them. */
export const SHARED = [Item, Product, Category, Problem];
