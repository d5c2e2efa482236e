/** The real synthesised stack for the preview's tests, and broken copies of it. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const program = fileURLToPath(new URL("../../bin/synth.js", import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: tests reach into the JSON as its readers would.
export type Json = any;

/** Runs the way in, as anybody does, and reads what it wrote. */
export async function synthesise(environment: Record<string, string> = {}): Promise<Json> {
  const folder = await mkdtemp(join(tmpdir(), "preview-stack-"));
  try {
    await promisify(execFile)(process.execPath, [program], {
      env: { ...process.env, ...environment, CDKTF_OUTDIR: folder },
    });
    return JSON.parse(await readFile(join(folder, "stacks/TapStack/cdk.tf.json"), "utf8"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The only resource of a type, and its address. */
export function only(stack: Json, type: string): { address: string; config: Json } {
  const named = Object.entries(stack.resource[type]);
  if (named.length !== 1) throw new Error(`${named.length} resources of type ${type}`);
  const [name, config] = named[0]!;
  return { address: `${type}.${name}`, config };
}

/** A copy with one thing changed in the only resource of a type. */
export function broken(stack: Json, type: string, change: (config: Json) => void): Json {
  const copy = structuredClone(stack);
  change(only(copy, type).config);
  return copy;
}

/** A copy whose container definition is changed. The definitions are a string of JSON within the JSON. */
export function brokenContainer(stack: Json, change: (container: Json) => void): Json {
  return broken(stack, "aws_ecs_task_definition", (config) => {
    const containers = JSON.parse(config.container_definitions);
    change(containers[0]);
    config.container_definitions = JSON.stringify(containers);
  });
}

export function setVariable(container: Json, name: string, value: string): void {
  const variable = container.environment.find((entry: Json) => entry.name === name);
  if (variable) variable.value = value;
  else container.environment.push({ name, value });
}
