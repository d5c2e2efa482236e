/** Where commands are cut short: which, how, and at which of their calls. */
import { random } from "../faults.ts";

export interface Command {
  readonly name: string;
  readonly line: string;
  /** What an operator runs when it was cut short. */
  readonly again: string;
  /** What there is once it has ended: an environment that a plan does not change, with a restored cluster beside it, or nothing. */
  readonly leaves: "environment" | "restored" | "nothing";
}

/** From nothing to nothing, so that a round of them can follow another. */
export const COMMANDS: readonly Command[] = [
  { name: "deploy", line: "deploy --yes", again: "deploy --yes", leaves: "environment" },
  ...["image --engine docker --tag cut-short"].map(
    (line) => ({ name: "image", line, again: line, leaves: "environment" }) as const,
  ),
  { name: "rotate", line: "rotate api-keys --yes", again: "deploy --yes", leaves: "environment" },
  { name: "restore", line: "restore", again: "restore", leaves: "restored" },
  { name: "destroy", line: "destroy --yes", again: "destroy --yes", leaves: "nothing" },
];

interface Way {
  readonly signals: readonly NodeJS.Signals[];
  /** The exit code; null where a signal has to end the process. */
  readonly code: number | null;
}

/** How a command is ended: by Ctrl-C once and twice, by `kill`, and by the kernel. */
export const WAYS: Readonly<Record<string, Way>> = {
  "Ctrl-C": { signals: ["SIGINT"], code: 130 },
  "Ctrl-C twice": { signals: ["SIGINT", "SIGINT"], code: 130 },
  kill: { signals: ["SIGTERM"], code: 143 },
  "kill -9": { signals: ["SIGKILL"], code: null },
};

/**
 * The exit codes of a command that ended well, or as it was told. One that ends by itself has to end with 0: what fails before
 * the signal, or without heeding it, is a finding.
 */
export const mayEndWith = (way: string, ended: "before the signal" | "by it"): readonly (number | null)[] =>
  ended === "by it" ? [WAYS[way]!.code, 0] : [0];

export interface Point {
  readonly command: Command;
  readonly way: string;
  /** The changing call at which it is ended, from 1. */
  readonly change: number;
}

/**
 * At least so many points, in rounds of one for each command. The calls of a command are cut into as many equal parts as there
 * are rounds, and each point is drawn from a part of its own: the seed decides where, and none of the record is left out.
 *
 * @param record how many changing calls each command makes when nothing stops it
 */
export function drawPoints(record: ReadonlyMap<Command, number>, least: number, seed: number): Point[][] {
  const draw = random(seed);
  const ways = Object.keys(WAYS);
  const rounds = Math.ceil(least / record.size);
  return Array.from({ length: rounds }, (_, round) =>
    [...record].map(([command, calls], index) => ({
      command,
      change: 1 + Math.floor(((round + draw()) / rounds) * calls),
      way: ways[(index + round) % ways.length]!,
    })),
  );
}
