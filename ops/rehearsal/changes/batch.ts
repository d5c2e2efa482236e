/**
 * Many plans of one environment in one run of Terraform. Of the CPU time of a plan nearly nine tenths are the provider's
 * starts, five each time; so every stack becomes a module of one configuration, over a state that holds the environment
 * once for each of them. Nothing of it can be applied.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Json, JsonObject } from "../../../local/terraform-json/index.ts";
import { providerOverride } from "../../environment/local-api.ts";
import { Plan } from "../../plan-json.ts";
import type { Environment } from "../environment.ts";

interface StateResource extends JsonObject {
  readonly instances: (JsonObject & { dependencies?: string[] })[];
}

const moduleOf = (index: number) => `module.change_${index}`;

/** Plans each stack against the environment as its state says it is. Returns the plans in the stacks' order. */
export async function planTogether(
  environment: Environment,
  stacks: readonly JsonObject[],
  folder: string,
): Promise<Plan[]> {
  const state = JSON.parse(await environment.terraform.pullState()) as JsonObject;
  const there = environment.elsewhere(folder);
  await writeModules(there.folder, stacks);
  await writeFile(there.file("rehearsal_override.tf.json"), JSON.stringify(providerOverride(stacks[0]!)));
  await writeFile(there.file("terraform.tfstate"), JSON.stringify(multiplied(state, stacks.length)));
  await there.terraform.init();
  const file = there.file("changes.tfplan");
  // What AWS says has not changed since the environment's last apply.
  await there.terraform.plan(file, "-refresh=false");
  const shown = JSON.parse(await there.terraform.show(file)) as JsonObject;
  return stacks.map((_, index) => planOf(shown, moduleOf(index)));
}

/** Writes a configuration of which each stack is a module. */
export async function writeModules(folder: string, stacks: readonly JsonObject[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all(stacks.map((stack, index) => writeModule(path.join(folder, `change_${index}`), stack)));
  await writeFile(path.join(folder, "main.tf.json"), JSON.stringify(rootOf(stacks)));
}

/** A stack as a module: it has its providers from the root, and no backend. */
async function writeModule(folder: string, { provider, ...stack }: JsonObject): Promise<void> {
  const { backend: _, ...terraform } = stack.terraform as JsonObject;
  const aliases = aliasesOf(provider as Json);
  const { aws } = terraform.required_providers as { aws: JsonObject };
  const required_providers = { aws: { ...aws, configuration_aliases: aliases } };
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, "cdk.tf.json"),
    JSON.stringify({ ...stack, terraform: { ...terraform, required_providers } }),
  );
}

function rootOf(stacks: readonly JsonObject[]): JsonObject {
  const [{ provider, terraform }] = stacks as [JsonObject];
  const { required_providers } = terraform as JsonObject;
  const providers = Object.fromEntries(["aws", ...aliasesOf(provider as Json)].map((name) => [name, name]));
  const modules = stacks.map((_, index) => [
    `change_${index}`,
    { source: `./change_${index}`, providers } as JsonObject,
  ]);
  return {
    terraform: { required_providers: required_providers! },
    provider: provider!,
    module: Object.fromEntries(modules),
  };
}

const aliasesOf = (provider: Json): string[] =>
  (provider as { aws: { alias?: string }[] }).aws.flatMap(({ alias }) => (alias ? [`aws.${alias}`] : []));

/** A state that holds every resource once in each module. */
function multiplied(state: JsonObject, times: number): JsonObject {
  const resources = state.resources as StateResource[];
  const inModule = (module: string) =>
    resources.map((resource) => ({
      ...resource,
      module,
      instances: resource.instances.map(({ dependencies = [], ...instance }) => ({
        ...instance,
        dependencies: dependencies.map((address) => `${module}.${address}`),
      })),
    }));
  return {
    ...state,
    outputs: {},
    resources: Array.from({ length: times }, (_, index) => inModule(moduleOf(index))).flat(),
  };
}

/** The plan of one module, with the addresses that it would have by itself. */
function planOf(shown: JsonObject, module: string): Plan {
  const ownAddress = (address: Json | undefined) => String(address).slice(module.length + 1);
  const own = (resource: JsonObject) => ({ ...resource, address: ownAddress(resource.address) });
  const { values } = shown.prior_state as { values: { root_module: { child_modules: JsonObject[] } } };
  const read = values.root_module.child_modules.flatMap(({ address, resources }) =>
    address === module ? (resources as JsonObject[]) : [],
  );
  const changes = shown.resource_changes as JsonObject[];
  return new Plan({
    resource_changes: changes.filter(({ module_address }) => module_address === module).map(own),
    planned_values: {},
    prior_state: { values: { root_module: { resources: read.map(own) } } },
  });
}
