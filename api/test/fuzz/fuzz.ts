import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { command, integer, run } from "../../../cli/command.ts";
import { Fleet, fill, KEY } from "../support/tasks.ts";

/**
 * Fuzzes the API along its own document with Schemathesis: all checks, all phases, with a write key and without, no baseline. Then
 * shows on documents that lack something that the checks would find it. Of each phase a digest of its requests is printed, in their
 * order: two runs with one seed can be compared by it.
 */

const VENV = resolve(import.meta.dirname, "../../../.venv/bin");

/** What was sent, written down by hooks.py in the folder where the tool runs. */
const SENT = "sent.json";

/** @returns the exit code and what was said */
function schemathesis(folder: string, args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((done, failed) => {
    const child = spawn(
      "schemathesis",
      ["--config-file", "schemathesis.toml", "run", ...args, "--no-color"],
      {
        cwd: folder,
        env: { ...process.env, FUZZ_SENT: SENT, PATH: `${VENV}${delimiter}${process.env.PATH}` },
      },
    );
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output += chunk;
      });
    child.on("error", failed);
    child.on("close", (code) => done({ code: code ?? 1, output }));
  });
}

// biome-ignore lint/suspicious/noExplicitAny: the document is changed as plain JSON
const LIES: [what: string, path: string, change: (document: any) => void][] = [
  [
    "a status that the document lacks",
    "/v1/categories",
    ({ paths }) => {
      delete paths["/v1/categories"].get.responses[200];
    },
  ],
  [
    "a refusal that the document lacks",
    "/v1/categories",
    ({ paths }) => {
      delete paths["/v1/categories"].get.responses[400];
    },
  ],
  [
    "a header that the document lacks",
    "/v1/categories",
    ({ paths }) => {
      delete paths["/v1/categories"].get.responses[200].headers["Cache-Status"];
    },
  ],
  [
    "a header that only the document has",
    "/v1/categories",
    ({ paths, components }) => {
      components.headers["X-New"] = { required: true, schema: { type: "string" } };
      paths["/v1/categories"].get.responses[200].headers["X-New"] = { $ref: "#/components/headers/X-New" };
    },
  ],
];

interface Options {
  /** Of each operation; the same seed sends the same again, however fast the machine is. */
  readonly examples: number | undefined;
  readonly seconds: number;
  readonly seed: number;
}

/** @returns whether nothing was found, and each document that lacks something was */
async function fuzz({ examples, seconds, seed }: Options): Promise<boolean> {
  const fleet = new Fleet();
  const folder = await mkdtemp(join(tmpdir(), "fuzz-"));
  let ok = true;
  const report = async (what: string, good: boolean, output: string): Promise<void> => {
    const [cases] = /\d+ generated[^\n]*/.exec(output) ?? [""];
    const sent = JSON.parse(await readFile(join(folder, SENT), "utf8")) as Record<string, [number, string]>;
    const phases = Object.entries(sent).map(([phase, [count, digest]]) => `${phase} ${count} ${digest}`);
    console.log(`${good ? "✔" : "✖"} ${what}: ${cases}; sent ${phases.join(", ")}`);
    if (!good) console.log(output);
    ok &&= good;
  };
  try {
    for (const file of ["schemathesis.toml", "hooks.py"])
      await copyFile(join(import.meta.dirname, file), join(folder, file));
    const server = await fleet.database();
    await fill(await fleet.client(server), 40);
    const task = await fleet.healthy(server, { RATE_LIMIT_PER_MINUTE: "0" });
    const url = `http://127.0.0.1:${task.port}`;
    const key = ["--header", `Authorization: Bearer ${KEY}`];
    const all = ["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful", "--seed", String(seed)];
    for (const [what, args, limit] of [
      ["with a write key", key, seconds],
      ["without a key", [], Math.ceil(seconds / 3)],
    ] as const) {
      const { code, output } = await schemathesis(folder, [
        `${url}/openapi.json`,
        ...all,
        ...args,
        ...(examples !== undefined ? ["--max-examples", String(examples)] : ["--max-time", String(limit)]),
      ]);
      await report(what, code === 0, output);
    }
    const document = (await task.send("/openapi.json")).json;
    for (const [what, path, change] of LIES) {
      const copy = structuredClone(document);
      change(copy);
      await writeFile(join(folder, "openapi.json"), JSON.stringify(copy));
      const { code, output } = await schemathesis(folder, [
        "openapi.json",
        "--url",
        url,
        "--phases",
        "examples,coverage",
        "--checks",
        "all",
        "--include-path",
        path,
        ...key,
      ]);
      await report(
        `${what} is found`,
        code !== 0 && /Undocumented|missing from the response/.test(output),
        output,
      );
    }
  } finally {
    await fleet.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return ok;
}

await run(
  command("npm run fuzz --", { 1: "something was found, or a document that lacks something was not" })
    .description(
      "Fuzzes the API along its own document with Schemathesis, with a write key and without; then shows on documents that lack " +
        "something that the checks find it. Needs Schemathesis in .venv (.ci/requirements.txt).",
    )
    .option("--seconds <n>", "how long, with a key; a third of it without", integer(1, 86_400), 90)
    .option("--examples <n>", "for each operation, in place of --seconds", integer(1, 100_000))
    .option("--seed <n>", "the same sends the same again, with --examples", integer(0, 2 ** 31 - 1), 707)
    .action(async ({ examples, seconds, seed }) => {
      if (!(await fuzz({ examples, seconds, seed }))) process.exitCode = 1;
    }),
);
