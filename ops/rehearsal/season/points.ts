/** Where commands are cut short: which, how, and at which of their calls. */
import { random } from "../faults.ts";

export interface Command {
  readonly name: string;
  readonly line: string;
  /** What an operator runs when it was cut short. @default - what the round has next */
  readonly again?: string;
  /**
   * What there is once it has ended: an environment that a plan does not change, with a restored cluster beside it; whatever it
   * had made when it was cut short; or nothing.
   */
  readonly leaves: "environment" | "restored" | "remains" | "nothing";
}

const DEPLOY: Command = {
  name: "deploy",
  line: "deploy --yes",
  again: "deploy --yes",
  leaves: "environment",
};
const IMAGE = "image --engine docker --tag cut-short";
const DESTROY: Command = {
  name: "destroy",
  line: "destroy --yes",
  again: "destroy --yes",
  leaves: "nothing",
};

/** From nothing to nothing, so that a round can follow another. */
export const COMMANDS: readonly Command[] = [
  DEPLOY,
  { name: "image", line: IMAGE, again: IMAGE, leaves: "environment" },
  { name: "rotate", line: "rotate api-keys --yes", again: "deploy --yes", leaves: "environment" },
  { name: "restore", line: "restore", again: "restore", leaves: "restored" },
  DESTROY,
];

/** A deployment that is given up: what it had made is destroyed as it stands. */
export const GIVEN_UP: readonly Command[] = [
  { name: "deploy", line: "deploy --yes", leaves: "remains" },
  DESTROY,
];

/** All commands are in the first round, and again in each fifth. */
const roundAt = (index: number): readonly Command[] => (index % 5 === 0 ? COMMANDS : GIVEN_UP);

/** Those that apply or destroy: what the bar of so many points is about. */
export const runsTerraform = ({ name }: Pick<Command, "name">): boolean =>
  name === "deploy" || name === "rotate" || name === "destroy";

interface Way {
  readonly signals: readonly NodeJS.Signals[];
  /** The exit code, as a shell counts it. */
  readonly code: number;
}

/** How a command is ended: by Ctrl-C once and twice, by `kill`, and by the kernel. */
export const WAYS: Readonly<Record<string, Way>> = {
  "Ctrl-C": { signals: ["SIGINT"], code: 130 },
  "Ctrl-C twice": { signals: ["SIGINT", "SIGINT"], code: 130 },
  kill: { signals: ["SIGTERM"], code: 143 },
  "kill -9": { signals: ["SIGKILL"], code: 137 },
};

/**
 * The exit codes of a command that ended well, or as it was told. One that ends by itself has to end with 0: what fails before
 * the signal, or without heeding it, is a finding.
 */
export const mayEndWith = (way: string, ended: "before the signal" | "by it"): readonly number[] =>
  ended === "by it" ? [WAYS[way]!.code, 0] : [0];

export interface Point {
  readonly command: Command;
  readonly way: string;
  /** The changing call at which it is ended, from 1. */
  readonly change: number;
}

/**
 * Rounds with at least so many points of commands that apply or destroy, and those of the others besides. The calls of a command
 * are cut into as many equal parts as it has points, and each point is drawn from a part of its own: the seed decides which part
 * and where in it, and none of the record is left out.
 *
 * @param record how many changing calls each command of {@link COMMANDS} makes when nothing stops it, by name
 */
export function drawPoints(record: ReadonlyMap<string, number>, least: number, seed: number): Point[][] {
  const rounds: (readonly Command[])[] = [];
  while (rounds.flat().filter(runsTerraform).length < least) rounds.push(roundAt(rounds.length));
  const draw = random(seed);
  const ways = Object.keys(WAYS);
  const parts = new Map(
    COMMANDS.map(({ name }) => [
      name,
      shuffled(rounds.flat().filter((each) => each.name === name).length, draw),
    ]),
  );
  const met = new Map<string, number>();
  return rounds.map((commands) => {
    /** How much of an environment there is. */
    let made = 1;
    return commands.map((command) => {
      const { name, leaves } = command;
      const time = met.get(name) ?? 0;
      met.set(name, time + 1);
      const order = parts.get(name)!;
      const at = (order[time]! + draw()) / order.length;
      const change = 1 + Math.floor(at * record.get(name)! * (name === "destroy" ? made : 1));
      if (leaves === "remains") made = at;
      const way = ways[(COMMANDS.findIndex((each) => each.name === name) + time) % ways.length]!;
      return { command, change, way };
    });
  });
}

/** The numbers from 0 up to a count, in another order. */
function shuffled(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, (_, index) => ({ index, key: draw() }))
    .sort((a, b) => a.key - b.key)
    .map(({ index }) => index);
}

/**
 * The points with their numbers, from the beginning of the round on that holds the one numbered `from`: to go on with a run that was
 * stopped.
 */
export function numbered(
  rounds: readonly (readonly Point[])[],
  from = 1,
): (Point & { readonly number: number })[] {
  let last = 0;
  return rounds.flatMap((points) => {
    const first = last + 1;
    last += points.length;
    return last < from ? [] : points.map((point, index) => ({ ...point, number: first + index }));
  });
}
