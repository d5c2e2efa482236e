/** The fenced blocks of a Markdown file, and what the comment before each says of how the rehearsal runs it. */
import { type MarkedToken, marked, type Token } from "marked";

/** How a block is run; written in the file as `<!-- run: … -->`, before the block. */
export type Mark =
  | { readonly kind: "skip"; readonly reason: string }
  /** Typed on the terminal when the block asks. */
  | { readonly kind: "answers"; readonly text: string }
  /** Serves until the run ends; the `export` lines that it prints are evaluated, as the guide says. */
  | { readonly kind: "serves" }
  /** The exit code that it ends with, where that is not 0. */
  | { readonly kind: "exits"; readonly code: number }
  /** Shell lines that bring about what the guide speaks of, and that no reader types. */
  | { readonly kind: "before"; readonly script: string }
  /** Of a block of text: what the commands before it print; `…` stands for anything. */
  | { readonly kind: "prints" };

export interface Block {
  /** Base name of the file, without its ending. */
  readonly guide: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  /** The headings that it stands under, outermost first. */
  readonly headings: readonly string[];
  /** What the guide says under the last of them, before and after the block. */
  readonly section: { readonly prose: string };
  /** The fence's word; empty when it has none. */
  readonly language: string;
  readonly code: string;
  readonly marks: readonly Mark[];
}

/** @throws Error for a mark that cannot be, with its line */
export function blocksOf(guide: string, text: string): Block[] {
  const blocks: Block[] = [];
  let headings: string[] = [];
  let section = { prose: "" };
  let pending: Mark[] = [];
  let line = 1;
  const visit = (tokens: readonly Token[], at: number): void => {
    let here = at;
    for (const token of tokens as readonly MarkedToken[]) {
      if (token.type === "heading") {
        headings = [...headings.slice(0, token.depth - 1), token.text];
        section = { prose: "" };
      }
      if (token.type === "html") pending.push(...marksIn(token.text, `${guide}, line ${here}`));
      else if (token.type === "code" && token.codeBlockStyle !== "indented") {
        const { lang = "", text: code } = token;
        const opening = here + leadingLines(token.raw);
        blocks.push({ guide, line: opening, headings, section, language: lang, code, marks: pending });
        pending = [];
      } else if (token.type === "list")
        for (const item of token.items) visit(item.tokens, here + linesBefore(token.raw, item.raw));
      else if (token.type === "blockquote") visit(token.tokens, here);
      else if (token.type !== "space" && pending.length > 0)
        throw new Error(`${guide}, line ${here}: a mark stands before something else than a block.`);
      else section.prose += `${token.raw}\n\n`;
      here += newlines(token.raw);
    }
  };
  visit(marked.lexer(text), line);
  line = newlines(text);
  if (pending.length > 0) throw new Error(`${guide}, line ${line}: a mark stands before no block.`);
  return blocks;
}

const newlines = (text: string): number => text.split("\n").length - 1;
const leadingLines = (raw: string): number => newlines(/^\s*/.exec(raw)![0]);
const linesBefore = (raw: string, part: string): number => {
  const at = raw.indexOf(part.split("\n")[0]!);
  return at < 0 ? 0 : newlines(raw.slice(0, at));
};

function marksIn(html: string, where: string): Mark[] {
  return [...html.matchAll(/<!--\s*run:([\s\S]*?)-->/g)].map(([, body = ""]) => markOf(body.trim(), where));
}

function markOf(body: string, where: string): Mark {
  const [, kind = "", rest = ""] = /^(\w+)\b[,:]?\s*([\s\S]*)$/.exec(body) ?? [];
  if (kind === "skip" && rest) return { kind, reason: rest.replaceAll(/\s+/g, " ") };
  if (kind === "answers" && rest) return { kind, text: rest };
  if (kind === "exits" && /^\d+$/.test(rest)) return { kind, code: Number(rest) };
  if (kind === "before" && rest) return { kind, script: rest };
  if ((kind === "serves" || kind === "prints") && !rest) return { kind };
  throw new Error(
    `${where}: '<!-- run: ${body.split("\n")[0]} -->' is no mark: write skip REASON, answers TEXT, exits CODE, before COMMANDS, serves or prints.`,
  );
}

export const markOfKind = <Kind extends Mark["kind"]>(
  { marks }: Block,
  kind: Kind,
): Extract<Mark, { kind: Kind }> | undefined =>
  marks.find((mark): mark is Extract<Mark, { kind: Kind }> => mark.kind === kind);

/** Languages of blocks that are no commands: what a program reads or prints. */
const DATA = new Set(["json", "mermaid", "text", "ts", "python", "go"]);

/** A line that one would type, whatever its block calls itself. */
const COMMAND =
  /^\s*(?:\$ |(?:sudo |export )?(?:aws|export|bin\/catalog|npm|npx|terraform|tofu|docker|curl|git|psql|pg_dump|pg_restore|python3?|pip|cd|rm|buildah) \S)/m;

/** Why nobody knows whether a block works; undefined for one that is run, is skipped with a reason, or is no commands. */
export function escapes(block: Block): string | undefined {
  const { language, code } = block;
  if (language === "sh" || markOfKind(block, "skip") || markOfKind(block, "prints")) return undefined;
  if (language === "") return "has no language: write ```sh for commands, ```text for what they print";
  if (!DATA.has(language)) return `is of '${language}', which the rehearsal does not run: write \`\`\`sh`;
  if (language === "text" && COMMAND.test(code)) return "is called text and holds commands: write ```sh";
  return undefined;
}
