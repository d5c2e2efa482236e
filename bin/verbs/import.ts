import { Option } from "@commander-js/extra-typings";
import { command, integer } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption } from "../../cli/output.ts";

export default command("import", {
  1: "a row was refused (the others are imported all the same), or the import could not begin or ended early",
})
  .description(
    "Imports a catalogue of your own through the API: every row is a variant with its SKU, and says what its product is. " +
      "What is the same already is not written again, so that an import may be repeated.",
  )
  .argument("<file>", "a table (commas, semicolons or tabs), JSON lines or a JSON list; may be gzipped")
  .addOption(new Option("--url <url>", "where the API is").env("API_URL").default("http://127.0.0.1:3000"))
  .option(
    "--key <key>",
    "a key that may write (default: API_KEY, else the one of `catalog api` in this checkout)",
  )
  .option("--dry-run", "let the API check every row as if it were written, and write nothing")
  .addOption(
    new Option("--prices <units>", "12900 (minor) or 129.00 (major) for the same price").choices([
      "minor",
      "major",
    ] as const),
  )
  .option(
    "--encoding <name>",
    "such as windows-1252 (default: UTF-8, or UTF-16 when a byte order mark says so)",
  )
  .addOption(
    new Option("--blank <rule>", "what an empty cell does: keep what is stored, or clear it")
      .choices(["keep", "clear"] as const)
      .default("keep" as const),
  )
  .option("--currency <code>", "of prices that name none (default: the currency that the API lists)")
  .option("--brand <name>", "of products whose file has no brand")
  .option("--map <file>", "JSON that says which column is which, for tables of other systems; see below")
  .option(
    "--sync",
    "remove what the file does not have, after saying how many and asking; only when every row was taken",
  )
  .option("--yes", "with --sync: do not ask")
  .option("--timeout <s>", "how long to go on trying while the API is away", integer(0, 3600), 60)
  .addOption(jsonOption)
  .addHelpText(
    "after",
    `
A table's first line names members by their path:
  sku, gtin, availability, prices.EUR, attributes.size, product.slug, product.name, product.brand,
  product.description, product.categories, product.images, product.status, product.publishFrom,
  product.publishTo, product.attributes.material
Prices are whole numbers of minor units, unless --prices major is given; several categories or images are separated
by "|". An empty cell leaves what is stored as it is, in every column; with --blank clear it takes it back to none
(sku, slug, name and brand cannot be cleared and stay). A column that is not in the file stays as it is either way.

Recognised by themselves: the product exports of Shopify and WooCommerce, and Google Merchant's product data as a table,
RSS or Atom. For any other table, --map takes {"columns": {"Artikelnummer": "sku", "Preis": "prices.EUR", "*": ""},
"prices": "major"}; "" leaves a column out, and "*" stands for all that are not named.

Rows that contradict each other, a SKU that stands twice and a GTIN of two products are found over the whole file: the
later row is refused, and both lines are named. A GTIN is never altered: a wrong check digit is refused, all zeros are
none. Text is trimmed, composed (Unicode NFC) and freed of invisible characters (U+200B, U+2060, U+FEFF).`,
  )
  .action(async (file, { sync, yes, ...options }) => {
    const { importCatalogue } = await import("../../api/dev/import.ts");
    const signal = interruption();
    const ask = async (gone: string) => {
      if (yes) return;
      const { confirm } = await import("../../ops/environment/session.ts");
      await confirm(`Remove ${gone}? Type yes:`, "yes", "--yes", signal);
    };
    if (!(await importCatalogue(file, { ...options, ...(sync && { sync: ask }), signal })))
      process.exitCode = 1;
  });
