import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { cliConfiguration, findProviderMirror } from "../../ops/rehearsal/mirror.ts";
import { Terraform, TerraformFailed } from "../../ops/terraform.ts";
import { findTools } from "../../ops/tools.ts";
import type { Mutant } from "./mutants.ts";

/** The mutants that Terraform too takes for valid: those that could be deployed. */
export async function validates(mutants: readonly Mutant[]): Promise<Mutant[]> {
  if (mutants.length === 0) return [];
  const folder = await mkdtemp(path.join(tmpdir(), "catalog-mutants-"));
  try {
    const configuration = path.join(folder, "terraform.rc");
    await writeFile(configuration, cliConfiguration(findProviderMirror()));
    const environment = { ...process.env, TF_CLI_CONFIG_FILE: configuration };
    const terraform = new Terraform({ executable: findTools().terraform, folder, environment });
    const valid: Mutant[] = [];
    for (const [index, mutant] of mutants.entries()) {
      const changed = mutant.apply();
      const { backend: _, ...settings } = changed.terraform as Record<string, unknown>;
      await writeFile(path.join(folder, "main.tf.json"), JSON.stringify({ ...changed, terraform: settings }));
      try {
        if (index === 0) await terraform.init();
        await terraform.validate();
        valid.push(mutant);
      } catch (error) {
        if (!(error instanceof TerraformFailed)) throw error;
      }
    }
    return valid;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
