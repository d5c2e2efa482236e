import { migrate } from "../src/migrate.ts";
import { countProducts, loadCatalogue } from "./catalogue/load.ts";
import { readArguments, readInteger, runCommand, UserError } from "./command.ts";
import { connect, openDatabase } from "./database.ts";
import { count } from "./progress.ts";

const USAGE = `Usage: npm run seed -- [--products N] [--seed N] [--replace]

Fills the catalogue with made-up products over the real category tree of a large retailer. Applies missing
migrations first. Without DB_HOST the development database of this checkout (.postgres/) is filled.

  --products N   how many products (default 20000, at most 10000000)
  --seed N       another seed gives another catalogue; the same seed always gives the same (default 1)
  --replace      throw away the products and categories that are there
  --help         this text`;

await runCommand(async () => {
  const { values } = readArguments(USAGE, {
    products: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    replace: { type: "boolean", default: false },
  });
  const products = readInteger("--products", values.products, 1, 10_000_000);
  const seed = readInteger("--seed", values.seed, 0, 2 ** 31 - 1);
  const database = await openDatabase();
  try {
    const client = await connect(database.env);
    try {
      await migrate(client, { log: (line) => process.stderr.write(`${line}\n`) });
      const present = await countProducts(client);
      if (present > 0 && !values.replace) {
        throw new UserError(
          `The catalogue holds ${count(present)} products already. Add --replace to throw them away.`,
        );
      }
      await loadCatalogue(client, products, seed);
      const { database: name, host, port } = client;
      process.stdout.write(`${count(products)} products are in database ${name} at ${host}:${port}.\n`);
    } finally {
      await client.end();
    }
  } finally {
    await database.stop();
  }
});
