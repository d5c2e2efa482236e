/** Writes the tables of the monitoring and the deployment guide anew, from the stack with every option on. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { synthesise } from "../../local/synthesise.ts";
import { Configuration } from "../../local/terraform-json/index.ts";
import { OPTIONS } from "../rehearsal/settings.ts";
import { withOutputs, withTables } from "./tables.ts";

const stack = await synthesise({ ENVIRONMENT_SUFFIX: "guide", ...OPTIONS });
const rewrite = (name: string, change: (text: string) => string) => {
  const file = join(import.meta.dirname, "../../docs", name);
  writeFileSync(file, change(readFileSync(file, "utf8")));
};
rewrite("MONITORING_GUIDE.md", (text) => withTables(text, new Configuration(stack)));
rewrite("DEPLOYMENT_GUIDE.md", (text) =>
  withOutputs(
    text,
    stack.output as Parameters<typeof withOutputs>[1],
    new Set(Object.keys(stack.resource ?? {})),
  ),
);
