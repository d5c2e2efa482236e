import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, resolve } from "node:path";
import { describe, it } from "node:test";

const ROOT = resolve(import.meta.dirname, "..");
const HOUSE = "{bin,cli,lib,ops,local,preview,bench,test,api}/**/*.{ts,js,cjs}";
const BINDINGS = "@cdktn/provider-aws";

interface Source {
  /** Relative to the project, with slashes. */
  readonly file: string;
  readonly text: string;
}

const sources = (): Source[] =>
  globSync(HOUSE, {
    cwd: ROOT,
    exclude: (path) => /(^|[\\/])(node_modules|peers|generated)([\\/]|$)/.test(String(path)),
  }).map((file) => ({
    file: file.replaceAll("\\", "/"),
    text: readFileSync(join(ROOT, file), "utf8"),
  }));

/** What a file imports or requires, statically or not: packages as they are written, files relative to the project. */
function imports({ file, text }: Source): string[] {
  const specifiers = [...text.matchAll(/\b(?:from|import|require)\s*\(?\s*["']([^"'\n]+)["']/g)].map(
    (match) => match[1]!,
  );
  return specifiers.map((specifier) =>
    specifier.startsWith(".") ? normalize(join(dirname(file), specifier)).replaceAll("\\", "/") : specifier,
  );
}

const inside = (folder: string, path: string) => path === folder || path.startsWith(`${folder}/`);
const isFile = (path: string) => /^(bin|cli|lib|ops|local|preview|bench|test|api|\.\.)\//.test(path);

/** Lower floors know nothing of higher ones. */
const FLOORS = ["lib/aws", "lib/settings", "lib/settings.ts", "lib/catalog", "lib/tap-stack.ts", "bin"];
const floor = (path: string) => FLOORS.findIndex((each) => inside(each, path));

/** Folders that know nothing of some others, for they depend on what those write and not on how. */
const STRANGERS: Readonly<Record<string, readonly string[]>> = {
  ops: ["bin", "lib", "api", "preview", "bench", "test"],
  preview: ["bin", "lib", "api", "ops", "bench", "test"],
  bench: ["bin", "lib", "ops", "preview", "test"],
  local: ["bin", "lib", "api", "ops", "preview", "bench", "test"],
  cli: ["bin", "lib", "api", "ops", "preview", "local", "bench", "test"],
  "api/dev": ["bin", "lib", "ops", "preview", "bench", "test"],
  lib: ["bin", "cli", "ops", "api", "preview", "local", "bench", "test"],
  bin: ["bench", "test"],
};

const RULES: Readonly<Record<string, (source: Source) => string[]>> = {
  "provider bindings are required in lib/aws/bindings.ts only, one by one": ({ file, text }) => {
    // Types cost nothing.
    const values = text.replaceAll(/^import type [^;]+;$/gm, (type) => (inside("lib/aws", file) ? "" : type));
    return imports({ file, text: values })
      .filter((each) => inside(BINDINGS, each))
      .filter(
        (each) =>
          file !== "lib/aws/bindings.ts" || !/^@cdktn\/provider-aws\/lib\/[a-z0-9-]+\/index\.js$/.test(each),
      );
  },

  "only L2 constructs outside of lib/aws: of cdktn, an app and outputs": ({ file, text }) =>
    inside("lib/aws", file) || inside("test", file)
      ? []
      : [...text.matchAll(/import\s+(?:type\s+)?([^;]+?)\s+from\s+["']cdktn["']/g)]
          .flatMap((match) => match[1]!.replaceAll(/[{}]|\btype\b/g, "").split(","))
          .map((name) => name.trim())
          .filter((name) => name !== "" && !["App", "TerraformOutput"].includes(name)),

  "arrows go bin → lib/tap-stack → lib/catalog → lib/aws": ({ file, text }) =>
    floor(file) < 0 ? [] : imports({ file, text }).filter((each) => floor(each) > floor(file)),

  "what the user got wrong is a UserError: one line, not a stack trace": ({ file, text }) =>
    inside("lib", file)
      ? [...text.matchAll(/throw new (?!UserError|ValidationError)\w+/g)].map(([each]) => each)
      : [],

  "the L2 layer is used through its modules' index": ({ file, text }) =>
    imports({ file, text }).filter(
      (each) =>
        inside("lib/aws", each) &&
        !inside("test", file) &&
        !inside(dirname(each), file) &&
        !each.endsWith("/index.ts"),
    ),

  "names are computed from a construct's id in core/names.ts only": ({ file, text }) =>
    inside("lib", file) && file !== "lib/aws/core/names.ts"
      ? [
          ...text.matchAll(
            /(?:\b(?:id|Id)|(?:kindOf|kebabCase|purposeOf)\([^)]*\))\s*\.(?:replace|slice|split|to\w*Case)\w*\(/g,
          ),
        ].map(([each]) => each)
      : [],

  "an option of many commands is declared once": ({ file, text }) =>
    inside("test", file) || inside("api/test", file) || file === "cli/output.ts"
      ? []
      : [...text.matchAll(/(?:option|Option)\(\s*"--json\b/g)].map(([each]) => each),

  "parts that meet in the synthesised JSON do not import each other": ({ file, text }) =>
    Object.entries(STRANGERS)
      .filter(([folder]) => inside(folder, file))
      .flatMap(([, strangers]) =>
        imports({ file, text }).filter((each) => strangers.some((stranger) => inside(stranger, each))),
      ),

  "the API's container imports nothing outside of itself": ({ file, text }) =>
    inside("api/src", file)
      ? imports({ file, text }).filter((each) => isFile(each) && !inside("api/src", each))
      : [],

  "a constant of a module is written in upper case": ({ file, text }) =>
    inside("test", file) || inside("api/test", file) || inside("preview/page", file)
      ? []
      : [
          ...text.matchAll(
            /^(?:export )?const ([a-z]\w*) = (?:-?[0-9][0-9_.]*(?: \* [0-9_.]+)*|"[^"\n]*");$/gm,
          ),
        ].map(([, name]) => name!),

  "an index is a table of contents: imports, exports, lists": ({ file, text }) =>
    file.endsWith("/index.ts")
      ? [...text.matchAll(/\b(?:class|function|interface) \w+|=>/g)].map(([each]) => each)
      : [],

  "a test of the L2 layer is named after the folder that it tests": ({ file }) => {
    const [, name] = /^test\/lib\/aws\/([^/]+)\.test\.ts$/.exec(file) ?? [];
    return name === undefined || name === "readme" || existsSync(join(ROOT, "lib/aws", name)) ? [] : [name];
  },

  "a folder of the L2 layer has a test of its name": ({ file }) => {
    const [, name] = /^lib\/aws\/([^/]+)\/index\.ts$/.exec(file) ?? [];
    return name === undefined || existsSync(join(ROOT, `test/lib/aws/${name}.test.ts`)) ? [] : [name];
  },

  "a file is one concern: 300 lines at most, a test 350": ({ file, text }) => {
    const lines = text.split("\n").length - 1;
    return lines > (file.endsWith(".test.ts") ? 350 : 300) ? [`${lines} lines`] : [];
  },
};

describe("the house", () => {
  const all = sources();

  it("is read whole", () => {
    for (const file of ["bin/tap.ts", "lib/aws/ec2/vpc.ts", "api/src/server.ts", "test/house.test.ts"]) {
      assert.ok(
        all.some((each) => each.file === file),
        file,
      );
    }
  });

  for (const [rule, violations] of Object.entries(RULES)) {
    it(rule, () => {
      assert.deepEqual(
        all.flatMap((source) => violations(source).map((each) => `${source.file}: ${each}`)),
        [],
      );
    });
  }

  const INTRUDERS: readonly [rule: RegExp, file: string, text: string][] = [
    [/bindings/, "lib/catalog/x.ts", `import { Lb } from "${BINDINGS}/lib/lb/index.js";`],
    [/bindings/, "test/lib/x.test.ts", `await import("${BINDINGS}/lib/lb/index.js");`],
    [/bindings/, "lib/catalog/x.ts", `import type { Lb } from "${BINDINGS}/lib/lb/index.js";`],
    [/bindings/, "lib/aws/x/bindings.cjs", `require("${BINDINGS}/lib/lb/index.js");`],
    [/bindings/, "lib/aws/x/y.ts", `import { lb } from "${BINDINGS}";`],
    [/bindings/, "lib/aws/x/y.ts", `import { Lb } from "${BINDINGS}/lib/lb";`],
    [/bindings/, "lib/aws/x/y.ts", `import { Lb } from "${BINDINGS}/lib/lb/index.js";`],
    [/bindings/, "lib/aws/bindings.ts", `export const { Lb } = require("${BINDINGS}");`],
    [/bindings/, "lib/aws/bindings.ts", `export const { Lb } = require("${BINDINGS}/lib/lb");`],
    [/only L2/, "lib/catalog/x.ts", 'import { Fn, TerraformResource } from "cdktn";'],
    [/arrows/, "lib/aws/x/y.ts", 'import { Network } from "../../catalog/network.ts";'],
    [/arrows/, "lib/catalog/x.ts", 'import { TapStack } from "../tap-stack.ts";'],
    [/arrows/, "lib/settings.ts", 'import type { Edge } from "./catalog/edge.ts";'],
    [/a UserError/, "lib/aws/ec2/x.ts", "throw new RangeError();"],
    [/through its modules/, "lib/catalog/x.ts", 'import { Vpc } from "../aws/ec2/vpc.ts";'],
    [/core\/names/, "lib/aws/ecs/x.ts", 'const purpose = kindOf(id).replace(/-service$/, "");'],
    [/core\/names/, "lib/catalog/x.ts", 'scope.node.id.replace(/Service$/, "");'],
    [/declared once/, "bin/verbs/x.ts", 'command("x").option("--json", "print it");'],
    [/do not import/, "ops/x.ts", 'import { SETTINGS } from "../lib/settings.ts";'],
    [/do not import/, "bench/x.ts", 'import { audit } from "../ops/audit/audit.ts";'],
    [/do not import/, "cli/x.ts", 'import { PostgresServer } from "../local/postgres/server.ts";'],
    [/do not import/, "preview/a/x.ts", 'import { app } from "../../api/src/app.ts";'],
    [/nothing outside/, "api/src/x.ts", 'import { startServer } from "../../local/postgres/server.ts";'],
    [/nothing outside/, "api/src/a/x.ts", 'export * from "../../dev/seed.ts";'],
    [/upper case/, "ops/x.ts", "const tickMs = 1_000 * 60;"],
    [/upper case/, "lib/x.ts", 'export const name = "x";'],
    [/table of contents/, "preview/x/index.ts", "export class Edge {}"],
    [/table of contents/, "ops/x/index.ts", "export async function deploy() {}"],
    [/table of contents/, "ops/x/index.ts", "export const all = () => [];"],
    [/named after the folder/, "test/lib/aws/serving.test.ts", ""],
    [/has a test of its name/, "lib/aws/x/index.ts", ""],
    [/one concern/, "ops/x.ts", "x();\n".repeat(301)],
    [/one concern/, "test/x.test.ts", "x();\n".repeat(351)],
  ];
  for (const [rule, file, text] of INTRUDERS) {
    it(`lets no ${relative(".", file)} with ${JSON.stringify(text.slice(0, 60))} in`, () => {
      const [, violations] = Object.entries(RULES).find(([name]) => rule.test(name))!;
      assert.notDeepEqual(violations({ file, text }), []);
    });
  }
});
