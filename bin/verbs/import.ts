import { Option } from "@commander-js/extra-typings";
import { command } from "../../cli/command.ts";

export default command("import", {
  1: "a row was refused (the others are imported all the same), or the import failed",
})
  .description(
    "Imports a catalogue of your own through the API: every row is a variant with its SKU, and says what its product is. " +
      "What is the same already is not written again, so that an import may be repeated.",
  )
  .argument("<file>", ".csv, .ndjson or .jsonl")
  .addOption(new Option("--url <url>", "where the API is").env("API_URL").default("http://127.0.0.1:3000"))
  .option(
    "--key <key>",
    "a key that may write (default: API_KEY, else the one of `catalog api` in this checkout)",
  )
  .option("--dry-run", "check every row and write nothing; needs no API")
  .option("--json", "print the result as JSON")
  .addHelpText(
    "after",
    `
The file holds one row of PUT /v1/products:bulk a line, or is a CSV whose first line names members by their path:
  sku, gtin, availability, prices.EUR, attributes.size, product.slug, product.name, product.brand,
  product.description, product.categories, product.images, product.attributes.material
Prices are whole numbers of minor units (12900 for 129.00); several categories or images are separated by "|".`,
  )
  .action(async (file, options) => {
    const { importCatalogue } = await import("../../api/dev/import.ts");
    if ((await importCatalogue(file, options)) > 0) process.exitCode = 1;
  });
