import { command, integer } from "../../cli/command.ts";

export default command("seed")
  .description(
    "Fills the catalogue with made-up products over the real category tree of a large retailer. Applies missing " +
      "migrations first. Without DB_HOST the development database of this checkout (.postgres/) is filled.",
  )
  .option("--products <n>", "how many products", integer(1, 10_000_000), 20_000)
  .option(
    "--seed <n>",
    "another seed gives another catalogue, the same always the same",
    integer(0, 2 ** 31 - 1),
    1,
  )
  .option("--replace", "throw away the products and categories that are there")
  .action(async (options) => {
    const { seedCatalogue } = await import("../../api/dev/seed.ts");
    await seedCatalogue(options);
  });
