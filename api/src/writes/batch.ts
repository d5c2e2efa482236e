import { isDeepStrictEqual } from "node:util";
import { gtin14 } from "../catalog/gtin.ts";
import { slugOf } from "../catalog/slug.ts";
import { isPath, pathMistake, pathText } from "./category-paths.ts";
import { type Claims, claimsOf, describeContradiction, findContradiction } from "./claims.ts";
import { excessOf, type Refusal } from "./limits.ts";
import {
  mergeProduct,
  mergeVariant,
  PRODUCT_DEFAULTS,
  type ProductState,
  VARIANT_DEFAULTS,
  type VariantState,
} from "./model.ts";
import type { BulkRow } from "./schemas.ts";
import { beyondScope, type WriteRules } from "./scope.ts";
import { type StoredGtin, type StoredProduct, type StoredVariant, stateOf } from "./store.ts";

/** What the rows are about, as the database has it. */
export interface Known {
  products: StoredProduct[];
  variants: StoredVariant[];
  /** Variants that have the GTINs of the rows. */
  gtins: StoredGtin[];
  /** Category → its path from the root. */
  paths: Map<string, string[]>;
  /** The categories that paths of names lead to, by the path as a row has it. */
  places: Map<string, string>;
}

/** The product that a GTIN belongs to, as the database or a row before has it. */
interface Owner {
  /** Undefined: it is new. */
  id: number | undefined;
  slug: string;
}

/** A product as this batch leaves it. */
export interface Draft {
  /** Undefined: it is new. */
  stored: StoredProduct | undefined;
  state: ProductState;
  variants: Map<string, VariantState>;
  changedSkus: Set<string>;
  changed: boolean;
  claims: Claims;
}

export interface Taken {
  status: "created" | "updated" | "unchanged";
  draft: Draft;
}

const draftOf = (stored: StoredProduct | undefined, state: ProductState): Draft => ({
  stored,
  state,
  variants: new Map(),
  changedSkus: new Set(),
  changed: stored === undefined,
  claims: new Map(),
});

/** The products that the rows of one batch are about, changed row by row. A row that is refused changes nothing. */
export class Batch {
  readonly drafts: Set<Draft>;
  readonly #bySlug: Map<string, Draft>;
  readonly #bySku = new Map<string, Draft>();
  /** SKU → the row that it stands in. */
  readonly #rows = new Map<string, number>();
  /** GTIN-14 → the SKUs that have it. */
  readonly #gtins = new Map<string, Map<string, Owner>>();
  readonly #paths: Map<string, string[]>;
  readonly #places: Map<string, string>;
  readonly #rules: WriteRules;

  /** @param released SKUs of which rows of the batch take their GTINs away */
  constructor(
    { products, variants, gtins, paths, places }: Known,
    rules: WriteRules,
    released: ReadonlySet<string>,
  ) {
    const byId = new Map<number, Draft>();
    for (const stored of products) {
      byId.set(stored.id, draftOf(stored, stateOf(stored)));
    }
    for (const { productId, ...variant } of variants) {
      const draft = byId.get(productId);
      if (!draft) continue;
      draft.variants.set(variant.sku, variant);
      this.#bySku.set(variant.sku, draft);
    }
    this.drafts = new Set(byId.values());
    this.#bySlug = new Map([...this.drafts].map((draft) => [draft.state.slug, draft]));
    for (const { gtin, sku, product } of gtins)
      if (!released.has(sku)) this.#ownersOf(gtin).set(sku, product);
    this.#paths = paths;
    this.#places = places;
    this.#rules = rules;
  }

