import * as Type from "typebox/type";
import {
  Attributes,
  Availability,
  CategoryId,
  Currency,
  closed,
  Gtin,
  Image,
  literals,
  MinorUnits,
  Prices,
  Sku,
  Slug,
} from "./vocabulary.ts";

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
    exact: Type.Boolean({ description: "False: estimated from a random sample of the matches" }),
    cut: Type.Array(Type.String(), {
      description: "Members that have more values than facetValues, such as brand or attributes.colour",
    }),
  },
  {
    ...closed,
    description:
      "What filtering by each value as well would find; of a group that is filtered by, without this group's own filter",
  },
);

const Total = Type.Object(
  {
    value: Type.Integer(),
    relation: literals(["eq", "gte", "about"], {
      description:
        "gte: at least this many, not counted further. about: estimated from a random sample of the catalogue",
    }),
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

/** Schemas that the OpenAPI document names; referred to as `Item#`. Only answers refer to them. */
export const SHARED = [Item, Product, Category, Problem];
