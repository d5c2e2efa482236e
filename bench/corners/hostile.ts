import type { Random } from "../../api/dev/catalogue/random.ts";
import type { Cursors } from "../../api/src/catalog/cursor.ts";
import { listRequest } from "../../api/src/catalog/list.ts";
import type { ListQuery } from "../../api/src/catalog/parameters.ts";
import type { CornerRequest } from "./requests.ts";
import type { CatalogueValues } from "./values.ts";

/**
 * Requests of somebody who wants to make the API slow, and has read how it works: what random parameters come upon once in
 * thousands. The same for the same random numbers.
 */

type Parameters = [name: string, value: string | number][];
type Kind = (random: Random, values: HostileValues) => { path: string; parameters: Parameters };

/** The catalogue's values by how many of its products have them, the most frequent first. */
interface HostileValues extends CatalogueValues {
  brands: string[];
  words: string[];
  /** Name → its values. */
  attributes: Map<string, string[]>;
}

const SORTS = ["newest", "price", "-price", "name", "-name"];
const AVAILABILITIES = ["in_stock", "preorder", "out_of_stock", "discontinued"];
/** The most that a parameter may be repeated, and a look-up name. */
const [MOST_VALUES, MOST_NAMED] = [20, 100];

const frequentFirst = (items: readonly string[]): string[] =>
  [...Map.groupBy(items, (item) => item)]
    .toSorted(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
    .map(([item]) => item);

export function hostileValues(values: CatalogueValues): HostileValues {
  const { products } = values;
  const named = products.flatMap(({ attributes }) =>
    attributes.map((each) => each.split(":") as [string, string]),
  );
  const attributes = [...Map.groupBy(named, ([name]) => name)].map(([name, pairs]): [string, string[]] => [
    name,
    frequentFirst(pairs.map(([, value]) => value)),
  ]);
  return {
    ...values,
    brands: frequentFirst(products.map(({ brand }) => brand)),
    words: frequentFirst(
      products.flatMap(({ name }) => name.split(" ").filter((word) => /[a-z0-9]/i.test(word))),
    ),
    attributes: new Map(attributes.toSorted(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))),
  };
}

const several = (name: string, found: readonly string[]): Parameters => found.map((value) => [name, value]);
const maybe = (random: Random, probability: number, parameters: () => Parameters): Parameters =>
  random.chance(probability) ? parameters() : [];
const sorted = (random: Random): Parameters => [["sort", random.pick(SORTS)]];

/** From nearly all of the catalogue to next to nothing of it. */
function priceRange(random: Random, { products }: HostileValues): Parameters {
  const [low, high] = [random.pick(products).price, random.pick(products).price].toSorted((a, b) => a - b);
  return random.pick<Parameters>([
    [["minPrice", 1]],
    [["minPrice", high!]],
    [["maxPrice", low!]],
    [["maxPrice", high!]],
    [
      ["minPrice", low!],
      ["maxPrice", low!],
    ],
    [
      ["minPrice", low!],
      ["maxPrice", low! + 10],
    ],
    [
      ["minPrice", low!],
      ["maxPrice", high!],
    ],
  ]);
}

const brandsOf = (random: Random, { brands }: HostileValues): Parameters =>
  several(
    "brand",
    random.pick([
      () => brands.slice(0, random.integer(2, MOST_VALUES)),
      () => brands.slice(-random.integer(2, MOST_VALUES)),
      () => random.sample(brands, random.integer(2, MOST_VALUES)),
      () => [random.pick(brands), "Nobody & Sons"],
    ])(),
  );

/** Alternatives of few names, or one value of many. */
function attributesOf(random: Random, { attributes }: HostileValues): Parameters {
  const names = random.sample([...attributes.keys()].slice(0, 12), random.integer(1, 4));
  const each = random.chance(0.5) ? Math.floor(MOST_VALUES / Math.max(1, names.length)) : 1;
  return names.flatMap((name) =>
    several(
      "attribute",
      attributes
        .get(name)!
        .slice(0, each)
        .map((value) => `${name}:${value}`),
    ),
  );
}

const availabilitiesOf = (random: Random): Parameters =>
  several("availability", random.sample(AVAILABILITIES.slice(random.integer(0, 2)), random.integer(1, 2)));
const categoryOf = (random: Random, { categories }: HostileValues): Parameters => [
  [
    "category",
    random.chance(0.5) ? categories[random.integer(0, 5)]! : categories.at(-random.integer(1, 50))!,
  ],
];
const currencyOf = (random: Random, { currencies }: HostileValues): Parameters => [
  ["currency", random.pick(currencies)],
];
/** Of words that nearly all have, and of those that next to none has. */
const wordsOf = (random: Random, { words }: HostileValues): string => {
  const common = () => words[random.integer(0, 10)]!;
  const rare = () => words.at(-random.integer(1, words.length >> 1))!;
  return random
    .pick([[common], [common, common], [common, rare], [rare, rare], [common, common, common, rare]])
    .map((word) => word())
    .join(" ");
};
const searchedFor = (random: Random, values: HostileValues): Parameters => [["q", wordsOf(random, values)]];
const pageOf = (random: Random): Parameters => [
  ...maybe(random, 0.3, () => [["limit", 100]]),
  ...maybe(random, 0.3, () => [["count", "false"]]),
  ...maybe(random, 0.4, () => [
    ["facets", "true"],
    ["facetValues", 200],
  ]),
];

type Filter = (random: Random, values: HostileValues) => Parameters;
/** A list by some of what can be asked of it, in any order. */
const listOf =
  (...filters: Filter[]): Kind =>
  (random, values) => ({
    path: "/v1/products",
    parameters: [
      ...filters.flatMap((filter) => filter(random, values)),
      ...maybe(random, 0.5, () => priceRange(random, values)),
      ...maybe(random, 0.3, () => currencyOf(random, values)),
      ...sorted(random),
      ...pageOf(random),
    ],
  });

