/** The synthesised Terraform JSON: what stands in it, under which address, and what refers to what. */
export { Block, blocksOf, Configuration } from "./configuration.ts";
export {
  embeddedJson,
  type Json,
  type JsonObject,
  type Leaf,
  leaves,
  readJson,
  UnreadableDocument,
  valuesAt,
} from "./json.ts";
export { references } from "./references.ts";
