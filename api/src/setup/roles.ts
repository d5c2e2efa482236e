import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import pg, { type ClientBase } from "pg";

/** Holds the API's rights; nobody logs in by it. The roles that tasks log in by are members of it. */
export const API_ROLE = "catalog_api";

/** Any number that no other user of the database takes; "role" in ASCII. */
const LOCK = 0x726f6c65;

/** What the API may do with a table. Never TRUNCATE, REFERENCES or TRIGGER: those are the owner's. */
const TABLE_RIGHTS = "SELECT, INSERT, UPDATE, DELETE";

export interface Login {
  /** `catalog_api_v<version>`: each version of the password has a role of its own. */
  readonly name: string;
  readonly password: string;
}

/**
 * Makes or mends the API's role and the login of this password's version, as the owner of the database. The login of the
 * version before stays as it is: tasks that still run use it. Older ones go.
 */
export async function prepareRoles(client: ClientBase, login: Login): Promise<void> {
  const name = pg.escapeIdentifier(login.name);
  await client.query("BEGIN");
  try {
    // Two tasks that start at once would change the same rows of the catalogue of roles: "tuple concurrently updated".
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    if (!(await exists(client, API_ROLE))) await client.query(`CREATE ROLE ${API_ROLE} NOLOGIN`);
    await client.query(RIGHTS);
    await closeOtherDatabases(client);
    if (!(await exists(client, login.name))) await client.query(`CREATE ROLE ${name} IN ROLE ${API_ROLE}`);
    await client.query(
      `ALTER ROLE ${name} LOGIN INHERIT NOCREATEDB NOCREATEROLE PASSWORD '${scramVerifier(login.password)}'`,
    );
    await dropOlder(client, login.name);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** Whether who is connected may do what the API needs, and nothing that it must not. */
export async function hasRightsOfApi(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query(`
    SELECT coalesce(bool_and(
        has_table_privilege(c.oid, 'SELECT')
        AND has_table_privilege(c.oid, 'INSERT') = (c.relname <> 'schema_migrations')
        AND has_table_privilege(c.oid, 'UPDATE') = (c.relname <> 'schema_migrations')
        AND has_table_privilege(c.oid, 'DELETE') = (c.relname <> 'schema_migrations')
        AND NOT has_table_privilege(c.oid, 'TRUNCATE')), false)
      AND NOT has_schema_privilege('public', 'CREATE')
      AND NOT has_database_privilege(current_database(), 'CREATE')
      AND NOT has_database_privilege(current_database(), 'TEMPORARY') AS right
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')`);
  return rows[0].right;
}

/** Rights on what there is, and on what later migrations make. Extensions bring functions of their own, which stay everybody's. */
const RIGHTS = `
  DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM ${API_ROLE}', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO ${API_ROLE}', current_database());
  END $$;
  REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  REVOKE ALL ON SCHEMA public FROM ${API_ROLE};
  GRANT USAGE ON SCHEMA public TO ${API_ROLE};
  REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, ${API_ROLE};
  GRANT ${TABLE_RIGHTS} ON ALL TABLES IN SCHEMA public TO ${API_ROLE};
  REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM ${API_ROLE};
  GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${API_ROLE};
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ${TABLE_RIGHTS} ON TABLES TO ${API_ROLE};
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${API_ROLE};
`;

/** PostgreSQL lets everybody into every database. Those that are the owner's are closed; AWS keeps its own closed itself. */
async function closeOtherDatabases(client: ClientBase): Promise<void> {
  const { rows } = await client.query(
    `SELECT datname FROM pg_database
     WHERE datname <> current_database() AND pg_has_role(datdba, 'MEMBER') AND has_database_privilege('public', oid, 'CONNECT')`,
  );
  for (const { datname } of rows)
    await client.query(`REVOKE ALL ON DATABASE ${pg.escapeIdentifier(datname)} FROM PUBLIC`);
}

async function exists(client: ClientBase, role: string): Promise<boolean> {
  const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [role]);
  return rowCount === 1;
}

/** By the order in which they were made, not by their numbers: a version may be set back. */
async function dropOlder(client: ClientBase, current: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT rolname FROM pg_roles WHERE rolname LIKE $1 AND rolname <> $2 ORDER BY oid DESC OFFSET 1`,
    [`${API_ROLE.replaceAll("_", "\\_")}\\_v%`, current],
  );
  for (const { rolname } of rows) await client.query(`DROP ROLE ${pg.escapeIdentifier(rolname)}`);
}

/**
 * What PostgreSQL keeps of a password (RFC 5803). Sent instead of the password, which a server that logs statements of this
 * kind would write into its log.
 */
export function scramVerifier(password: string, salt = randomBytes(16), iterations = 4096): string {
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64");
  const serverKey = hmac("Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
