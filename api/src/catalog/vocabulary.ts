import * as Type from "typebox/type";

/** What requests and answers are made of. */
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

export const closed = { additionalProperties: false } as const;
export const literals = <const T extends readonly string[]>(values: T, options = {}) =>
  Type.Unsafe<T[number]>({ type: "string", enum: [...values], ...options });

export const Availability = literals(AVAILABILITIES);
export const Currency = Type.String({ pattern: "^[A-Z]{3}$", description: "ISO 4217" });
export const MinorUnits = Type.Integer({
  minimum: 0,
  maximum: 1_000_000_000_000,
  description: "Minor units: cents, öre",
});
export const CategoryId = Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$" });
/** No control characters: a line break in a name is a mistake. */
export const line = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: "^[^\\u0000-\\u001f\\u007f]+$" });
export const Sku = Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" });
export const Slug = Type.String({
  minLength: 1,
  maxLength: 120,
  pattern: "^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$",
  description: "Lower-case words joined by hyphens, with at least one letter",
});

/** `{"colour": "black"}` */
export const Attributes = Type.Unsafe<Record<string, string>>({
  type: "object",
  maxProperties: 50,
  propertyNames: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$" },
  additionalProperties: line(200),
  description: "Name → value",
});
/** `{"EUR": 12900}` */
export const Prices = Type.Unsafe<Record<string, number>>({
  type: "object",
  minProperties: 1,
  maxProperties: 30,
  propertyNames: { type: "string", pattern: "^[A-Z]{3}$" },
  additionalProperties: MinorUnits,
  description: "ISO 4217 code → minor units",
});
export const Image = Type.Object(
  {
    url: Type.String({ maxLength: 2_000, pattern: '^https?://[^\\s"<>]+$' }),
    alt: Type.Optional(Type.String({ maxLength: 300, pattern: "^[^\\u0000]*$" })),
  },
  closed,
);
export const Gtin = Type.String({
  pattern: "^([0-9]{8}|[0-9]{12,14})$",
  description: "GTIN-8, -12, -13 or -14",
});
