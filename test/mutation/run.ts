/**
 * The mutation score of the audit: `npm run mutation`. Every mutant of the stack with every option on, and `terraform
 * validate` over those that nothing notices. Minutes; CI tries a share (audit.test.ts).
 */
import { styleText } from "node:util";
import { EVERYTHING, synthesiseWith } from "../support/variants.ts";
import { percent, scoreOf } from "./score.ts";
import { validates } from "./validate.ts";

const started = performance.now();
const { mutants, noticed, explained, survivors } = scoreOf(await synthesiseWith(EVERYTHING));
for (const [why, count] of [...explained].sort((a, b) => b[1] - a[1]))
  console.log(`${String(count).padStart(5)}  ${why}`);
const left = await validates(survivors);
for (const { address, path, kind, change } of left)
  console.log(styleText("red", `${kind}  ${address}  ${path}  ${change}`));
const seconds = Math.round((performance.now() - started) / 1000);
const unexplained = [...explained.values()].reduce((sum, count) => sum + count, 0);
console.log(
  `mutation score ${percent({ mutants, noticed })} %: ${mutants} mutants, ${noticed} noticed, ${unexplained} explained, ${survivors.length - left.length} refused by terraform validate, ${left.length} left; ${seconds} s`,
);
if (left.length > 0) process.exitCode = 1;
