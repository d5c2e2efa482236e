import { Testing } from "cdktn";
import { Stack, type StackProps } from "../../lib/aws/core/index.ts";

type Json = Record<string, unknown>;
/** A synthesised resource. Its attributes are what the tests are about, so they are not typed further. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Resource = Record<string, any>;

/** The Terraform JSON of a stack, to ask questions of. */
export class Template {
  readonly json: Json & {
    resource?: Record<string, Record<string, Resource>>;
    data?: Json;
    ephemeral?: Json;
  };

  constructor(json: Json) {
    this.json = json;
  }

  /** All resources of a type. */
  resources(type: string): Resource[] {
    return Object.values(this.json.resource?.[type] ?? {});
  }

  /** The only resource of a type. @throws when there are none or several */
  only(type: string): Resource {
    const found = this.resources(type);
    if (found.length !== 1) throw new Error(`expected one ${type}, found ${found.length}`);
    return found[0]!;
  }

  /** Addresses that a resource waits for. */
  dependsOn(resource: Resource): string[] {
    return (resource.depends_on ?? []) as string[];
  }
}

/** A stack with what `build` puts into it, synthesised as `npm run synth` would. */
export function templateOf(build: (stack: Stack) => void, props: Partial<StackProps> = {}): Template {
  const stack = new Stack(Testing.app(), "Test", {
    region: "eu-north-1",
    environmentSuffix: "test",
    ...props,
  });
  build(stack);
  return new Template(JSON.parse(Testing.synth(stack, true)) as Json);
}
