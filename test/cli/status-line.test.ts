import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { StatusLine } from "../../cli/status-line.ts";

/** What is written, without what moves the cursor but returns. */
function written(isTTY: boolean): string {
  const stream = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY, columns: 10 });
  const line = new StatusLine(stream as unknown as NodeJS.WriteStream);
  line.show("a line that is too long");
  line.print("done");
  line.clear();
  return stripVTControlCharacters(stream.read());
}

test("on a terminal a line moves, cut to the width, and those that stay take its place", () => {
  assert.equal(written(true), "\ra line th\rdone\n\r");
});

test("elsewhere there are only lines that stay", () => {
  assert.equal(written(false), "done\n");
});
