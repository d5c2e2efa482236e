import sax from "sax";
import type { FormatOptions } from "./formats/format.ts";
import { googleItems, googleKey } from "./formats/google.ts";
import type { FileRow } from "./json.ts";

interface Item {
  line: number;
  members: Map<string, string>;
}

/** Google Merchant's product data as RSS or Atom: the items of the feed, each as it comes by. */
export async function* readFeed(
  text: AsyncGenerator<string>,
  options: FormatOptions,
): AsyncGenerator<FileRow> {
  const parser = sax.parser(true, { trim: true });
  const convert = googleItems(options);
  let ready: FileRow[] = [];
  let item: Item | undefined;
  const path: string[] = [];
  let value = "";
  const add = (part: string) => {
    value += part;
  };
  parser.ontext = add;
  parser.oncdata = add;
  parser.onopentag = ({ name }) => {
    path.push(name);
    value = "";
    if (/^(item|entry)$/.test(name)) item = { line: parser.line + 1, members: new Map() };
  };
  parser.onclosetag = (name) => {
    path.pop();
    const isItem = /^(item|entry)$/.test(name);
    // Members of the item itself: what is nested deeper, such as shipping, is not a product's.
    if (item && !isItem && /^(item|entry)$/.test(path.at(-1) ?? "")) {
      const key = googleKey(name);
      const before = item.members.get(key);
      item.members.set(key, before === undefined ? value.trim() : `${before},${value.trim()}`);
    }
    value = "";
    if (!item || !isItem) return;
    const { members, line } = item;
    item = undefined;
    ready.push(...convert((asked) => members.get(googleKey(asked)) ?? "", line));
  };
  parser.onerror = (error) => {
    const [reason] = error.message.split("\n");
    ready.push({ line: parser.line + 1, raw: { error: `the XML is broken: ${reason}` } });
    parser.error = undefined as unknown as Error; // sax: it goes on behind the error only when this is cleared
    item = undefined;
    parser.resume();
  };
  for await (const piece of text) {
    parser.write(piece);
    yield* ready;
    ready = [];
  }
  parser.close();
  yield* ready;
}
