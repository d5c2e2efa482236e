/** What the calls of a guide's block remove, and whether the section that the block stands in says so. */
import { requestsOf } from "../../policy/request.ts";
import { ACCOUNT } from "../authorisation.ts";
import { type ApiResponse, type Call, isOk, json } from "../call.ts";
import type { Block } from "./blocks.ts";

/** Gathers what passes a gateway and removes something. */
export class Removals {
  readonly #actions = new Set<string>();

  /** For the gateway. Terraform lets go of the state's lock by a deletion, of which nobody needs to be told. */
  record(call: Call, answer?: ApiResponse): void {
    if (!answer || !isOk(answer) || releasesLock(call)) return;
    for (const { action } of requestsOf(call, ACCOUNT)) if (REMOVES.test(action)) this.#actions.add(action);
  }

  /** The actions since the last time, as IAM calls them. */
  take(): string[] {
    const taken = [...this.#actions].sort();
    this.#actions.clear();
    return taken;
  }
}

const REMOVES = /:(?:Delete|Deregister|Release|Terminate)/;

const releasesLock = (call: Call): boolean =>
  call.service === "dynamodb" &&
  call.operation === "DeleteItem" &&
  !json<{ Key?: { LockID?: { S?: string } } }>(call).Key?.LockID?.S?.endsWith("-md5");

/** The word by which a guide speaks of what each action removes. */
const WORDS: readonly (readonly [action: RegExp, word: string])[] = [
  [/^application-autoscaling:DeleteScheduledAction$/, "schedule"],
  [/^dynamodb:DeleteItem$/, "checksum"],
  [/^dynamodb:DeleteTable$/, "table"],
  [/^ecs:DeregisterTaskDefinition$/, "task definition"],
  [/^rds:DeleteDB(?:Cluster|Instance)$/, "cluster"],
  [/^s3:DeleteBucket(?:Policy)?$/, "bucket"],
  [/^s3:DeleteObject$/, "state"],
  [/^s3:DeleteObjectVersion$/, "marker|version"],
  [/^secretsmanager:DeleteSecret$/, "secret"],
];

const SAYS_SO = /\b(?:delet|remov|destroy|deregister|replac|takes? (?:\S+ )*away|drop)/i;

/**
 * The actions, with the word that is missing, of which no sentence of the block's section says that something is removed. An
 * environment that goes as a whole goes with all that it has: then it is what has to be named, and its data.
 */
export function untold({ section }: Pick<Block, "section">, actions: readonly string[]): string[] {
  const sentences = section.prose.split(/[.;](?=\s)|\n\s*\n/).map((each) => each.replaceAll(/\s+/g, " "));
  const said = sentences.filter((sentence) => SAYS_SO.test(sentence));
  const names = (word: string) => said.some((sentence) => new RegExp(`\\b(?:${word})`, "i").test(sentence));
  if (actions.includes("ec2:DeleteVpc"))
    return ["environment|everything", "data"].filter((word) => !names(word));
  return actions.flatMap((action) => {
    const word = WORDS.find(([pattern]) => pattern.test(action))?.[1];
    return word && names(word) ? [] : [word ? `${word} (${action})` : action];
  });
}