const suggestionOf =
  (text: (random: Random, values: HostileValues) => string): Kind =>
  (random, values) => ({ path: "/v1/suggest", parameters: [["q", text(random, values)]] });

/** Letters of which many words are made, in an order in which none is. */
function misspelt(random: Random, { words }: HostileValues): string {
  const word = random.pick(words.filter((word) => word.length > 4)) ?? "headphones";
  const at = random.integer(1, word.length - 2);
  return random.pick([
    word.slice(0, at) + word.slice(at + 1),
    word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2),
    `${word.slice(0, 3)}${random.pick(["ing", "tion", "er", "able", "ster"])}`,
    random.pick(["ingeration", "stering", "conterable", "prestation", "ionering", "andering"]),
  ]);
}

const begin = (random: Random, { words }: HostileValues): string =>
  random.pick(words).slice(0, random.integer(1, 2)).toLowerCase();

const KINDS: Record<string, Kind> = {
  brands: listOf(brandsOf),
  "brands of a category": listOf(brandsOf, categoryOf),
  "many values": listOf(attributesOf),
  "many values of brands": listOf(attributesOf, brandsOf),
  "what is rarely so": listOf(availabilitiesOf),
  everything: listOf(categoryOf, brandsOf, attributesOf, availabilitiesOf),
  "a category": listOf(categoryOf),
  "all products": listOf(),
  "words in an order": listOf(searchedFor),
  "words of brands": listOf(searchedFor, brandsOf),
  "words with everything": listOf(searchedFor, categoryOf, attributesOf, availabilitiesOf),
  "a search": (random, values) => ({
    path: "/v1/search",
    parameters: [
      ...searchedFor(random, values),
      ...maybe(random, 0.5, () => priceRange(random, values)),
      ...maybe(random, 0.3, () => brandsOf(random, values)),
      ...maybe(random, 0.3, () => attributesOf(random, values)),
      ...maybe(random, 0.3, () => availabilitiesOf(random)),
      ...maybe(random, 0.3, () => currencyOf(random, values)),
      ["facetValues", 200],
    ],
  }),
  "misspelt words": (random, values) => ({
    path: "/v1/search",
    parameters: [
      ["q", Array.from({ length: random.integer(1, 8) }, () => misspelt(random, values)).join(" ")],
    ],
  }),
  "a letter or two": suggestionOf(begin),
  "a word and a letter": suggestionOf(
    (random, values) => `${wordsOf(random, values)} ${begin(random, values)}`,
  ),
  "a misspelt word and a letter": suggestionOf(
    (random, values) => `${misspelt(random, values)} ${misspelt(random, values)} ${begin(random, values)}`,
  ),
  "named products": (random, { products, currencies }) => {
    const named = random.sample(products, MOST_NAMED);
    return {
      path: "/v1/products",
      parameters: random.pick<() => Parameters>([
        () => [["ids", named.map(({ id }) => id).join(",")]],
        () =>
          several(
            "sku",
            named.map(({ sku }) => sku),
          ),
        () =>
          several(
            "gtin",
            named.flatMap(({ gtin }) => gtin ?? []),
          ),
        () => [
          ["ids", named.map(({ id }) => id).join(",")],
          ["currency", random.pick(currencies)],
        ],
      ])(),
    };
  },
  changes: (random) => ({
    path: "/v1/changes",
    parameters: [["since", `${random.pick([0, 700, 1_000, 10_000_000])}-${random.integer(0, 100_000)}`]],
  }),
  "an export": (random) => ({
    path: "/v1/export",
    parameters: maybe(random, 0.8, () => [
      [
        "after",
        Buffer.from(JSON.stringify([random.integer(0, 100_000), random.integer(0, 3), "S"])).toString(
          "base64url",
        ),
      ],
    ]),
  }),
};

const REPEATED = ["brand", "attribute", "availability", "sku", "gtin"];

/** As the API has it once it is parsed. */
function queryOf(parameters: Parameters): ListQuery {
  const query: Record<string, unknown> = {};
  for (const [name, value] of parameters)
    query[name] = REPEATED.includes(name) ? [...((query[name] as unknown[]) ?? []), value] : value;
  return query as unknown as ListQuery;
}

/** A page that begins behind some product, however deep in the list that is. */
function deepInto(
  parameters: Parameters,
  random: Random,
  { products }: HostileValues,
  cursors: Cursors,
): Parameters {
  const { query, identity } = listRequest("/v1/products", queryOf(parameters), "EUR");
  const { id, name, price } = random.pick(products);
  const key = {
    newest: id,
    relevance: 1,
    price,
    "-price": price,
    name: name.toLowerCase(),
    "-name": name.toLowerCase(),
  };
  return [["cursor", cursors.encode(identity, { id, key: key[query.sort], total: undefined })]];
}

/**
 * One request of each kind after the other.
 *
 * @param cursors of the API that is asked
 */
export function* hostileRequests(
  random: Random,
  values: CatalogueValues,
  cursors: Cursors,
): Generator<CornerRequest> {
  const known = hostileValues(values);
  for (;;) {
    for (const [kind, make] of Object.entries(KINDS)) {
      const { path, parameters } = make(random, known);
      const isList = parameters.some(([name]) => name === "sort");
      if (isList) parameters.push(...maybe(random, 0.4, () => deepInto(parameters, random, known, cursors)));
      const query = new URLSearchParams(parameters.map(([name, value]) => [name, String(value)]));
      yield { path: `${path}?${query}`, signature: kind };
    }
  }
}
