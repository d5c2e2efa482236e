/**
 * The contract of the container image, read from its Dockerfile: what runs, where, with which variables. The preview
 * runs it as a process from the folder that the image is built of.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../../cli/user-error.ts";

export interface Image {
  /** Folder on this machine that stands for the image's working directory. */
  folder: string;
  entryPoint: string[];
  command: string[];
  environment: { [name: string]: string };
  /** Ports of `EXPOSE`. */
  ports: number[];
}

/** @throws when the file is missing or its last stage says nothing to run. */
export function readImage(dockerfile: string): Image {
  if (!existsSync(dockerfile)) throw new UserError(`${dockerfile} is missing: it says what a task runs.`);
  const image: Image = {
    folder: dirname(dockerfile),
    entryPoint: [],
    command: [],
    environment: {},
    ports: [],
  };
  const stages = new Map<string, Image>();
  const values: { [name: string]: string } = {};
  let current = image;
  for (const [instruction, rest] of instructions(readFileSync(dockerfile, "utf8"))) {
    if (instruction === "FROM") {
      const [, base = "", name] = /^(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(rest) ?? [];
      const inherited = stages.get(base.toLowerCase()) ?? image;
      current = { ...inherited, environment: { ...inherited.environment }, ports: [...inherited.ports] };
      if (name) stages.set(name.toLowerCase(), current);
    } else if (instruction === "ARG") Object.assign(values, assignments(rest, values));
    else if (instruction === "ENV")
      Object.assign(current.environment, assignments(rest, { ...values, ...current.environment }));
    else if (instruction === "CMD") current.command = execForm(dockerfile, instruction, rest);
    else if (instruction === "ENTRYPOINT") current.entryPoint = execForm(dockerfile, instruction, rest);
    else if (instruction === "EXPOSE")
      current.ports.push(
        ...rest
          .split(/\s+/)
          .map((port) => Number.parseInt(port, 10))
          .filter(Number.isInteger),
      );
  }
  if (current.entryPoint.length + current.command.length === 0)
    throw new UserError(`${dockerfile}: its last stage has no CMD, so that a task would run nothing.`);
  return current;
}

/** Instructions in order, with comments taken out and continued lines joined. */
function instructions(text: string): [string, string][] {
  return text
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replace(/\\\s*\n/g, " ")
    .split("\n")
    .flatMap((line): [string, string][] => {
      const [, instruction, rest] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? [];
      return instruction ? [[instruction.toUpperCase(), rest!]] : [];
    });
}

function assignments(text: string, known: { [name: string]: string }): { [name: string]: string } {
  const found: { [name: string]: string } = {};
  for (const [, name, quoted, bare] of text.matchAll(/([A-Za-z_]\w*)=(?:"([^"]*)"|(\S*))/g)) {
    const raw = quoted ?? bare ?? "";
    found[name!] = raw.replace(/\$\{?(\w+)\}?/g, (_, other) => found[other] ?? known[other] ?? "");
  }
  return found;
}

/** Only the exec form hands signals to the program itself, which draining needs. */
function execForm(dockerfile: string, instruction: string, text: string): string[] {
  try {
    const words = JSON.parse(text);
    if (Array.isArray(words)) return words.map(String);
  } catch {}
  throw new UserError(
    `${dockerfile}: ${instruction} ${text}: write it as a JSON list, so that the program gets signals.`,
  );
}
