/** The words that product names, attributes and descriptions of one department are made of. All brands are invented. */
export interface Vocabulary {
  brands: string[];
  /** Stand between brand and kind: "Halvard *Pulse* 45 …". */
  series: string[];
  /** Stand before the kind: "… *Wireless* Headphones". */
  qualities: string[];
  /** Name → values; a product has two or three of them. */
  attributes: Record<string, string[]>;
  /** In which of these its variants differ; a product differs in one of them, or in none. */
  options: Record<string, string[]>;
  /** Lowest and highest price in euros; each category has a level of its own in between. */
  euros: [number, number];
  sentences: string[];
}

export const COLOURS = [
  "Black",
  "White",
  "Silver",
  "Graphite",
  "Midnight Blue",
  "Sand",
  "Forest Green",
  "Coral",
];
export const STORAGE = ["64 GB", "128 GB", "256 GB", "512 GB", "1 TB"];
export const ENERGY = ["A", "B", "C", "D", "E"];
