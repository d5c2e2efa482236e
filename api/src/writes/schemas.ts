import type { Static } from "typebox/type";
import * as Type from "typebox/type";
import {
  Attributes,
  Availability,
  CategoryId,
  closed,
  Gtin,
  Image,
  line,
  literals,
  Prices,
  Sku,
  Slug,
} from "../catalog/vocabulary.ts";

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
