import { SETTINGS } from "../../lib/settings.ts";
import { synthesise } from "../../local/synthesise.ts";
import { Configuration, type JsonObject } from "../../local/terraform-json/index.ts";
import { OPTIONS } from "../../ops/rehearsal/settings.ts";

/** The environment's suffix in the variants below. */
export const SUFFIX = "pr-42";

/** Settings that switch on all that is off by default, so that the nets see every resource there can be. */
export const EVERYTHING = {
  ENVIRONMENT_SUFFIX: SUFFIX,
  CONTAINER_IMAGE: "123456789012.dkr.ecr.eu-north-1.amazonaws.com/catalog-api:1",
  ...OPTIONS,
  STATE_BUCKET: "state-bucket",
  STATE_LOCK_TABLE: "state-locks",
} as const;

/** Every setting unset, so that whoever runs the tests may have some set. */
export const UNSET = Object.fromEntries(Object.values(SETTINGS).map(({ variable }) => [variable, undefined]));

/** What `bin/catalog synth` writes with these settings and no other. */
export const synthesiseWith = (settings: Record<string, string>): Promise<JsonObject> =>
  synthesise({ ...UNSET, ...settings });

/** The stack as it is by default, and with every option on, both synthesised by `bin/catalog synth`. */
export async function variants(): Promise<
  readonly { readonly name: string; readonly config: Configuration }[]
> {
  const [plain, full] = await Promise.all([
    synthesise({ ENVIRONMENT_SUFFIX: SUFFIX }),
    synthesise(EVERYTHING),
  ]);
  return [
    { name: "by default", config: new Configuration(plain) },
    { name: "with every option on", config: new Configuration(full) },
  ];
}
