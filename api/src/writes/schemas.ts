import type { Static } from "typebox/type";
import * as Type from "typebox/type";
import {
  Attributes,
  Availability,
  CategoryId,
  CategoryNames,
  closed,
  Gtin,
  Image,
  line,
  literals,
  MinorUnits,
  Prices,
  PublicationTime,
  Sales,
  Sku,
  Slug,
  Status,
  text,
} from "../catalog/vocabulary.ts";

/** A category as it is given: its id, the names on the way to it, or what an answer shows of it. */
const CategoryReference = Type.Unsafe<string>({
  title: "CategoryChoice",
  anyOf: [
    CategoryId,
    CategoryNames,
    {
      title: "CategoryById",
      type: "object",
      properties: { id: CategoryId },
      required: ["id"],
      description: "As in an answer; its id counts",
    },
  ],
});
const productMembers = {
  slug: Slug,
  name: line(300),
  brand: line(100),
  description: text(10_000),
  categories: Type.Array(CategoryReference, {
    maxItems: 20,
    description: "One that is named twice counts once",
  }),
  attributes: Attributes,
  images: Type.Array(Image, { maxItems: 30 }),
  status: Status,
  publishFrom: PublicationTime,
  publishTo: PublicationTime,
};
const variantMembers = {
  gtin: Type.Unsafe<string | null>({ ...Gtin, type: ["string", "null"] }),
  attributes: Attributes,
  prices: Prices,
  availability: Availability,
  sales: Sales,
};
const { slug, name, brand, ...optionalMembers } = productMembers;
const VariantInput = Type.Object(
  { sku: Sku, ...Type.Partial(Type.Object(variantMembers)).properties, prices: Prices },
  { ...closed, title: "VariantInput" },
);

/** What an answer has and a request cannot change: ignored, so that an answer can be sent back as it is. */
export const READ_ONLY = ["id", "price", "availability", "options", "createdAt", "updatedAt"] as const;
const readOnlyMembers = Object.fromEntries(
  READ_ONLY.map((name) => [name, Type.Optional(Type.Unknown({ readOnly: true, description: "Ignored" }))]),
);

/** PUT: what is left out gets its default. */
export const ProductInput = Type.Object(
  {
    slug,
    name,
    brand,
    ...Type.Partial(Type.Object(optionalMembers)).properties,
    variants: Type.Array(VariantInput, { minItems: 1, maxItems: 200 }),
    ...readOnlyMembers,
  },
  { ...closed, title: "ProductInput" },
);
export type ProductInput = Static<typeof ProductInput>;

/** Not a union: an error would then name both of its branches. */
const orNull = <T extends Type.TSchema>(schema: T) =>
  Type.Optional(
    Type.Unsafe<Static<T> | null>({ ...schema, type: [(schema as { type?: string }).type, "null"] }),
  );

/** What RFC 7396 makes of an object of values: each member is merged, null removes it. */
const mergePatch = <T>(target: Type.TSchema, value: Type.TSchema) =>
  Type.Unsafe<Record<string, T | null>>({
    ...target,
    additionalProperties: { ...value, type: [(value as { type?: string }).type, "null"] },
  });
const AttributesPatch = Type.Unsafe<Record<string, string | null> | null>({
  ...mergePatch<string>(Attributes, line(200)),
  title: "AttributesPatch",
  type: ["object", "null"],
});
const AvailabilityPatch = Type.Unsafe<Static<typeof Availability> | null>({
  anyOf: [Availability, { type: "null" }],
});
const StatusPatch = Type.Optional(
  Type.Unsafe<Static<typeof Status> | null>({ anyOf: [Status, { type: "null" }] }),
);
const PricesPatch = mergePatch<number>({ ...Prices, title: "PricesPatch" }, MinorUnits);

const productPatch = {
  slug: Type.Optional(slug),
  name: Type.Optional(name),
  brand: Type.Optional(brand),
  description: orNull(optionalMembers.description),
  categories: orNull(optionalMembers.categories),
  attributes: Type.Optional(AttributesPatch),
  images: orNull(optionalMembers.images),
  status: StatusPatch,
  publishFrom: Type.Optional(optionalMembers.publishFrom),
  publishTo: Type.Optional(optionalMembers.publishTo),
};

/** PATCH (RFC 7396): null takes a member back to its default, `attributes` are merged, arrays are replaced as a whole. */
export const ProductPatch = Type.Object(
  {
    ...productPatch,
    variants: Type.Optional(Type.Array(VariantInput, { minItems: 1, maxItems: 200 })),
  },
  { ...closed, minProperties: 1, title: "ProductPatch" },
);
export type ProductPatch = Static<typeof ProductPatch>;

/**
 * A variant, and what its product is, as a merge patch (RFC 7396): what is left out stays as it is, objects are merged member by
 * member, null takes a member back to its default. A SKU that is new needs `prices` and `product`.
 */
export const BulkRow = Type.Object(
  {
    sku: Sku,
    gtin: Type.Optional(variantMembers.gtin),
    attributes: Type.Optional(AttributesPatch),
    prices: Type.Optional(PricesPatch),
    availability: Type.Optional(AvailabilityPatch),
    sales: orNull(Sales),
    product: Type.Optional(Type.Object(productPatch, { ...closed, title: "BulkProduct" })),
  },
  { ...closed, title: "BulkRow" },
);
export type BulkRow = Static<typeof BulkRow>;

export const BULK_ROWS = 1_000;
const RowResult = Type.Object(
  {
    row: Type.Integer({ description: "Its place in the batch, from 0" }),
    sku: Type.Optional(Type.String()),
    status: literals(["created", "updated", "unchanged", "failed"], { title: "RowStatus" }),
    product: Type.Optional(Type.Integer()),
    slug: Type.Optional(
      Type.String({ description: "That product's slug: made from its name where no row gives one" }),
    ),
    error: Type.Optional(Type.String({ description: "Why it was refused" })),
    member: Type.Optional(Type.String({ description: "The path to the member that was refused" })),
    warnings: Type.Optional(
      Type.Array(Type.String(), { description: "What was taken otherwise than it was given" }),
    ),
  },
  { ...closed, title: "RowResult" },
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
