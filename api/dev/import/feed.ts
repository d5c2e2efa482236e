import sax from "sax";
import type { FormatOptions } from "./formats/format.ts";
import { GOOGLE_MEMBERS, googleColumns, googleItems, googleKey, REPEATED } from "./formats/google.ts";
import type { FileRow } from "./json.ts";
import type { Names } from "./naming.ts";

interface Item {
  line: number;
  /** Those of Google's own, `g:title`, and those of RSS or Atom, which many feeds have beside them. */
  members: { google: Map<string, string>; plain: Map<string, string> };
  /** Elements inside of a member, which has text beside them. */
  marked: Set<string>;
}

/** Items may have different elements: all that there are. */
export const FEED_NAMES: Names = new Map(Object.entries(GOOGLE_MEMBERS));

/** The namespace of Google's members; its prefix is `g` where a feed does not say so. */
const GOOGLE = "http://base.google.com/ns/1.0";
/** What Atom calls a description. */
const OF_ATOM: Record<string, string> = { summary: "description", content: "description" };

const isItemName = (name: string | undefined): boolean => name === "item" || name === "entry";

/** Google Merchant's product data as RSS or Atom: the items of the feed, each as it comes by. */
export async function* readFeed(
  text: AsyncGenerator<string>,
  options: FormatOptions,
): AsyncGenerator<FileRow> {
  const parser = sax.parser(true);
  const convert = googleItems(options);
  /** Members of items of which nothing was made. */
  const unused = new Set<string>();
  /** Those of RSS or Atom that say otherwise than Google's of the same name. */
  const outdone = new Set<string>();
  const prefixes = new Set(["g"]);
  let ready: FileRow[] = [];
  let items = 0;
  let brokenAt = -1;
  let item: Item | undefined;
  const path: string[] = [];
  const values: string[] = [];
  const add = (part: string) => {
    if (values.length > 0) values[values.length - 1] += part;
  };
  parser.ontext = add;
  parser.oncdata = add;
  parser.onopentag = ({ name, attributes }) => {
    for (const [attribute, value] of Object.entries(attributes))
      if (attribute.startsWith("xmlns:") && value === GOOGLE) prefixes.add(attribute.slice(6));
    path.push(name);
    values.push(name === "link" ? String(attributes.href ?? "") : "");
    if (!isItemName(name)) return;
    items++;
    item = {
      line: parser.line + 1,
      members: { google: new Map(), plain: new Map() },
      marked: new Set(),
    };
  };
  parser.onclosetag = (name) => {
    path.pop();
    const value = values.pop()!;
    if (item && isItemName(name)) {
      ready.push(takeItem(item));
      item = undefined;
    } else if (item && isItemName(path.at(-1))) {
      const [, prefix, local = name] = /^([^:]+):(.+)$/.exec(name) ?? [];
      if (prefix !== undefined && prefixes.has(prefix)) addMember(item.members.google, local, value.trim());
      else addMember(item.members.plain, (path.at(-1) === "entry" && OF_ATOM[name]) || name, value.trim());
    } else if (item) {
      // Deeper: markup inside of a text, or parts of a member such as shipping.
      item.marked.add(localName(path[path.findLastIndex(isItemName) + 1]!));
      add(value);
    }
  };
  parser.onerror = (error) => {
    const [reason] = error.message.split("\n");
    // Of a file that was cut off, the parser says at its end everything that is open.
    if (parser.position > brokenAt)
      ready.push({
        line: parser.line + 1,
        raw: {
          error: `column ${parser.column}: the XML is broken (${reason}): usually an & or < of a text, which is written &amp; or &lt;, or the file was cut off`,
        },
      });
    brokenAt = parser.position;
    parser.error = undefined as unknown as Error; // sax: it goes on behind the error only when this is cleared
    item = undefined;
    parser.resume();
  };
  const takeItem = ({ line, members: { google, plain }, marked }: Item): FileRow => {
    for (const [name, value] of plain) if ((google.get(name) ?? value) !== value) outdone.add(name);
    const members = new Map([...plain, ...google]);
    const columns = googleColumns([...members.keys()]);
    const cells = columns.of([...members.values()]);
    const row = convert(cells, line);
    for (const name of columns.unused) unused.add(name);
    const lost = [...marked].filter((name) => members.get(name) !== "" && !columns.unused.has(name));
    if (lost.length === 0) return row;
    const warning = `${lost.join(", ")} has elements inside, of which only the text was kept: put markup into CDATA`;
    return { ...row, warnings: [...(row.warnings ?? []), warning] };
  };
  for await (const piece of text) {
    parser.write(piece);
    yield* ready;
    ready = [];
  }
  parser.close();
  yield* ready;
  if (items === 0)
    yield {
      line: 1,
      raw: {
        error: "the XML has no <item> and no <entry>: export the products for Google Merchant, or as CSV",
      },
    };
  const warnings = [
    ...(unused.size > 0 ? [`elements that nothing was made of: ${[...unused].join(", ")}`] : []),
    ...(outdone.size > 0
      ? [`elements left out for those of Google's (g:) that say otherwise: ${[...outdone].join(", ")}`]
      : []),
  ];
  if (warnings.length > 0) yield { line: 1, raw: undefined, warnings };
}

const localName = (name: string): string => googleKey(name.replace(/^[^:]+:/, ""));

function addMember(members: Map<string, string>, name: string, value: string): void {
  const key = googleKey(name);
  const before = members.get(key);
  members.set(key, before === undefined ? value : `${before}${REPEATED}${value}`);
}