  /** Brings the row's product to what the row says. @returns why not when it is refused */
  take(given: BulkRow, index: number): Taken | Refusal {
    const row = this.#withCategoryIds(given);
    const twin = this.#rows.get(row.sku);
    if (twin !== undefined)
      return {
        member: "sku",
        error: `SKU ${row.sku} stands in row ${twin} of the batch already: keep one of the two`,
      };
    this.#rows.set(row.sku, index);
    const draft = this.#draftFor(row);
    if ("error" in draft) return draft;
    const before = draft.variants.get(row.sku);
    const variant = mergeVariant(before ?? newVariant(row.sku, draft), row);
    const state = row.product
      ? mergeProduct(draft.state, { ...row.product, slug: draft.state.slug })
      : draft.state;
    const mistake = this.#mistakeIn(row, draft, variant, before) ?? this.#gtinMistake(variant, before, draft);
    if (mistake !== undefined) return mistake;
    const beyond = beyondScope(this.#rules.scope, [draft.state, state], [[before, variant]]);
    if (beyond !== undefined) return beyond;
    const excess = excessOf(state, [...new Map(draft.variants).set(row.sku, variant).values()]);
    if (excess !== undefined) return inRow(excess);
    for (const [member, value] of claimsOf(row)) draft.claims.set(member, { value, at: index });
    return { status: this.#apply(draft, state, before, variant), draft };
  }

  /** A path that leads nowhere yet stands for the category that it will be. */
  #withCategoryIds(row: BulkRow): BulkRow {
    const { categories } = row.product ?? {};
    if (!categories?.some(isPath)) return row;
    const ids = categories.map((given) =>
      isPath(given) ? (this.#places.get(given) ?? pathText(given)) : given,
    );
    return { ...row, product: { ...row.product, categories: [...new Set(ids)] } };
  }

  #apply(
    draft: Draft,
    state: ProductState,
    before: VariantState | undefined,
    variant: VariantState,
  ): Taken["status"] {
    const variantDiffers = !isDeepStrictEqual(before, variant);
    const productDiffers = !isDeepStrictEqual(draft.state, state);
    if (before?.gtin) this.#ownersOf(before.gtin).delete(variant.sku);
    if (variant.gtin)
      this.#ownersOf(variant.gtin).set(variant.sku, { id: draft.stored?.id, slug: state.slug });
    draft.variants.set(variant.sku, variant);
    draft.state = state;
    if (variantDiffers) draft.changedSkus.add(variant.sku);
    if (variantDiffers || productDiffers) draft.changed = true;
    this.drafts.add(draft);
    this.#bySlug.set(state.slug, draft);
    this.#bySku.set(variant.sku, draft);
    if (!before) return "created";
    return variantDiffers || productDiffers ? "updated" : "unchanged";
  }

  #ownersOf(gtin: string): Map<string, Owner> {
    const key = gtin14(gtin);
    const owners = this.#gtins.get(key) ?? new Map();
    this.#gtins.set(key, owners);
    return owners;
  }

