import { Testing } from "cdktn";
import { Stack, type StackProps } from "../../lib/aws/core/index.ts";
import { Configuration, type JsonObject } from "../../local/terraform-json/index.ts";

/** A synthesised resource. Its attributes are what the tests are about, so they are not typed further. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Resource = Record<string, any>;

/** The Terraform JSON of a stack, to ask questions of. */
export class Template {
  readonly json: Resource & { readonly resource?: Record<string, Record<string, Resource>> };
  readonly #config: Configuration;

  constructor(json: JsonObject) {
    this.json = json;
    this.#config = new Configuration({ resource: {}, ...json });
  }

  /** All resources of a type. */
  resources(type: string): Resource[] {
    return this.#config.of(type).map(({ body }) => body);
  }

  /** The only resource of a type. @throws when there are none or several */
  only(type: string): Resource {
    return this.#config.only(type).body;
  }

  /** Addresses that a resource waits for. */
  dependsOn(resource: Resource): string[] {
    return (resource.depends_on ?? []) as string[];
  }
}

/** A stack with what `build` puts into it, synthesised as `bin/catalog synth` would. */
export function templateOf(build: (stack: Stack) => void, props: Partial<StackProps> = {}): Template {
  const stack = new Stack(Testing.app(), "Test", {
    region: "eu-north-1",
    environmentSuffix: "test",
    ...props,
  });
  build(stack);
  return new Template(JSON.parse(Testing.synth(stack, true)) as JsonObject);
}
