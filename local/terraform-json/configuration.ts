/** A synthesised Terraform configuration: blocks, their addresses, and which waits for which. */
import {
  embeddedJson,
  isObject,
  type Json,
  type JsonObject,
  type Leaf,
  leaves,
  readJson,
  UnreadableDocument,
  valuesAt,
} from "./json.ts";
import { references } from "./references.ts";

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

  /** @throws UnreadableDocument when `root` has no resources, or the same one twice */
  constructor(root: JsonObject) {
    if (!isObject(root.resource)) {
      throw new UnreadableDocument("This is no Terraform configuration with resources: give a cdk.tf.json.");
    }
    this.root = root;
    const all = blocksOf(root);
    this.resources = all.filter(({ mode }) => mode === "resource");
    this.data = all.filter(({ mode }) => mode === "data");
    this.ephemerals = all.filter(({ mode }) => mode === "ephemeral");
    this.#byAddress = new Map(all.map((block) => [block.address, block]));
    const twice = all.find((block) => this.#byAddress.get(block.address) !== block);
    if (twice) throw new UnreadableDocument(`${twice.address} is declared twice: remove one.`);
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

  /** The one managed resource of a type. @throws Error when there is none, or more than one */
  only(type: string): Block {
    const [found, ...more] = this.of(type);
    if (!found || more.length > 0) throw new Error(`expected one ${type}, found ${this.of(type).length}`);
    return found;
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

const MODES: readonly Mode[] = ["resource", "data", "ephemeral"];

/** Every block of a document: resources, then data sources, then ephemeral resources. */
export function blocksOf(root: JsonObject): Block[] {
  return MODES.flatMap((mode) =>
    labelled(root[mode]).flatMap(([type, named]) =>
      labelled(named).flatMap(([name, bodies]) =>
        [bodies].flat().map((body: Json) => new Block(mode, type, name, isObject(body) ? body : {})),
      ),
    ),
  );
}

/** What stands under its labels: Terraform takes one object there, or a list of them (JSON Configuration Syntax, "Block-type"). */
const labelled = (value: Json | undefined): [label: string, body: Json][] =>
  [value ?? []].flat().flatMap((each: Json) => (isObject(each) ? Object.entries(each) : []));
