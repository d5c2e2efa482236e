import type { Row } from "../database/lane.ts";
import { ITEM_FIELDS } from "./vocabulary.ts";

/** What a list item is written from, in the order of ITEM_FIELDS. */
export const ITEM_COLUMNS = `p.id, p.slug, p.name, p.brand, p.price, p.availability, p.images -> 0,
  array_to_json(p.category_ids), p.attributes, p.options, p.created_at, p.updated_at`;

export const ITEM_COLUMN_COUNT = ITEM_FIELDS.length;

type ItemField = (typeof ITEM_FIELDS)[number];

/**
 * Writes a list item. JSON columns come as text and are passed on as they are; the keys are written once, here: half the cost
 * of building objects for JSON.stringify.
 */
type Writer = (row: Row, currency: string) => string;

const WRITERS: Record<ItemField, (value: never, currency: string) => string> = {
  id: (value: number) => String(value),
  slug: (value: string) => `"${value}"`,
  name: (value: string) => JSON.stringify(value),
  brand: (value: string) => JSON.stringify(value),
  price: (value: number, currency) => priceJson(value, currency),
  availability: (value: string) => `"${value}"`,
  image: (value: string | null) => value ?? "null",
  categories: (value: string) => value,
  attributes: (value: string) => value,
  options: (value: string) => value,
  createdAt: (value: string) => `"${value}"`,
  updatedAt: (value: string) => `"${value}"`,
};

export const priceJson = (amount: number, currency: string): string =>
  `{"amount":${amount},"currency":"${currency}"}`;

const writers = new Map<string, Writer>();

/** @param fields the value of the parameter `fields`; undefined: all of them. */
export function itemWriter(fields: string | undefined): Writer {
  const key = fields ?? "";
  let writer = writers.get(key);
  if (!writer) {
    const wanted = new Set(fields?.split(","));
    const parts = ITEM_FIELDS.map((field, column) => ({ field, column, write: WRITERS[field] as Writer }))
      .filter(({ field }) => fields === undefined || wanted.has(field))
      .map(({ field, column, write }, index) => ({
        column,
        write,
        prefix: `${index === 0 ? "{" : ","}"${field}":`,
      }));
    writer = (row, currency) => {
      let json = "";
      for (const { prefix, column, write } of parts) json += prefix + write(row[column] as never, currency);
      return `${json}}`;
    };
    // Only the usual selections are worth keeping.
    if (writers.size < 200) writers.set(key, writer);
  }
  return writer;
}
