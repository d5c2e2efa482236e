/**
 * The synthesised Terraform JSON as blocks that one can ask for typed settings. Every failure names the resource's
 * address and the attribute, since the reader's next step is to look there.
 */
import { readFileSync } from "node:fs";
import { UserError } from "../../cli/user-error.ts";
import {
  blocksOf,
  type JsonObject,
  references,
  Block as TerraformBlock,
} from "../../local/terraform-json/index.ts";
import { computedAttribute } from "./computed.ts";
import { evaluateTemplate, type Steps, step, toText, type Value } from "./expression.ts";
import { SecretValues } from "./secrets.ts";

/** Something in the stack that keeps it from running: `address` and `attribute` say where to look. */
export class BlueprintError extends UserError {
  override readonly name = "BlueprintError";
  readonly address: string;
  readonly attribute: string | undefined;

  constructor(address: string, attribute: string | undefined, problem: string) {
    super(`${address}: ${attribute ? `${attribute}: ` : ""}${problem}`);
    this.address = address;
    this.attribute = attribute;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the JSON's shape is what the accessors below check.
type Json = any;

export class Stack {
  readonly blocks: Block[];
  readonly region: string;
  readonly secrets: SecretValues;
  readonly #json: Record<string, Json>;
  readonly #byAddress: Map<string, Block>;
  /** Attributes under evaluation, so that a circle of references is an error and not an endless loop. */
  readonly #underWay = new Set<string>();

  constructor(json: Record<string, Json>, secrets: Readonly<Record<string, string>> = {}) {
    this.#json = json;
    this.blocks = blocksOf(json).map((block) => new Block(this, block));
    this.#byAddress = new Map(this.blocks.map((block) => [block.address, block]));
    this.region = [json.provider?.aws].flat()[0]?.region ?? "us-east-1";
    this.secrets = new SecretValues(this, secrets);
  }

  /** @throws when the file is missing or no JSON, saying how to make it. */
  static read(file: string, secrets: Readonly<Record<string, string>>): Stack {
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch {
      throw new UserError(`There is no synthesised stack at ${file}. Make it with bin/catalog synth.`);
    }
    try {
      return new Stack(JSON.parse(text), secrets);
    } catch (error) {
      if (error instanceof SyntaxError)
        throw new UserError(`${file} is not JSON: ${error.message}. Make it anew with bin/catalog synth.`);
      throw error;
    }
  }

  /** All resources (not data sources) of a type. */
  all(type: string): Block[] {
    return this.blocks.filter((block) => block.mode === "resource" && block.type === type);
  }

  /** The one resource of a type. @throws when there is none or more than one. */
  only(type: string): Block {
    const [found, ...more] = this.all(type);
    if (!found)
      throw new BlueprintError(type, undefined, "the stack has no such resource, and the preview needs one");
    if (more.length > 0) {
      const others = more.map((block) => block.address).join(", ");
      throw new BlueprintError(
        found.address,
        undefined,
        `the preview runs one ${type}, but there are also ${others}`,
      );
    }
    return found;
  }

  /** The block that a reference's first steps name. */
  blockOf(steps: Steps): Block | undefined {
    const length = steps[0] === "data" || steps[0] === "ephemeral" ? 3 : 2;
    return this.#byAddress.get(steps.slice(0, length).join("."));
  }

  /** Evaluates whatever stands in the JSON at an attribute of a block, through all references. */
  evaluate(raw: unknown, block: Block, attribute: string): Value {
    if (typeof raw === "string") {
      try {
        return evaluateTemplate(raw, (steps) => this.#resolve(steps));
      } catch (error) {
        if (error instanceof BlueprintError) throw error;
        throw new BlueprintError(block.address, attribute, `holds ${(error as Error).message}`);
      }
    }
    if (Array.isArray(raw)) return raw.map((item) => this.evaluate(item, block, attribute));
    if (raw !== null && typeof raw === "object") {
      return Object.fromEntries(
        Object.entries(raw).map(([key, value]) => [key, this.evaluate(value, block, attribute)]),
      );
    }
    return (raw ?? null) as Value;
  }

  #resolve(steps: Steps): Value {
    const [root, name, ...rest] = steps;
    if (root === "local") return this.#valueOf(this.#json.locals, steps.slice(1), "local");
    if (root === "var") {
      const declared = this.#json.variable?.[name!];
      if (declared?.default === undefined) throw new Error(`var.${name}, which has no default`);
      return rest.reduce<Value>(step, declared.default);
    }
    const block = this.blockOf(steps);
    const text = steps.join(".");
    if (!block) throw new Error(`a reference to ${text}, which the stack does not contain`);
    const path = steps.slice(block.mode === "resource" ? 2 : 3);
    if (this.#underWay.has(text)) throw new Error(`a reference to ${text}, which refers back to itself`);
    this.#underWay.add(text);
    try {
      const [attribute, ...further] = path;
      if (attribute === undefined)
        throw new Error(`a reference to all of ${text}, where one attribute is needed`);
      const configured = block.config[attribute];
      const value =
        configured !== undefined && configured !== null
          ? this.evaluate(configured, block, String(attribute))
          : computedAttribute(this, block, String(attribute));
      if (value === undefined) throw new Error(`a reference to ${text}, which the preview cannot resolve`);
      return further.reduce<Value>(step, value);
    } finally {
      this.#underWay.delete(text);
    }
  }

  #valueOf(values: Record<string, unknown> | undefined, path: Steps, root: string): Value {
    const [name, ...rest] = path;
    if (values?.[name!] === undefined)
      throw new Error(`a reference to ${root}.${name}, which the stack does not contain`);
    const holder = new Block(this, new TerraformBlock("resource", root, String(name), values as JsonObject));
    return rest.reduce<Value>(step, this.evaluate(values[name!], holder, String(name)));
  }
}

/** One resource, data source or ephemeral resource. Paths are dotted; a block that occurs once needs no index. */
export class Block {
  readonly stack: Stack;
  readonly mode: TerraformBlock["mode"];
  readonly type: string;
  readonly name: string;
  readonly address: string;
  readonly config: Record<string, Json>;

  constructor(stack: Stack, { mode, type, name, address, body }: TerraformBlock) {
    this.stack = stack;
    this.mode = mode;
    this.type = type;
    this.name = name;
    this.address = address;
    this.config = body;
  }

  /** What stands in the JSON at a path, unevaluated; undefined when nothing does. */
  raw(path: string): unknown {
    let value: Json = this.config;
    for (const key of path.split(".")) {
      if (Array.isArray(value) && !/^\d+$/.test(key)) value = value[0];
      if (!Array.isArray(value) && key === "0") continue;
      value = value?.[key];
      if (value === undefined || value === null) return undefined;
    }
    return value;
  }

  value(path: string): Value | undefined {
    const raw = this.raw(path);
    return raw === undefined ? undefined : this.stack.evaluate(raw, this, path);
  }

  /** An attribute as a reference to it would see it: also those that AWS decides. */
  attribute(name: string): Value {
    return this.stack.evaluate(`\${${this.address}.${name}}`, this, name);
  }

  /** Blocks or values at a path as a list: none, one (JSON allows the bare object) or several. */
  list(path: string): Value[] {
    const value = this.value(path);
    return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  }

  texts(path: string): string[] {
    return this.list(path).map(toText);
  }

  /** @param otherwise AWS's default; without one, the setting must be there. */
  text(path: string, otherwise?: string): string {
    const value = this.value(path) ?? otherwise;
    if (value === undefined) throw this.error(path, "is missing");
    if (typeof value === "object" && value !== null) throw this.error(path, "is not text");
    return toText(value);
  }

  number(path: string, otherwise?: number): number {
    const value = this.value(path) ?? otherwise;
    if (value === undefined) throw this.error(path, "is missing");
    const number = Number(value);
    if (value === "" || Number.isNaN(number))
      throw this.error(path, `is no number: ${JSON.stringify(value)}`);
    return number;
  }

  boolean(path: string, otherwise: boolean): boolean {
    const value = this.value(path) ?? otherwise;
    return value === true || value === "true";
  }

  /** The blocks that the text at a path refers to, in order. */
  references(path: string): Block[] {
    return references(this.raw(path) as Json).map(({ address }) => {
      const block = this.stack.blockOf(address.split("."));
      if (!block) throw this.error(path, `refers to ${address}, which the stack does not contain`);
      return block;
    });
  }

  /** Follows the reference at a path to a resource of the given type. */
  follow(path: string, type: string): Block {
    const raw = this.raw(path);
    if (raw === undefined) throw this.error(path, `is missing; it should refer to an ${type}`);
    const found = this.references(path).find((block) => block.type === type && block.mode === "resource");
    if (!found) throw this.error(path, `should refer to an ${type}, but is ${JSON.stringify(raw)}`);
    return found;
  }

  /** Whether the text at a path refers to the given block. */
  refersTo(path: string, other: Block): boolean {
    return this.references(path).includes(other);
  }

  error(attribute: string | undefined, problem: string): BlueprintError {
    return new BlueprintError(this.address, attribute, problem);
  }
}
