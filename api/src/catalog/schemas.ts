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
  PublicationTime,
  Sales,
  Sku,
  Slug,
  Status,
} from "./vocabulary.ts";

const Price = Type.Object(
  {
    amount: MinorUnits,
    currency: Currency,
    was: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: "The price without the sale that holds now, where it is higher",
      }),
    ),
  },
  { ...closed, title: "Price" },
);
const Options = Type.Unsafe<Record<string, string[]>>({
  title: "Options",
  type: "object",
  additionalProperties: Type.Array(Type.String()),
  description: "Variant attribute → its values over the variants",
});
const CategoryRef = Type.Object(
  { id: CategoryId, name: Type.String() },
  { ...closed, title: "CategoryReference" },
);
const PlacedCategory = Type.Object(
  { id: CategoryId, name: Type.String(), path: Type.Array(CategoryRef) },
  { ...closed, title: "PlacedCategory", description: "A category with the way to it from the root" },
);
const DateTime = Type.String({ format: "date-time", description: "RFC 3339, UTC" });

const itemMembers = {
  id: Type.Integer(),
  slug: Slug,
  name: Type.String(),
  brand: Type.String(),
  price: Price,
  availability: Availability,
  image: Type.Union([Image, Type.Null()]),
  categories: Type.Array(CategoryId),
  attributes: Attributes,
  options: Options,
  createdAt: DateTime,
  updatedAt: DateTime,
};
const Item = Type.Object(itemMembers, { ...closed, title: "Item" });
const ItemSelection = Type.Object(Type.Partial(Type.Object(itemMembers)).properties, {
  ...closed,
  title: "ItemSelection",
  description: "What the parameter fields leaves of an item",
});

const Variant = Type.Object(
  {
    sku: Sku,
    gtin: Type.Unsafe<string | null>({ ...Gtin, type: ["string", "null"] }),
    attributes: Attributes,
    prices: Prices,
    availability: Availability,
    sales: Sales,
  },
  { ...closed, title: "Variant" },
);

const productMembers = {
  id: Type.Integer(),
  slug: Slug,
  name: Type.String(),
  brand: Type.String(),
  description: Type.String(),
  price: Price,
  availability: Availability,
  images: Type.Array(Image),
  categories: Type.Array(PlacedCategory),
  attributes: Attributes,
  options: Options,
  variants: Type.Array(Variant),
  status: Status,
  publishFrom: PublicationTime,
  publishTo: PublicationTime,
  createdAt: DateTime,
  updatedAt: DateTime,
};
export const Product = Type.Object(productMembers, { ...closed, title: "Product" });
export const ProductSelection = Type.Object(Type.Partial(Type.Object(productMembers)).properties, {
  ...closed,
  title: "ProductSelection",
  description: "What the parameter fields leaves of a product",
});

const FacetValue = Type.Object(
  { value: Type.String(), count: Type.Integer() },
  { ...closed, title: "FacetValue" },
);
const CategoryCount = Type.Object(
  { id: CategoryId, name: Type.String(), count: Type.Integer() },
  { ...closed, title: "CategoryCount" },
);
const PriceRange = Type.Object(
  { min: MinorUnits, max: MinorUnits, currency: Currency },
  { ...closed, title: "PriceRange" },
);
export const Facets = Type.Object(
  {
    brand: Type.Array(FacetValue),
    category: Type.Array(CategoryCount),
    availability: Type.Array(FacetValue),
    attributes: Type.Unsafe<Record<string, { value: string; count: number }[]>>({
      title: "AttributeFacets",
      type: "object",
      additionalProperties: Type.Array(FacetValue),
    }),
    price: Type.Union([PriceRange, Type.Null()]),
    exact: Type.Boolean({ description: "False: estimated from a random sample of the matches" }),
    cut: Type.Array(Type.String(), {
      description:
        "Members that have, or may have, more values than are shown, such as brand or attributes.colour",
    }),
  },
  {
    ...closed,
    title: "Facets",
    description:
      "What filtering by each value as well would find; of a group that is filtered by, without this group's own filter",
  },
);

const Total = Type.Object(
  {
    value: Type.Integer(),
    relation: literals(["eq", "gte", "about"], {
      title: "TotalRelation",
      description:
        "gte: at least this many, not counted further. about: counted in a random sample, where some 1,500 products or more would have to be read for it, or, with facets, where these are of a sample",
    }),
  },
  { ...closed, title: "Total" },
);
const page = {
  items: Type.Array(Type.Union([Item, ItemSelection])),
  total: Type.Optional(Total),
  facets: Type.Optional(Facets),
  nextCursor: Type.Unsafe<string | null>({
    type: ["string", "null"],
    description:
      "Where the list goes on; null on the last page. A page may be shorter than limit, even empty, and go on: a list ends where this is null, not where a page is short. By relevance at most 5,000 matches are ranked, and with prices or availability perhaps fewer than total: other orders go on",
  }),
};
export const ProductList = Type.Object(page, { ...closed, title: "ProductList" });
const Correction = Type.Object(
  { from: Type.String(), to: Type.String() },
  { ...closed, title: "Correction" },
);
const SearchReading = Type.Object(
  {
    text: Type.String(),
    corrections: Type.Array(Correction),
    ignored: Type.Array(Type.String(), {
      description: "Words that nothing in the catalogue resembles, and stop words",
    }),
  },
  { ...closed, title: "SearchReading", description: "How the words were read" },
);
export const SearchResult = Type.Object(
  { query: SearchReading, ...page },
  { ...closed, title: "SearchResult" },
);

const literal = <const T extends string>(value: T) => Type.Unsafe<T>({ type: "string", enum: [value] });
const ProductSuggestion = Type.Object(
  { type: literal("product"), id: Type.Integer(), slug: Slug, text: Type.String() },
  { ...closed, title: "ProductSuggestion" },
);
const BrandSuggestion = Type.Object(
  { type: literal("brand"), text: Type.String() },
  { ...closed, title: "BrandSuggestion" },
);
const CategorySuggestion = Type.Object(
  { type: literal("category"), id: CategoryId, text: Type.String() },
  { ...closed, title: "CategorySuggestion" },
);
export const Suggestions = Type.Object(
  { suggestions: Type.Array(Type.Union([ProductSuggestion, BrandSuggestion, CategorySuggestion])) },
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
export const CategoryList = Type.Object(
  { categories: Type.Array(Type.Ref("Category#")) },
  { ...closed, title: "CategoryList" },
);
export const CategoryDetail = Type.Object(
  { category: Type.Ref("Category#"), path: Type.Array(CategoryRef) },
  { ...closed, title: "CategoryDetail" },
);

/** Schemas that refer to themselves, as `Category#`; the others have their name in `title`. */
export const SHARED = [Category];
