import { statement } from "../database/connection.ts";
import type { ReadSession } from "../database/session.ts";
import { Problem } from "../http/problem.ts";

/** Named in a refusal, at most. */
const NAMED = 20;

const HAS_PRICES = statement("SELECT EXISTS (SELECT FROM listed_prices WHERE list = $1::text || ':')");
/** From one currency's lists to the next one's: a look into the index for each, and none for what they hold. */
const OTHERS = statement(`
  WITH RECURSIVE known (list) AS (
    (SELECT list FROM listed_prices WHERE list >= 'A' AND list < 'a' ORDER BY list LIMIT 1)
    UNION ALL
    SELECT (SELECT l.list FROM listed_prices l WHERE l.list > left(k.list, 3) || ';' AND l.list < 'a' ORDER BY l.list LIMIT 1)
    FROM known k WHERE k.list IS NOT NULL)
  SELECT left(list, 3) FROM known WHERE list IS NOT NULL LIMIT ${NAMED}`);

/**
 * @param currency another than the list currency.
 * @throws {Problem} invalid-request when no product has a price in the currency; names those that there are.
 */
export async function requirePrices(
  database: ReadSession,
  currency: string,
  listCurrency: string,
): Promise<void> {
  const [[has] = []] = await database.read(HAS_PRICES, [currency]);
  if (has) return;
  const others = (await database.read(OTHERS, [])).map(([name]) => name as string);
  const known = [listCurrency, ...others].toSorted().join(", ");
  throw new Problem(
    "invalid-request",
    `currency: no product has a price in ${currency}; there are prices in ${known}`,
  );
}
