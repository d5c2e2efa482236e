import { UserError } from "../../cli/user-error.ts";
import { readConfig } from "../src/config.ts";
import { migrate } from "../src/migrate.ts";
import { countProducts, loadCatalogue } from "./catalogue/load.ts";
import { connect, withDatabase } from "./database.ts";
import { count } from "./progress.ts";

export interface SeedOptions {
  readonly products: number;
  /** The same seed always gives the same catalogue. */
  readonly seed: number;
  /** Throw away the products and categories that are there. */
  readonly replace?: boolean;
}

/**
 * Fills a database with a made-up catalogue, and says where.
 *
 * @throws UserError when it holds products already and `replace` is not set, or when it does not answer
 */
export async function seedCatalogue({ products, seed, replace }: SeedOptions): Promise<void> {
  await withDatabase(async (database) => {
    const client = await connect(database.env);
    try {
      await migrate(client, { log: (line) => process.stderr.write(`${line}\n`) });
      const present = await countProducts(client);
      if (present > 0 && !replace) {
        throw new UserError(
          `The catalogue holds ${count(present)} products already. Add --replace to throw them away.`,
        );
      }
      await loadCatalogue(client, products, seed, readConfig().listCurrency);
      const { database: name, host, port } = client;
      process.stdout.write(`${count(products)} products are in database ${name} at ${host}:${port}.\n`);
    } finally {
      await client.end();
    }
  });
}