  /** The product that the SKU belongs to, else the one that the row names, else a new one; or why there is none. */
  #draftFor({ sku, product }: BulkRow): Draft | Refusal {
    const own = this.#bySku.get(sku);
    if (own) {
      if (product?.slug === undefined || product.slug === own.state.slug) return own;
      return {
        member: "product.slug",
        error: `SKU ${sku} belongs to product ${own.state.slug}, and cannot move to ${product.slug}: remove it there first`,
      };
    }
    if (!product)
      return {
        member: "product",
        error: `SKU ${sku} is new: product.slug is needed, or product.name and product.brand`,
      };
    const { name, brand } = product;
    if (product.slug !== undefined) {
      const named = this.#bySlug.get(product.slug);
      if (named) return named;
    }
    const what = product.slug === undefined ? `SKU ${sku}` : `product ${product.slug}`;
    if (name === undefined || brand === undefined)
      return {
        member: name === undefined ? "product.name" : "product.brand",
        error: `${what} is new: product.name and product.brand are needed`,
      };
    return this.#made({ slug: product.slug, name, brand, sku });
  }

  /**
   * A new product; without a slug it gets one from its name, and is the product of that name and brand when there is one.
   *
   * @returns why there can be none, when both slugs that it may get are those of others
   */
  #made({
    slug,
    name,
    brand,
    sku,
  }: {
    slug: string | undefined;
    name: string;
    brand: string;
    sku: string;
  }): Draft | Refusal {
    const candidates = slug === undefined ? madeSlugs(name, sku) : [slug];
    for (const candidate of candidates) {
      const draft = this.#bySlug.get(candidate);
      if (!draft) return draftOf(undefined, { ...PRODUCT_DEFAULTS, slug: candidate, name, brand });
      if (draft.state.name === name && draft.state.brand === brand) return draft;
    }
    return {
      member: "product.slug",
      error: `product.slug is needed: ${candidates.join(" and ")}, which SKU ${sku} would get by its name, are those of other products`,
    };
  }

  #mistakeIn(
    row: BulkRow,
    draft: Draft,
    { prices }: VariantState,
    before: VariantState | undefined,
  ): Refusal | undefined {
    const contradiction = findContradiction(draft.claims, claimsOf(row));
    if (contradiction)
      return {
        member: `product.${contradiction.member}`,
        error: describeContradiction(contradiction, `row ${contradiction.at} of the batch`, draft.state.slug),
      };
    if (!before && !row.prices) return { member: "prices", error: `SKU ${row.sku} is new and needs prices` };
    const { currency } = this.#rules;
    if (prices[currency] === undefined) {
      const given = Object.keys(row.prices ?? {}).join(", ");
      return {
        member: "prices",
        error: `prices.${currency} is missing${given === "" ? "" : ` (there is only ${given})`}, and ${currency} is the currency of lists: add a price in it, or set LIST_CURRENCY where the API runs`,
      };
    }
    const missing = row.product?.categories?.find((id) => !isPath(id) && !this.#paths.has(id));
    const nowhere = row.product?.categories?.find((id) => isPath(id) && pathMistake(id) !== undefined);
    const member = "product.categories";
    if (nowhere !== undefined) return { member, error: `${member}: ${nowhere} ${pathMistake(nowhere)}` };
    if (missing === undefined) return undefined;
    return {
      member,
      error: `${member}: there is no category ${missing}: write the names on the way to it, such as Home > Lamps (> Lamps at the top), which makes what is missing, or make this id with PUT /v1/categories/${missing}`,
    };
  }

  #gtinMistake(
    { sku, gtin }: VariantState,
    before: VariantState | undefined,
    draft: Draft,
  ): Refusal | undefined {
    if (gtin === null || gtin === before?.gtin) return undefined;
    for (const [other, owner] of this.#ownersOf(gtin))
      if (other !== sku && !isOf(owner, draft))
        return { member: "gtin", error: gtinTaken(gtin, other, owner.slug) };
    return undefined;
  }
}

/** By ids where both have one: it may have got another slug, or been made, between two statements. */
const isOf = ({ id, slug }: Owner, { stored, state }: Draft): boolean =>
  stored && id !== undefined ? id === stored.id : slug === state.slug;

/** @param slug of the product that has it; undefined: nobody knows it */
export const gtinTaken = (gtin: string, sku: string, slug: string | undefined): string =>
  `gtin ${gtin} is that of SKU ${sku}${slug === undefined ? "" : ` of product ${slug}`} already, and a GTIN belongs to one product: usually it was copied from another row`;

/** Slugs that a product without one may get: of its name; where that is another product's, with its SKU. */
export function madeSlugs(name: string, sku: string): string[] {
  const slug = slugOf(name);
  return [slug, `${slug.slice(0, 60).replace(/-$/, "")}-${slugOf(sku).slice(0, 50)}`];
}

function newVariant(sku: string, { variants }: Draft): VariantState {
  const last = Math.max(-1, ...[...variants.values()].map(({ position }) => position));
  return { ...VARIANT_DEFAULTS, sku, position: last + 1 };
}

/** What is said of a product, where it stands in a row. */
const inRow = ({ error, member }: Refusal): Refusal =>
  member?.startsWith("product.")
    ? { member, error: `product.${error}` }
    : { error, ...(member && { member }) };
