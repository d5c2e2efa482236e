/** Brings one existing resource under an address: https://developer.hashicorp.com/terraform/language/import */
export interface Import {
  readonly to: string;
  readonly id: string;
}

/** Where the import blocks are written, beside the stack. */
export const ADOPT_FILE = "adopt.tf.json";

/** The content of a `*.tf.json` file with the import blocks. */
export const importBlocks = (imports: readonly Import[]): string =>
  JSON.stringify({ import: imports }, undefined, 2);
