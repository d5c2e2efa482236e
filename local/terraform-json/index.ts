/** The synthesised Terraform JSON: what stands in it, under which address, and what refers to what. */
export { Block, blocksOf, Configuration } from "./configuration.ts";
export {
  embeddedJson,
  isObject,
  type Json,
  type JsonObject,
  type Leaf,
  leaves,
  readJson,
  repeatedKey,
  UnreadableDocument,
  valuesAt,
} from "./json.ts";
export { expressions, references } from "./references.ts";
