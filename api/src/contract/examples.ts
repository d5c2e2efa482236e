/** What the document shows of an operation. A test sends each of them, and compares the shape of the answer. */
export interface Example {
  parameters?: Readonly<Record<string, unknown>>;
  /** Media type → body. */
  bodies?: Readonly<Record<string, unknown>>;
  answer?: unknown;
}

const IMAGE = { url: "https://images.example/lamp-one.jpg", alt: "A brass desk lamp" };
const VARIANT = {
  sku: "LAMP-1-BRASS",
  gtin: "4006381333931",
  attributes: { colour: "brass" },
  prices: { EUR: 4_900, SEK: 54_900 },
  availability: "in_stock",
  sales: [],
};
const INPUT = {
  slug: "lamp-one",
  name: "Lamp One",
  brand: "Meridal",
  description: "A desk lamp with a dimmer.",
  // Made with the product, so that the first example that somebody tries goes well.
  categories: ["Lighting > Lamps"],
  attributes: { material: "brass" },
  images: [IMAGE],
  variants: [VARIANT],
};
const TIMES = { createdAt: "2026-01-09T11:55:00.000000Z", updatedAt: "2026-01-09T11:55:00.000000Z" };
const ROLLUP = {
  price: { amount: 4_900, currency: "EUR" },
  availability: "in_stock",
  attributes: { material: "brass" },
  options: { colour: ["brass"] },
};
const PRODUCT = {
  id: 1,
  slug: INPUT.slug,
  name: INPUT.name,
  brand: INPUT.brand,
  description: INPUT.description,
  ...ROLLUP,
  images: [IMAGE],
  categories: [
    {
      id: "lamps",
      name: "Lamps",
      path: [
        { id: "lighting", name: "Lighting" },
        { id: "lamps", name: "Lamps" },
      ],
    },
  ],
  variants: [VARIANT],
  status: "published",
  publishFrom: null,
  publishTo: null,
  ...TIMES,
};
const ITEM = {
  id: 1,
  slug: INPUT.slug,
  name: INPUT.name,
  brand: INPUT.brand,
  ...ROLLUP,
  image: IMAGE,
  categories: ["lamps"],
  ...TIMES,
};
const LAMPS = { id: "lamps", name: "Lamps" };
const DESK_LAMPS = { id: "desk-lamps", name: "Desk lamps" };
const ROW = {
  sku: "LAMP-2-BLACK",
  prices: { EUR: 5_900 },
  attributes: { colour: "black" },
  product: { slug: "lamp-two", name: "Lamp Two", brand: "Meridal", categories: ["lamps"] },
};

export const EXAMPLES: Readonly<Record<string, Example>> = {
  listProducts: {
    parameters: { category: "lamps", brand: ["Meridal"], currency: "EUR", sort: "price", limit: 20 },
    answer: { items: [ITEM], total: { value: 1, relation: "eq" }, nextCursor: null },
  },
  searchProducts: {
    parameters: { q: "brass lmap", currency: "EUR" },
    answer: {
      query: { text: "brass lmap", corrections: [{ from: "lmap", to: "lamp" }], ignored: [] },
      items: [ITEM],
      total: { value: 1, relation: "eq" },
      nextCursor: null,
    },
  },
  suggest: {
    parameters: { q: "lam" },
    answer: { suggestions: [{ type: "product", id: 1, slug: "lamp-one", text: "Lamp One" }] },
  },
  getProduct: { parameters: { product: "lamp-one", currency: "EUR" }, answer: PRODUCT },
  getProductRecord: { parameters: { product: "lamp-one" }, answer: PRODUCT },
  listCategories: { parameters: { depth: 2 }, answer: { categories: [LAMPS] } },
  getCategory: { parameters: { category: "lamps" }, answer: { category: LAMPS, path: [LAMPS] } },
  putProduct: {
    parameters: { product: "lamp-one", "If-None-Match": "*" },
    bodies: { "application/json": INPUT },
    answer: PRODUCT,
  },
  patchProduct: {
    parameters: { product: "lamp-one", "If-Match": "*" },
    bodies: {
      "application/merge-patch+json": { name: "Lamp One", attributes: { material: "brass", weight: null } },
      "application/json": { description: "A desk lamp with a dimmer." },
    },
    answer: PRODUCT,
  },
  deleteProduct: { parameters: { product: "lamp-one", "If-Match": "*" } },
  upsertVariants: {
    parameters: { "Idempotency-Key": "import-2026-01-09-1" },
    bodies: {
      "application/json": { rows: [ROW] },
      "application/x-ndjson": `${JSON.stringify(ROW)}\n${JSON.stringify({ sku: "LAMP-2-BLACK", prices: { EUR: 5_500 } })}\n`,
    },
    answer: {
      created: 1,
      updated: 0,
      unchanged: 0,
      failed: 0,
      results: [{ row: 0, sku: "LAMP-2-BLACK", status: "created", product: 2 }],
    },
  },
  getCatalogue: { answer: { currency: "EUR" } },
  listChanges: {
    parameters: { since: "0-0", limit: 100 },
    answer: {
      changes: [
        {
          id: 1,
          slug: "lamp-one",
          version: 12,
          at: "2026-01-09T11:55:00.000000Z",
          removed: false,
          by: null,
        },
      ],
      next: "741-1",
      more: false,
    },
  },
  exportProducts: {
    answer: { rows: [{ ...ROW, gtin: null, availability: "in_stock", sales: [] }], next: null },
  },
  listUnpublished: {
    parameters: { limit: 100 },
    answer: {
      items: [
        {
          id: 2,
          slug: "lamp-two",
          name: "Lamp two",
          brand: "Meridal",
          status: "draft",
          publishFrom: null,
          publishTo: null,
          updatedAt: "2026-01-09T11:55:00.000Z",
        },
      ],
      next: null,
    },
  },
  putCategory: {
    parameters: { category: "desk-lamps" },
    bodies: { "application/json": { name: "Desk lamps", parent: "lamps" } },
    answer: { category: DESK_LAMPS, path: [LAMPS, DESK_LAMPS] },
  },
  patchCategory: {
    parameters: { category: "desk-lamps" },
    bodies: {
      "application/merge-patch+json": { name: "Desk lamps" },
      "application/json": { position: 0 },
    },
    answer: { category: DESK_LAMPS, path: [LAMPS, DESK_LAMPS] },
  },
  deleteCategory: { parameters: { category: "desk-lamps", products: "remove" } },
  getProblem: {
    parameters: { problem: "not-found" },
    answer: { type: "/problems/not-found", status: 404, title: "There is no such resource" },
  },
  getHealth: {
    answer: {
      status: "ok",
      service: "catalog-api",
      version: "0.2.0",
      database: { read: "up", search: "up", write: "up", notifications: "up" },
    },
  },
};
