import { type Category, leaves, readCategories } from "./categories.ts";
import { sampleGtin } from "./gtin.ts";
import { Random } from "./random.ts";
import { VOCABULARY, VOCABULARY_OF_DEPARTMENT, type Vocabulary } from "./vocabulary/index.ts";

export type Availability = "in_stock" | "preorder" | "out_of_stock" | "discontinued";

interface SampleVariant {
  sku: string;
  gtin: string;
  attributes: Record<string, string>;
  /** ISO 4217 code → minor units. */
  prices: Record<string, number>;
  availability: Availability;
}

export interface SampleProduct {
  slug: string;
  name: string;
  brand: string;
  description: string;
  /** The category that it is filed under. */
  category: Category;
  attributes: Record<string, string>;
  images: { url: string; alt: string }[];
  /** The first one is the one that a list shows. */
  variants: [SampleVariant, ...SampleVariant[]];
  createdAt: Date;
}

const MOST_VARIANTS = 6;
/** Against the euro, for prices that look as a shop in that country would set them; no exchange rate of any day. */
const RATES = { EUR: 1, SEK: 11.4, USD: 1.09 } as const;
/** What every sample product has prices in. */
export const CURRENCIES: readonly string[] = Object.keys(RATES);
const FIRST_DAY = Date.UTC(2024, 0, 1);
const TWO_YEARS_MS = 2 * 365 * 24 * 60 * 60 * 1000;

/**
 * A catalogue that does not end: product `n` depends on the seed and on `n` alone, so that a larger catalogue
 * begins with the smaller one, and nothing has to be kept in memory.
 */
export function sampleCatalogue(seed: number) {
  const categories = readCategories();
  // Which categories are large differs from seed to seed.
  const order = new Random(seed, 1);
  const shelves = leaves(categories)
    .map((category) => ({ category, rank: order.next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ category }, index) => makeShelf(category, seed, index));
  return { categories, product: (index: number) => makeProduct(shelves, seed, index) };
}

interface Shelf {
  category: Category;
  /** What one thing of this category is called: "LED TV" in "LED TVs". */
  kind: string;
  words: Vocabulary;
  /** Typical price in euros. */
  level: number;
}

function makeShelf(category: Category, seed: number, index: number): Shelf {
  const words = VOCABULARY[VOCABULARY_OF_DEPARTMENT[category.path[0]!]!]!;
  const [low, high] = words.euros;
  return {
    category,
    kind: singular(category.name),
    words,
    level: low * (high / low) ** new Random(seed, 2, index).next(),
  };
}

/** Good enough for the headings of a shop: the last word of "All Point & Shoot Cameras" loses its plural. */
function singular(heading: string): string {
  const words = heading
    .replace(/^(All|More|Other) /, "")
    .replace(/\s+/g, " ")
    .split(" ");
  const last = words.pop()!;
  const single = last
    .replace(/(?<=[^aeiou])ies$/, "y")
    .replace(/(?<=x|ch|sh|ss)es$/, "")
    .replace(/(?<=[^su'])s$/, "");
  return [...words, single].join(" ");
}

function makeProduct(shelves: Shelf[], seed: number, index: number): SampleProduct {
  const random = new Random(seed, 3, index);
  const { category, kind, words, level } = random.pickPopular(shelves);
  const brand = random.pickPopular(words.brands);
  const model = `${String.fromCharCode(65 + random.integer(0, 25))}${random.integer(10, 999)}`;
  const quality = random.pick(words.qualities);
  const name = `${brand} ${random.pick(words.series)} ${model} ${quality} ${kind}`;
  const slug = slugOf(name, index);
  const attributes = Object.fromEntries(
    random
      .sample(Object.entries(words.attributes), random.integer(2, 3))
      .map(([attribute, values]) => [attribute, random.pickPopular(values)]),
  );
  return {
    slug,
    name,
    brand,
    description: describe(random, { name, brand, quality, kind, words, attributes }),
    category,
    attributes,
    images: Array.from({ length: random.integer(1, 3) }, (_, view) => ({
      url: `https://images.example.com/products/${slug}/${view + 1}.jpg`,
      alt: `${name}, ${["front", "side", "in use"][view]}`,
    })),
    variants: makeVariants(random, words, index, level * (0.6 + random.next() * 1.1)),
    createdAt: new Date(FIRST_DAY + Math.min(index * 60_000, TWO_YEARS_MS)),
  };
}

/** The product's number makes it unique and, kept at the end, survives the limit of 120 characters. */
function slugOf(name: string, index: number): string {
  const words = name
    .toLowerCase()
    .replaceAll("'", "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 100);
  return `${words.replace(/-$/, "")}-${(index + 1).toString(36).padStart(4, "0")}`;
}

function describe(
  random: Random,
  product: {
    name: string;
    brand: string;
    quality: string;
    kind: string;
    words: Vocabulary;
    attributes: Record<string, string>;
  },
): string {
  const facts = Object.entries(product.attributes).map(
    ([name, value]) => `${name.replaceAll("_", " ")} ${value}`,
  );
  return [
    `${product.quality} ${product.kind} by ${product.brand}: ${facts.join(", ")}.`,
    ...random.sample(product.words.sentences, random.integer(2, 3)),
  ].join(" ");
}

function makeVariants(
  random: Random,
  words: Vocabulary,
  index: number,
  euros: number,
): SampleProduct["variants"] {
  const [option, values] = random.pick(Object.entries(words.options));
  const chosen = random.chance(0.55) ? [undefined] : random.sample(values, random.integer(2, 4));
  const dearer = option === "storage" || option === "screen_size" || option === "format";
  return chosen.map((value, position) => ({
    sku: `S${String(index + 1).padStart(7, "0")}${value === undefined ? "" : `-${position + 1}`}`,
    gtin: sampleGtin(index * MOST_VARIANTS + position),
    attributes: value === undefined ? {} : { [option]: value },
    prices: pricesOf(dearer ? euros * (1 + position * 0.2) : euros),
    availability: makeAvailability(random),
  })) as SampleProduct["variants"];
}

function pricesOf(euros: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(RATES).map(([currency, rate]) => [currency, pricePoint(euros * rate)]),
  );
}

/** As shops like them: 4.99, 17.49, 249.00, in minor units. */
function pricePoint(amount: number): number {
  if (amount < 20) return Math.max(1, Math.round(amount * 2)) * 50 - 1;
  if (amount < 100) return Math.round(amount) * 100 - 1;
  return (Math.round(amount / 10) * 10 - 1) * 100;
}

function makeAvailability(random: Random): Availability {
  const value = random.next();
  if (value < 0.86) return "in_stock";
  if (value < 0.94) return "out_of_stock";
  return value < 0.97 ? "preorder" : "discontinued";
}
