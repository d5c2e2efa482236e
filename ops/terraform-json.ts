import { readFileSync } from "node:fs";
import { UserError } from "../cli/user-error.ts";

/** What a JSON document can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A document that is not what it should be, said in one line. */
export class UnreadableDocument extends UserError {
  override readonly name = "UnreadableDocument";
}

/** Where a value stands and what it is; `path` reads `rule.0.expiration.days`. */
export interface Leaf {
  readonly path: string;
  /** The last argument name of the path: list indices are left out. */
  readonly argument: string;
  readonly value: null | boolean | number | string;
}

/** `${aws_lb.Alb.dns_name}` → address `aws_lb.Alb`, attribute `dns_name`. */
export interface Reference {
  readonly address: string;
  readonly attribute: string;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads a JSON file. @throws UnreadableDocument naming the file */
export function readJson(file: string): JsonObject {
  let parsed: Json;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UnreadableDocument(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
  if (!isObject(parsed)) throw new UnreadableDocument(`${file} is not a JSON object.`);
  return parsed;
}

/** A JSON text inside of a document (a policy, container definitions), or undefined. */
export function embeddedJson(value: Json | undefined): Json | undefined {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** Every scalar in `value`, in JSON texts inside of it too. */
export function* leaves(value: Json, path = "", argument = ""): Generator<Leaf> {
  const inner = embeddedJson(value) ?? value;
  if (Array.isArray(inner)) {
    for (const [index, each] of inner.entries())
      yield* leaves(each, path ? `${path}.${index}` : `${index}`, argument);
  } else if (isObject(inner)) {
    for (const [key, each] of Object.entries(inner)) {
      if (key !== "//") yield* leaves(each, path ? `${path}.${key}` : key, key);
    }
  } else {
    yield { path, argument, value: inner as Leaf["value"] };
  }
}

/** The expressions of a template: `a-${x.y}-${f("}")}` → `x.y`, `f("}")`. `$${` is an escaped dollar sign. */
function expressions(template: string): string[] {
  const found: string[] = [];
  for (let start = template.indexOf("${"); start >= 0; start = template.indexOf("${", start + 2)) {
    if (template[start - 1] === "$") continue;
    let depth = 1;
    let quoted = false;
    let end = start + 2;
    for (; end < template.length && depth > 0; end++) {
      const character = template[end];
      if (character === '"' && template[end - 1] !== "\\") quoted = !quoted;
      else if (!quoted && character === "{") depth++;
      else if (!quoted && character === "}") depth--;
    }
    found.push(template.slice(start + 2, end - 1));
  }
  return found;
}

const REFERENCE = /((?:\b(?:data|ephemeral)\.)?\b[a-z][a-z0-9]*_[a-z0-9_]+\.[A-Za-z_][\w-]*)(?:\.(\w+))?/g;

/** What objects and lists are known to refer to: the rules ask for the same ones again and again. */
const known = new WeakMap<object, readonly Reference[]>();

/** What a value refers to, anywhere in it. A document must not be changed once it has been asked about. */
export function references(value: Json | undefined): readonly Reference[] {
  if (typeof value === "string") {
    return expressions(value).flatMap((expression) =>
      [...expression.matchAll(REFERENCE)].map((match) => ({ address: match[1]!, attribute: match[2] ?? "" })),
    );
  }
  if (typeof value !== "object" || value === null) return [];
  const found = known.get(value) ?? Object.values(value).flatMap(references);
  known.set(value, found);
  return found;
}

/** The values at a dotted path. A list anywhere on the way stands for each of its items, as nested blocks do. */
export function valuesAt(value: Json | undefined, path: string): Json[] {
  let current: Json[] = value === undefined ? [] : [value];
  for (const key of path.split(".")) {
    current = current.flatMap((each) =>
      (Array.isArray(each) ? each : [each]).flatMap((item: Json) =>
        isObject(item) && item[key] !== undefined ? [item[key]] : [],
      ),
    );
  }
  return current.flatMap((each) => (Array.isArray(each) ? each : [each]));
}

export type Mode = "resource" | "data" | "ephemeral";

/** One resource, data source or ephemeral resource. */
export class Block {
  readonly mode: Mode;
  readonly type: string;
  readonly name: string;
  readonly body: JsonObject;

  constructor(mode: Mode, type: string, name: string, body: JsonObject) {
    this.mode = mode;
    this.type = type;
    this.name = name;
    this.body = body;
  }

  /** As Terraform writes it: `aws_lb.Alb`, `data.aws_partition.Partition`. */
  get address(): string {
    return `${this.mode === "resource" ? "" : `${this.mode}.`}${this.type}.${this.name}`;
  }

  /** All values at a dotted path, through lists and nested blocks. */
  all(path: string): Json[] {
    return valuesAt(this.body, path);
  }

  /** The first value at a dotted path. */
  get(path: string): Json | undefined {
    return this.all(path)[0];
  }

  /** The nested blocks at a path, whether they are written as one object or as a list. */
  blocks(path: string): JsonObject[] {
    return this.all(path).filter(isObject);
  }

  /** A value as a number, `"1024"` too; NaN when it is missing or an expression. */
  number(path: string): number {
    const value = this.get(path);
    return typeof value === "number" || (typeof value === "string" && value !== "")
      ? Number(value)
      : Number.NaN;
  }

  /** A JSON text at `path`, parsed; undefined when there is none. */
  json(path: string): Json | undefined {
    return embeddedJson(this.get(path));
  }

  /** Every scalar argument, wherever it stands. */
  leaves(): Leaf[] {
    return [...leaves(this.body)];
  }
}

/** A synthesised Terraform configuration: its blocks, what they refer to, and in which order they are made. */
export class Configuration {
  readonly root: JsonObject;
  /** Managed resources. */
  readonly resources: readonly Block[];
  readonly data: readonly Block[];
  readonly ephemerals: readonly Block[];
  readonly #byAddress: ReadonlyMap<string, Block>;
  readonly #reachable = new Map<string, ReadonlySet<string>>();

  /** @throws UnreadableDocument when `root` has no resources */
  constructor(root: JsonObject) {
    if (!isObject(root.resource)) {
      throw new UnreadableDocument("This is no Terraform configuration with resources: give a cdk.tf.json.");
    }
    this.root = root;
    this.resources = blocksOf(root, "resource");
    this.data = blocksOf(root, "data");
    this.ephemerals = blocksOf(root, "ephemeral");
    const all = [...this.resources, ...this.data, ...this.ephemerals];
    this.#byAddress = new Map(all.map((block) => [block.address, block]));
  }

  /** @throws UnreadableDocument naming the file */
  static read(file: string): Configuration {
    return new Configuration(readJson(file));
  }

  get blocks(): readonly Block[] {
    return [...this.#byAddress.values()];
  }

  block(address: string): Block | undefined {
    return this.#byAddress.get(address);
  }

  /** The managed resources of these types. */
  of(...types: string[]): Block[] {
    return this.resources.filter(({ type }) => types.includes(type));
  }

  /** The blocks that a value refers to, of the given types where any is given. */
  targets(value: Json | undefined, ...types: string[]): Block[] {
    const blocks = references(value).map(({ address }) => this.block(address));
    return blocks
      .filter((block) => block !== undefined)
      .filter(({ type }) => !types.length || types.includes(type));
  }

  /** Whether a value refers to `block`. */
  refersTo(value: Json | undefined, block: Block | undefined): boolean {
    return references(value).some(({ address }) => address === block?.address);
  }

  /** The managed resources of a type whose argument at `path` refers to `block`. */
  referrers(type: string, path: string, block: Block): Block[] {
    return this.of(type).filter((each) => this.refersTo(each.all(path), block));
  }

  /** A text with references replaced by the literals they stand for, where the configuration knows them. */
  resolve(value: Json | undefined): string {
    if (typeof value !== "string") return value === undefined || value === null ? "" : String(value);
    return value.replaceAll(/\$\{([\w.-]+)\}/g, (whole, expression: string) => {
      const [reference] = references(`\${${expression}}`);
      const literal = reference && this.block(reference.address)?.body[reference.attribute];
      return typeof literal === "string" || typeof literal === "number"
        ? this.resolve(String(literal))
        : whole;
    });
  }

  /** What a block waits for directly: what it refers to, and its `depends_on`. */
  dependencies(block: Block): Block[] {
    const explicit = block.all("depends_on").map((address) => this.block(String(address)));
    return [...new Set([...this.targets(block.body), ...explicit])].filter((each) => each !== undefined);
  }

  /** Whether Terraform makes `from` after `to`, and destroys it before: through references and `depends_on`. */
  waitsFor(from: Block, to: Block): boolean {
    return this.#closure(from).has(to.address);
  }

  #closure(from: Block): ReadonlySet<string> {
    const known = this.#reachable.get(from.address);
    if (known) return known;
    const seen = new Set<string>();
    const open = [from];
    for (let block = open.pop(); block; block = open.pop()) {
      for (const next of this.dependencies(block)) {
        if (seen.has(next.address)) continue;
        seen.add(next.address);
        open.push(next);
      }
    }
    this.#reachable.set(from.address, seen);
    return seen;
  }
}

function blocksOf(root: JsonObject, mode: Mode): Block[] {
  const section = root[mode];
  return Object.entries(isObject(section) ? section : {}).flatMap(([type, named]) =>
    Object.entries(isObject(named) ? named : {}).map(
      ([name, body]) => new Block(mode, type, name, isObject(body) ? body : {}),
    ),
  );
}
