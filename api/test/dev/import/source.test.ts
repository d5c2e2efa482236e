import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { UserError } from "../../../../cli/user-error.ts";
import { Utf8Check } from "../../../dev/import/encoding.ts";
import { openSource } from "../../../dev/import/source.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "catalog-source-"));
});
after(() => rm(folder, { recursive: true }));

let files = 0;
async function save(content: Uint8Array | string): Promise<string> {
  const file = join(folder, `f${files++}`);
  await writeFile(file, content);
  return file;
}

const contents = async (file: string, encoding?: string): Promise<string> =>
  (await Array.fromAsync((await openSource(file, encoding)).text())).join("");

const refusal = async (content: Uint8Array | string, encoding?: string): Promise<string> => {
  const file = await save(content);
  try {
    await openSource(file, encoding);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.message;
  }
  throw new Error("it was accepted");
};

const lines = fc.string({
  unit: fc.constantFrom("a", ",", "é", "€", "😀", "\n", "ß", "中"),
  minLength: 1,
  maxLength: 60,
});

test("a byte that is no UTF-8 is found at its line and column, however the file arrives in pieces", () => {
  fc.assert(
    fc.property(
      lines,
      lines,
      fc.constantFrom([0xe8], [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf0, 0x9f], [0x80]),
      fc.array(fc.nat(), { maxLength: 4 }),
      (before, after, bad, cuts) => {
        const tail = `x${after}`; // not the rest of a character
        const bytes = Buffer.concat([Buffer.from(before), Buffer.from(bad), Buffer.from(tail)]);
        const check = new Utf8Check();
        const places = [...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
        let from = 0;
        let found: ReturnType<Utf8Check["end"]>;
        for (const place of places) {
          found ??= check.add(bytes.subarray(from, place));
          from = place;
        }
        found ??= check.end();
        const rows = before.split("\n");
        assert.equal(found?.line, rows.length);
        assert.equal(found.column, [...rows.at(-1)!].length + 1);
        assert.equal(found.byte, bad[0]);
        const whole = new Utf8Check();
        const good = Buffer.from(before + after);
        assert.equal(whole.add(good.subarray(0, 7)) ?? whole.add(good.subarray(7)) ?? whole.end(), undefined);
      },
    ),
    { numRuns: 500 },
  );
});

test("UTF-8, UTF-16 with a byte order mark, gzip and a named encoding give the same text", async () => {
  const text = "sku,name\nA-1,Größe L 5 €\n";
  const utf16le = Buffer.from(`\ufeff${text}`, "utf16le");
  const windows = Buffer.from(text, "latin1").map((byte, index) => (text[index] === "€" ? 0x80 : byte));
  for (const [content, encoding] of [
    [Buffer.from(text), undefined],
    [Buffer.from(`\ufeff${text}`), undefined],
    [utf16le, undefined],
    [Buffer.from(utf16le).swap16(), undefined],
    [utf16le.subarray(2), "utf-16le"],
    [windows, "windows-1252"],
    [windows, "latin1"],
    [gzipSync(text), undefined],
    [gzipSync(windows), "windows-1252"],
    // A byte order mark goes before what was asked for.
    [utf16le, "windows-1252"],
  ] as const)
    assert.equal(await contents(await save(content), encoding), text, String(encoding));
});

test("what is no text of its encoding is refused with line, column and the likely encoding, before anything else", async () => {
  const windows = Buffer.from("sku,name\nA-1,Cr\xe8me br\xfbl\xe9e 5 \x80\n", "latin1");
  const message = await refusal(windows);
  assert.match(message, /line 2, column 7: byte E8 is no UTF-8/);
  assert.match(message, /Read as windows-1252, the line is: A-1,Crème brûlée 5 €\n/);
  assert.match(message, /add --encoding windows-1252/);
  assert.match(
    await refusal(Buffer.concat([Buffer.alloc(300_000, "a\n"), windows])),
    /line 150002, column 7/,
  );
  assert.match(await refusal(gzipSync(windows)), /line 2, column 7/);
  assert.match(await refusal(Buffer.from("sku\nGröße", "utf16le")), /add --encoding utf-16le/);
  assert.match(
    await refusal(Buffer.from("sku\nGr\xff\xffe\n", "latin1"), "shift_jis"),
    /line 2.*no shift_jis/,
  );
  assert.match(await refusal("sku\n", "klingon"), /there is no such encoding.*windows-1252/);
});

test("what cannot be a catalogue is refused with what to do instead", async () => {
  assert.match(await refusal(""), /is empty: there is nothing to import/);
  assert.match(await refusal("\ufeff \n\n"), /is empty/);
  assert.match(await refusal(gzipSync("")), /is empty/);
  assert.match(await refusal("PK\x03\x04rest"), /is a spreadsheet or zip archive: save it as CSV/);
  assert.match(await refusal("%PDF-1.7"), /is a PDF/);
  assert.match(
    await refusal(gzipSync("sku\n".repeat(10_000)).subarray(0, 30)),
    /is damaged: it cannot be unzipped/,
  );
  await assert.rejects(openSource(join(folder, "missing"), undefined), /there is no such file/);
  await assert.rejects(openSource(folder, undefined), /is a folder/);
});
