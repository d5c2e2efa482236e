import { unique } from "../../support/api.ts";

/** A value as it stands in the file, and what must be found of it. */
export interface Cell {
  text: string;
  /** Texts that the export must have. */
  parts: string[];
  /** What the variant's availability must be. */
  availability?: string;
  /** It means nothing: the row is refused. */
  isNonsense?: boolean;
}

export type Make = (value: Values) => Cell;

let serial = 0;

/** A number that no other cell has. */
export const nextNumber = (): number => ++serial;

/** Values that no other cell has. */
export class Values {
  readonly #pick: <T>(from: readonly T[]) => T;
  readonly #latin: boolean;

  /** @param pick decides; @param latin only characters of Windows-1252 */
  constructor(pick: <T>(from: readonly T[]) => T, latin: boolean) {
    this.#pick = pick;
    this.#latin = latin;
  }

  pick<T>(from: readonly T[]): T {
    return this.#pick(from);
  }

  token(): string {
    return `t${(nextNumber()).toString(36)}${TAIL}`;
  }

  /** A text of one line. */
  text(): string {
    const odd = this.pick(this.#latin ? LATIN : ODD);
    return this.pick([(t: string) => t, (t: string) => `${odd} ${t}`, (t: string) => `${t} ${odd} 2`])(
      this.token(),
    );
  }

  /** A price in euros: as it is written, and in minor units. */
  price(): Cell {
    const minor = 1_000_000 + nextNumber() * 7;
    const [whole, cents] = [String(Math.floor(minor / 100)), String(minor % 100).padStart(2, "0")];
    const grouped = (sign: string) => whole.replace(/\B(?=(\d{3})+$)/g, sign);
    const text = this.pick([
      `${whole}.${cents}`,
      `${whole},${cents}`,
      `${grouped(",")}.${cents}`,
      `${grouped(".")},${cents}`,
      `${grouped(" ")},${cents}`,
    ]);
    return { text, parts: [String(minor)] };
  }
}

/** Ids of different runs differ as well. */
const TAIL = unique()
  .replaceAll(/[^a-z0-9]/gi, "")
  .toLowerCase();
const LATIN = ['15" wide', "a;b", "c,d", "é", "Größe", "&amp;", "<b>x</b>", "'0042", "½"];
const ODD = [...LATIN, "中文", "😀", "\u200dक", "ʼ"];

export const plain: Make = (v) => textCell(v.text());
export const textCell = (text: string): Cell => ({ text, parts: [text] });
export const blank =
  (make: Make): Make =>
  (v) =>
    v.pick([0, 1, 1]) === 0 ? none : make(v);
export const none: Cell = { text: "", parts: [] };
export const price: Make = (v) => v.price();
export const anyOf =
  (...makes: Make[]): Make =>
  (v) =>
    v.pick(makes)(v);
/** Words for what is no text, and such that mean nothing. */
export const words =
  (known: readonly string[], nonsense: readonly string[] = []): Make =>
  (v) => {
    const text = v.pick([...known, ...known, ...nonsense]);
    return { text, parts: [], isNonsense: nonsense.includes(text) };
  };
export const availability: Make = (v) => {
  const text = v.pick(Object.keys(STOCK));
  const meant = STOCK[text];
  return { text, parts: [], ...(meant === undefined ? { isNonsense: true } : { availability: meant }) };
};
export const paths: Make = (v) => {
  const names = [v.token(), v.token()];
  return { text: v.pick([names.join(" > "), names.join(">"), names[0]!]), parts: names.slice(0, 1) };
};
export const url: Make = (v) => textCell(`https://a.example/${v.token()}.jpg`);
export const several =
  (make: Make, separator: string): Make =>
  (v) => {
    const cells = [make(v), make(v)].slice(0, v.pick([1, 2]));
    return {
      text: cells.map(({ text }) => text).join(separator),
      parts: cells.flatMap(({ parts }) => parts),
    };
  };
export const gtin: Make = (v) => {
  const digits = String(400_000_000_000 + nextNumber());
  const sum = [...digits].reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3),
    0,
  );
  return textCell(v.pick([`${digits}${(10 - (sum % 10)) % 10}`, "4.0E+12", "4006381333932"]));
};
export const multiline: Make = (v) => textCell(`${v.text()}\n${v.token()}`);
export const number: Make = (v) => textCell(v.pick([String(serial), "0012"]));

const STOCK: Record<string, string | undefined> = {
  "in stock": "in_stock",
  in_stock: "in_stock",
  "Out of stock": "out_of_stock",
  preorder: "preorder",
  perhaps: undefined,
};
