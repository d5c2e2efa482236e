import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it, test } from "node:test";
import pg from "pg";
import { createLocalCertificate } from "../../../local/postgres/certificate.ts";
import type { ServerTls } from "../../../local/postgres/data-folder.ts";
import { PostgresServer } from "../../../local/postgres/server.ts";

test("the certificate is signed by the authority, names localhost, and cannot sign others", async () => {
  const tls = await createLocalCertificate({ days: 2 });
  const authority = new X509Certificate(tls.authority);
  const certificate = new X509Certificate(tls.certificate);
  assert.ok(certificate.verify(authority.publicKey));
  assert.ok(authority.ca);
  assert.equal(certificate.ca, false);
  assert.equal(certificate.checkHost("localhost"), "localhost");
  assert.equal(certificate.checkIP("127.0.0.1"), "127.0.0.1");
  assert.equal(certificate.checkHost("example.com"), undefined);
  const days = (certificate.validToDate.getTime() - Date.now()) / 86_400_000;
  assert.ok(days > 1.9 && days < 2.1, `valid for ${days} days`);
});

describe("a server with TLS", () => {
  let tls: ServerTls;
  let server: PostgresServer;
  before(async () => {
    tls = await createLocalCertificate();
    server = await PostgresServer.start({ tls });
  });
  after(() => server.stop());

  async function connect(ssl: pg.ClientConfig["ssl"], host = "localhost"): Promise<unknown> {
    const { port, user, password } = server;
    const client = new pg.Client({ host, port, user, password, database: "postgres", ssl });
    await client.connect();
    try {
      const { rows } = await client.query("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
      return rows[0]?.version;
    } finally {
      await client.end();
    }
  }

  it("is verified against its authority, by name and by address", async () => {
    assert.equal(await connect({ ca: tls.authority }), "TLSv1.3");
    assert.equal(await connect({ ca: tls.authority }, "127.0.0.1"), "TLSv1.3");
  });

  it("is refused by a client that trusts another authority", async () => {
    const other = await createLocalCertificate();
    await assert.rejects(connect({ ca: other.authority }), /certificate/);
    await assert.rejects(connect(true), /certificate/);
  });

  it("refuses a connection without encryption", async () => {
    await assert.rejects(connect(false), { code: "28000", message: /no encryption/ });
  });

  it("makes databases over the encrypted connection", async () => {
    await server.createDatabase("catalog");
  });
});
