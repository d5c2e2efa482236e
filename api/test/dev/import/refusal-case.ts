import type { ImportOptions } from "../../../dev/import/options.ts";

/** A broken file, and what whoever has it must read: in this order, in one sentence. */
export interface Case {
  /** Undefined: there is no such file; a name: nor can there be one. */
  content: string | Uint8Array | { name: string } | undefined;
  options?: Partial<ImportOptions> & { mapping?: unknown };
  /** Where the row stands that is refused or warned of; undefined: the file as a whole is refused. */
  line?: number;
  /** @default error */
  kind?: "error" | "warning" | "stopped";
  /** What an API answers that is not as it should be: status and body of each request, `GET /v1/export`. */
  answers?: Record<string, [status: number, body: unknown]>;
  /** The column, the value, what to change and why. */
  says: string[];
}

export const HEAD = "sku,prices.EUR,product.slug,product.name,product.brand";
export const LAMP = "A-1,100,lamp,Lamp,Lux";
export const EAN = "4006381333931";

export const whole = (content: Case["content"], says: string[], options: Case["options"] = {}): Case => ({
  content,
  says,
  options,
});
/** A table of ours with one more column. */
export const cell = (column: string, value: string, ...says: string[]): Case => ({
  content: `${HEAD},${column}\n${LAMP},${/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value}\n`,
  line: 2,
  says,
});
export const table = (content: string, line: number, ...says: string[]): Case => ({ content, line, says });
export const warned = (given: Case): Case => ({ ...given, kind: "warning" });
