/** What was applied as an environment, for what runs it: the stack's file and the values of its secrets. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { GetSecretValueCommand, paginateListSecrets } from "@aws-sdk/client-secrets-manager";
import type { Aws } from "../../aws.ts";
import { all } from "../../inventory/item.ts";

const PROJECT = path.resolve(import.meta.dirname, "..", "..", "..");

/** The file of the stack that has the service, as `deploy` or `synth` has left it on this machine; undefined where none did. */
export function stackFileOf(service: string, suffix: string): string | undefined {
  const candidates = [path.join(".catalog", suffix), path.join("cdktf.out", "stacks", "TapStack")].map(
    (folder) => path.join(PROJECT, folder, "cdk.tf.json"),
  );
  return candidates.find((file) => existsSync(file) && readFileSync(file, "utf8").includes(`"${service}"`));
}

/** The environment's secrets by their names: who asks the local API for a write key gets the one that the tasks take. */
export async function secretValues(
  { secrets }: Pick<Aws, "secrets">,
  suffix: string,
): Promise<Record<string, string>> {
  const listed = await all(paginateListSecrets({ client: secrets }, {}), (page) => page.SecretList);
  const names = listed.flatMap(({ Name = "" }) =>
    Name.replace(/-v\d+$/, "").endsWith(`-${suffix}`) ? [Name] : [],
  );
  const values = await Promise.all(
    names.map(async (SecretId) => {
      const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId }));
      return [SecretId, SecretString] as const;
    }),
  );
  return Object.fromEntries(values);
}
