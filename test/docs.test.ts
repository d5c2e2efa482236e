import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, describe, it, it as test } from "node:test";
import { PROBLEMS } from "../api/src/http/problem.ts";
import { SETTINGS } from "../lib/settings.ts";
import { RULES } from "../ops/audit/audit.ts";
import { drills as DRILLS } from "../preview/drills/scenarios/index.ts";
import { type DocumentedStack, documentedStack, GUIDES, guide, ROOT } from "./support/guides.ts";
import { codesIn, Markdown } from "./support/markdown.ts";

const rules = new Set(
  Object.values(RULES)
    .flat()
    .map(({ id }) => id),
);
const drills = new Set(DRILLS.map(({ name }) => name));
const scripts = Object.keys(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts);

/** Read by other programs than ours, or set in the guides' own shell lines. */
const FOREIGN_VARIABLES =
  /^(?:CI|AWS_PROFILE|AWS_REGION|CATALOG_SETTINGS|CDKTF_OUTDIR|CDK_VALIDATION|SUFFIX|NEW_KEY|OLD_KEY|KEY|KEYS_SECRET|DATABASE_SECRET|SNAPSHOT|CERTIFICATE|REPOSITORY|TAG|URL|ALB|STACK|LOCK|ID|VERSION|TASK|API_URL|API_KEY|AWS_ROLE|AWS_PREVIEW_ROLE)$/;

let stack: DocumentedStack["stack"];
let stackText: string;
before(async () => {
  ({ stack, text: stackText } = await documentedStack());
});

for (const markdown of GUIDES) {
  describe(markdown.path.slice(ROOT.length + 1), () => {
    it("links to what is there", () => {
      for (const link of markdown.links.filter((each) => !/^https?:/.test(each))) {
        const [path, anchor] = link.split("#");
        const file = path ? join(dirname(markdown.path), path) : markdown.path;
        assert.ok(existsSync(file), `${link}: no such file`);
        if (anchor) assert.ok(new Markdown(file).anchors.includes(anchor), `${link}: no such heading`);
      }
    });

    it("names only files and folders that are there", () => {
      const paths = markdown.codes.filter((code) =>
        /^(?:\.ci|api|bench|bin|cli|docs|lib|ops|local|preview|test)\/[\w./-]*$/.test(code),
      );
      for (const path of paths) assert.ok(existsSync(join(ROOT, path)), `${path} is not there`);
    });

    it("names only scripts that there are", () => {
      for (const [, name] of markdown.text.matchAll(/npm run ([\w:-]+)/g)) {
        assert.ok(scripts.includes(name!), `npm run ${name}`);
      }
    });

    it("names only variables that are read", () => {
      const settings = new Set(Object.values(SETTINGS).map(({ variable }) => variable));
      const ofTheApi = readFileSync(join(ROOT, "api/src/config.ts"), "utf8");
      const named = [
        ...markdown.codes.map((code) => /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=.*)?$/.exec(code)?.[1]),
        ...[...markdown.text.matchAll(/\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)=/g)].map(([, name]) => name),
      ].filter((name) => name !== undefined);
      const unknown = named.filter(
        (name) =>
          !settings.has(name) &&
          !ofTheApi.includes(`"${name}"`) &&
          !ofTheApi.includes(`env.${name}`) &&
          !FOREIGN_VARIABLES.test(name) &&
          !stackText.includes(name), // an action, say, or a metric
      );
      assert.deepEqual(unknown, []);
    });

    it("names resources as the stack does", () => {
      for (const code of markdown.codes.filter((each) => /<suffix>/.test(each))) {
        const local = code.startsWith("terraform.TapStack."); // the local state
        const state = code.includes("catalog-api/<suffix>/"); // the key in the state's bucket, when one is set
        const workspace = code === ".catalog/<suffix>"; // what the commands keep of an environment
        assert.ok(
          local || state || workspace || code.includes("resource-type-") || stackText.includes(code),
          code,
        );
      }
      for (const code of markdown.codes.filter((each) => /^aws_\w+$/.test(each))) {
        assert.ok(stackText.includes(`"${code}"`), `${code} is not in the stack`);
      }
    });

    it("names only audit rules, problems and outputs that there are", () => {
      const known = (code: string) =>
        rules.has(code) || Object.hasOwn(PROBLEMS, code) || Object.hasOwn(stack.output, code);
      const words =
        /^(?:pr-\d+|prod-plan|s-maxage|no-store|stale-if-error|x-origin-verify|terraform-aws-modules|db-password)$/;
      const unknown = markdown.codes.filter(
        (code) =>
          /^[a-z0-9]+(?:-[a-z0-9]+)+$/.test(code) &&
          !/^[0-9a-f]{8}-/.test(code) && // ids of cache policies, compared below
          !words.test(code) &&
          !drills.has(code) &&
          !known(code) &&
          !stackText.includes(`"${code}`),
      );
      assert.deepEqual(
        unknown.filter((code) => !/^(?:sc|cs|c|x-edge)-/.test(code)), // fields of CloudFront's log
        [],
      );
      for (const cell of [...markdown.columns("audit rule"), ...markdown.columns("prevented by")]) {
        for (const code of codesIn(cell)) {
          assert.ok(rules.has(code) || code.includes("/") || code.includes("<suffix>"), `no rule '${code}'`);
        }
      }
    });

    it("quotes only tests that there are", () => {
      for (const [, path, title] of markdown.prose.matchAll(/`(test\/[\w./-]+)`, "([^"]+)"/g)) {
        assert.ok(readFileSync(join(ROOT, path!), "utf8").includes(`"${title}"`), `${path}: ${title}`);
      }
    });
  });
}

