/** The real synthesised stack for the preview's tests, and broken copies of it. */
import { type Settings, synthesise as synthesiseStack } from "../../local/synthesise.ts";
import { Configuration } from "../../local/terraform-json/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests reach into the JSON as its readers would.
export type Json = any;

export const synthesise: (settings?: Settings) => Promise<Json> = synthesiseStack;

/** The only resource of a type, and its address. */
export function only(stack: Json, type: string): { address: string; config: Json } {
  const { address, body } = new Configuration(stack).only(type);
  return { address, config: body };
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
