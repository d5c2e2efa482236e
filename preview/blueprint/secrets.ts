/** The values of the stack's secrets: given, or generated for one run as the stack asks; never written to disk. */
import { randomInt } from "node:crypto";
import { type Block, BlueprintError, type Stack } from "./stack.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

export class SecretValues {
  readonly #stack: Stack;
  readonly #random = new Map<Block, string>();

  readonly #given: ReadonlyMap<string, string>;

  constructor(stack: Stack, given: Readonly<Record<string, string>>) {
    this.#stack = stack;
    this.#given = new Map(Object.entries(given));
  }

  /** The secret that an ARN (with or without what `valueFrom` appends) or a name stands for. */
  find(id: string): Block | undefined {
    const arn = id.split(":").slice(0, 7).join(":");
    return this.#stack
      .all("aws_secretsmanager_secret")
      .find((secret) => secret.attribute("arn") === arn || secret.attribute("name") === id);
  }

  /** The current value of a secret: the given one, else what its version resource writes. */
  value(secret: Block): string {
    const given = this.#given.get(secret.text("name"));
    if (given !== undefined) return given;
    const version = this.#stack
      .all("aws_secretsmanager_secret_version")
      .find((candidate) => this.find(candidate.text("secret_id")) === secret);
    if (!version)
      throw secret.error(undefined, "has no aws_secretsmanager_secret_version, so it holds no value");
    const attribute = version.raw("secret_string_wo") === undefined ? "secret_string" : "secret_string_wo";
    return version.text(attribute);
  }

  /** What ECS passes for `valueFrom`: a secret's ARN, optionally with `:json-key:version-stage:version-id`. */
  valueFrom(reference: string, owner: Block, attribute: string): string {
    const secret = this.find(reference);
    if (!secret)
      throw owner.error(attribute, `valueFrom "${reference}" is the ARN of no secret in the stack`);
    const [, , , , , , , jsonKey] = reference.split(":");
    const value = this.value(secret);
    if (!jsonKey) return value;
    const found = parse(value)?.[jsonKey];
    if (found === undefined) {
      throw owner.error(
        attribute,
        `valueFrom asks for the JSON key "${jsonKey}" of ${secret.address}, which has none`,
      );
    }
    return String(found);
  }

  /** `GetRandomPassword` with the settings of the ephemeral resource; the same value whenever it is asked. */
  random(block: Block): string {
    let value = this.#random.get(block);
    if (value === undefined) {
      value = generate(block);
      this.#random.set(block, value);
    }
    return value;
  }
}

function generate(block: Block): string {
  const classes = [
    block.boolean("exclude_lowercase", false) ? "" : LETTERS,
    block.boolean("exclude_uppercase", false) ? "" : LETTERS.toUpperCase(),
    block.boolean("exclude_numbers", false) ? "" : DIGITS,
    block.boolean("exclude_punctuation", false) ? "" : punctuation,
  ];
  const excluded = block.text("exclude_characters", "");
  const alphabet = [...classes.join("")].filter((character) => !excluded.includes(character));
  if (alphabet.length === 0)
    throw new BlueprintError(block.address, undefined, "leaves no character to make a password of");
  return Array.from(
    { length: block.number("password_length", 32) },
    () => alphabet[randomInt(alphabet.length)],
  ).join("");
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : undefined;
  } catch {
    return undefined;
  }
}