describe("the sequence diagrams of the guides", () => {
  it("hold no semicolon, at which Mermaid ends a line", () => {
    const diagrams = GUIDES.flatMap(({ text }) => [
      ...text.matchAll(/```mermaid\nsequenceDiagram[\s\S]*?```/g),
    ]);
    assert.ok(diagrams.length >= 4, `${diagrams.length} diagrams`);
    assert.deepEqual(
      diagrams.flatMap(([diagram]) => diagram.split("\n").filter((line) => line.includes(";"))),
      [],
    );
  });
});

describe("the playbooks", () => {
  const text = guide("MONITORING_GUIDE").text;
  const [, section = ""] = text.split("\n## Playbooks\n");
  const playbooks = section.split("\n## ")[0]!.split(/^### /m).slice(1);

  it("are there for each alarm, and say what rings, what customers notice, where to look, whom to call and what practises it", () => {
    const linked = new Set([...text.matchAll(/\]\(#([a-z0-9-]+)\) \|/g)].map(([, anchor]) => anchor!));
    assert.ok(linked.size >= 15, `${linked.size} playbooks`);
    for (const anchor of linked) {
      const found = playbooks.find(
        (each) => each.split("\n")[0]!.toLowerCase().replaceAll(" ", "-") === anchor,
      );
      assert.ok(found, anchor);
      for (const part of [
        /^\*\*Rings\*\*: `alarm-.*\*\*Drills\*\*: \S/m,
        /^\*\*Customers\*\*: /m,
        /^```sh\n(?:aws|bin\/catalog|for) /m,
        /^\*\*Escalate\*\* /m,
      ])
        assert.match(found, part, anchor);
    }
  });
});

test("verbs are called as bin/catalog everywhere: the npm scripts of their names are aliases", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const aliases = Object.keys(scripts).filter((name) => /^node bin\/catalog\.js /.test(scripts[name]!));
  assert.ok(aliases.length > 10);
  const everywhere = ["*.md", "{api,docs,lib}/**/*.md", "{api,bin,bench,lib,local,ops,preview}/**/*.ts"];
  const pages = globSync(everywhere, { cwd: ROOT, exclude: (path) => path.endsWith("node_modules") }).filter(
    (page) => page !== "CHANGELOG.md", // it says what was
  );
  const taught = new RegExp(`npm run (?:${aliases.join("|")})(?![\\w:-])`, "g");
  const found = pages.flatMap((page) =>
    (readFileSync(join(ROOT, page), "utf8").match(taught) ?? []).map((call) => `${page}: ${call}`),
  );
  assert.deepEqual(found, []);
});

describe("the shell lines of the guides", () => {
  const shell = ({ text }: Markdown) =>
    [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, block]) => block!).join("\n");
  const lines = GUIDES.map((each) => [each.path.slice(ROOT.length + 1), shell(each)] as const);
  /** Settings are not among them: they stand in the settings file, or before one command. */
  const assigned = (text: string) => {
    const settings = new Set<string>(Object.values(SETTINGS).map(({ variable }) => variable));
    return [...text.matchAll(/\b([A-Z][A-Z0-9_]*)=/g)]
      .map(([, name]) => name!)
      .filter((name) => !settings.has(name));
  };

  it("use only variables that a line of theirs, or of the deployment guide, sets", () => {
    for (const [path, text] of lines) {
      const set = assigned(text + shell(guide("DEPLOYMENT_GUIDE")));
      const used = [...text.matchAll(/\$\{?([A-Z][A-Z0-9_]*)/g)].map(([, name]) => name!);
      assert.deepEqual(
        used.filter((name) => !set.includes(name)),
        [],
        path,
      );
    }
  });

  it("read outputs that there are, where `bin/catalog deploy` keeps the state", () => {
    for (const [path, text] of lines) {
      for (const [call, folder, name] of text.matchAll(/terraform( \S+)? output -\w+ ([\w-]+)/g)) {
        assert.equal(folder, " -chdir=.catalog/$SUFFIX", `${path}: ${call}`);
        assert.ok(Object.hasOwn(stack.output, name!), `${path}: ${call}`);
      }
    }
  });
});

describe("what was measured", () => {
  it("stands in one place: no row of figures is in two pages", () => {
    const pages = ["README.md", "CONTRIBUTING.md", "api/README.md", ...globSync("docs/*.md", { cwd: ROOT })];
    const seen = new Map<string, string>();
    const copies: string[] = [];
    for (const page of pages)
      for (const row of readFileSync(join(ROOT, page), "utf8").match(/^\|.*\d.*\|$/gm) ?? []) {
        const first = seen.get(row);
        if (first && first !== page) copies.push(`${page} repeats ${first}: ${row}`);
        seen.set(row, first ?? page);
      }
    assert.ok(seen.size > 100, `${seen.size} rows`);
    assert.deepEqual(copies, []);
  });
});
