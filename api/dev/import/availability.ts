/** As feeds and shops write it → as it is here. What is here is not asked for: any case, blanks and hyphens for underscores. */
const WORDS: Record<string, string> = {
  in_stock: "in_stock",
  instock: "in_stock",
  available: "in_stock",
  out_of_stock: "out_of_stock",
  outofstock: "out_of_stock",
  sold_out: "out_of_stock",
  preorder: "preorder",
  pre_order: "preorder",
  discontinued: "discontinued",
};

/** Words that say how a feed means something that is not here, and what comes nearest. */
const NEAREST: Record<string, string> = {
  backorder: "preorder",
  on_backorder: "preorder",
  onbackorder: "preorder",
};

/** @returns the word as it is here; what is not understood is left, for the API's check to name it. */
export function readAvailability(text: string): { value: string; warning?: string } {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\/schema\.org\//, "")
    .replace(/[\s-]+/g, "_");
  const known = WORDS[word];
  if (known !== undefined) return { value: known };
  const nearest = NEAREST[word];
  if (nearest === undefined) return { value: text };
  return { value: nearest, warning: `availability ${text} is taken as ${nearest}` };
}

/** Whether it was understood. */
export const isAvailability = (word: string): boolean => Object.values(WORDS).includes(word);
