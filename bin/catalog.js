#!/usr/bin/env node
// JavaScript: for TypeScript that comes before the compile cache, Node would load its compiler (40 ms). It is also what an
// older Node can read, so that it says what is wrong.
import module from "node:module";

/** The first that runs TypeScript as it stands. */
const LEAST_NODE = 24;

if (Number.parseInt(process.versions.node, 10) < LEAST_NODE) {
  process.stderr.write(
    `Node ${process.versions.node} is too old: call bin/catalog, which takes the Node that npm ci has brought.\n`,
  );
  process.exit(1);
}
module.enableCompileCache();
await import("./catalog.ts");
