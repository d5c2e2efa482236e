/** A look into the database from outside, as its superuser. */
import pg from "pg";
import type { DatabaseConnection } from "../contract/index.ts";

/** Connects. What breaks the connection later fails the next statement, and nothing else. */
export async function connectTo({ ca, ...connection }: DatabaseConnection): Promise<pg.Client> {
  const client = new pg.Client({ ...connection, ssl: { ca } });
  client.on("error", () => {});
  await client.connect();
  return client;
}
