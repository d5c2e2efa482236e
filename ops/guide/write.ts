/** Writes the tables of the monitoring guide anew, from the stack with every option on. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { synthesise } from "../../local/synthesise.ts";
import { Configuration } from "../../local/terraform-json/index.ts";
import { OPTIONS } from "../rehearsal/settings.ts";
import { withTables } from "./tables.ts";

const file = join(import.meta.dirname, "../../docs/MONITORING_GUIDE.md");
const config = new Configuration(await synthesise({ ENVIRONMENT_SUFFIX: "guide", ...OPTIONS }));
writeFileSync(file, withTables(readFileSync(file, "utf8"), config));
