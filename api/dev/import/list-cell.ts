/** Several values in one cell: `a|b`. A bar or backslash that belongs to a value has a backslash before it. */
export function splitList(text: string): string[] {
  const items: string[] = [];
  let item = "";
  for (let at = 0; at < text.length; at++) {
    const next = text[at + 1];
    if (text[at] === "\\" && (next === "|" || next === "\\")) {
      item += next;
      at++;
    } else if (text[at] === "|") {
      items.push(item);
      item = "";
    } else item += text[at];
  }
  return [...items, item].map((value) => value.trim()).filter((value) => value !== "");
}

export const joinList = (items: readonly string[]): string =>
  items.map((item) => item.replace(/[\\|]/g, "\\$&")).join("|");
