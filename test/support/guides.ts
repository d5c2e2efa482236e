import { join } from "node:path";
import { synthesise } from "../../local/synthesise.ts";
import { Markdown } from "./markdown.ts";
import { EVERYTHING } from "./variants.ts";

export const ROOT = join(import.meta.dirname, "../..");
const SUFFIX = "docs-test";
export const GUIDES = [
  "ARCHITECTURE",
  "SECURITY_GUIDE",
  "MONITORING_GUIDE",
  "DEPLOYMENT_GUIDE",
  "ERROR_RESOLUTION_SUMMARY",
  "MODEL_FAILURES",
  "SETTINGS",
  "REQUIREMENTS",
  "FIGURES",
  "../README",
  "../CONTRIBUTING",
  "../CHANGELOG",
  "../SECURITY",
].map((name) => new Markdown(join(ROOT, "docs", `${name}.md`)));
export const guide = (name: string) => GUIDES.find(({ path }) => path.endsWith(`${name}.md`))!;

// biome-ignore lint/suspicious/noExplicitAny: the attributes of resources are what is compared
export type Resource = Record<string, any>;

/** The stack that the guides are about, with the suffix and the account as they write them. */
export interface DocumentedStack {
  readonly stack: Record<"resource" | "data" | "ephemeral", Record<string, Record<string, Resource>>> & {
    output: Record<string, unknown>;
  };
  /** All of it, as it is by default and with every option on. */
  readonly text: string;
}

export const documented = (name: string) =>
  name
    .replaceAll("$" + "{data.aws_caller_identity.Account.account_id}", "<account>")
    .replaceAll(SUFFIX, "<suffix>");

export async function documentedStack(): Promise<DocumentedStack> {
  const [stack, everything] = await Promise.all([
    synthesise({ ENVIRONMENT_SUFFIX: SUFFIX }),
    synthesise({ ...EVERYTHING, ENVIRONMENT_SUFFIX: SUFFIX }),
  ]);
  const text = documented(JSON.stringify([stack, everything]));
  return { stack: stack as unknown as DocumentedStack["stack"], text };
}
