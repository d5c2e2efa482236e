import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { systemErrorInWords } from "../../cli/system-error.ts";

describe("what the operating system refuses", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "system-error-"));
    writeFileSync(join(folder, "file"), "");
  });
  after(() => rmSync(folder, { recursive: true }));

  const refusals: [what: string, cause: () => unknown, says: RegExp][] = [
    [
      "a folder that is not there",
      () => writeFile(join(folder, "none/x"), ""),
      /none\/x' cannot be used: there is no/,
    ],
    [
      "a file in a file",
      () => writeFile(join(folder, "file/x"), ""),
      /a part of it is a file, and no folder/,
    ],
    ["a folder to read", () => readFileSync(folder), /^A folder was given where a file is wanted\.$/],
    ["a folder for a file", () => writeFile(folder, ""), /it is a folder, and a file is wanted/],
    ["a file for a folder", () => readdir(join(folder, "file")), /a part of it is a file, and no folder/],
    ["what is there already", () => mkdir(folder), /it is there already/],
    [
      "what is not there, at once",
      () => readFileSync(join(folder, "none")),
      /there is no such file or folder/,
    ],
    ["nothing to remove", () => rm(join(folder, "none")), /there is no such file or folder/],
  ];
  for (const [what, cause, says] of refusals)
    it(`is said in one sentence: ${what}`, async () => {
      const error = await Promise.resolve()
        .then(cause)
        .then(
          () => assert.fail("nothing was refused"),
          (thrown: unknown) => thrown,
        );
      const sentence = systemErrorInWords(error)!;
      assert.match(sentence, says);
      assert.match(sentence, /^[^\n]+\.$/);
    });

  it("is said of a port that is taken", async () => {
    const first = net.createServer().listen(0, "127.0.0.1");
    try {
      await new Promise((resolve) => first.once("listening", resolve));
      const { port } = first.address() as net.AddressInfo;
      const second = net.createServer().listen(port, "127.0.0.1");
      const error = await new Promise((resolve) => second.once("error", resolve));
      assert.equal(
        systemErrorInWords(error),
        `Port ${port} is taken: choose another, or end what listens on it.`,
      );
    } finally {
      first.close();
    }
  });

  it("is not made up for a defect", () => {
    for (const error of [new Error("x"), new TypeError("y"), undefined, null, "text", { code: "ENOENT" }])
      assert.equal(systemErrorInWords(error), undefined);
  });
});
