/** Each correction against the shape in which moto answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parameters } from "../../../../ops/rehearsal/call.ts";
import { answer, gateway, query } from "../support.ts";

describe("RDS engine versions", () => {
  const versions = async (parameters: Record<string, string>) => {
    const body = query({ Engine: "aurora-postgresql", ...parameters });
    const { body: xml } = await gateway()({ service: "rds", operation: "DescribeDBEngineVersions", body });
    return [...xml.matchAll(/<EngineVersion>([^<]+)</g)].map(([, version]) => version);
  };

  it("offer 16.4 and later, and not 15.3", async () => {
    const all = await versions({});
    assert.ok(all.includes("16.8"));
    assert.ok(!all.includes("15.3"));
  });

  it("are filtered by version, by major version and by family", async () => {
    assert.deepEqual(await versions({ EngineVersion: "16.8" }), ["16.8"]);
    assert.deepEqual(await versions({ EngineVersion: "15.3" }), []);
    for (const version of await versions({ EngineVersion: "16" })) assert.match(version!, /^16\./);
    for (const version of await versions({ DBParameterGroupFamily: "aurora-postgresql15" }))
      assert.match(version!, /^15\./);
  });

  it("are none for another engine", async () => {
    assert.deepEqual(await versions({ Engine: "mysql" }), []);
  });
});

describe("RDS answers", () => {
  it("lose the serverless scaling of a provisioned cluster, and of no other", async () => {
    const cluster = (mode: string) =>
      `<DBCluster><EngineMode>${mode}</EngineMode><ScalingConfigurationInfo/></DBCluster>`;
    const { body } = await gateway()(
      { service: "rds", operation: "DescribeDBClusters" },
      answer(`<DBClusters>${cluster("provisioned")}${cluster("serverless")}</DBClusters>`),
    );
    assert.equal(
      body,
      `<DBClusters><DBCluster><EngineMode>provisioned</EngineMode></DBCluster>${cluster("serverless")}</DBClusters>`,
    );
  });

  it("name a certificate authority that AWS has", async () => {
    const { body } = await gateway()(
      { service: "rds", operation: "DescribeDBInstances" },
      answer("<CACertificateIdentifier>rds-ca-default</CACertificateIdentifier>"),
    );
    assert.equal(body, "<CACertificateIdentifier>rds-ca-rsa2048-g1</CACertificateIdentifier>");
  });
});

describe("deleting a database cluster", () => {
  const snapshots =
    "<DBClusterSnapshotIdentifier>rds:aurora-dev-1</DBClusterSnapshotIdentifier><DBClusterSnapshotIdentifier>mine</DBClusterSnapshotIdentifier>";
  const deleteWith = async (more: Record<string, string>) => {
    const body = query({ Action: "DeleteDBCluster", DBClusterIdentifier: "aurora-dev", ...more });
    const { forwarded } = await gateway()(
      { service: "rds", operation: "DeleteDBCluster", body },
      answer(snapshots),
    );
    return forwarded.slice(1).map((call) => {
      const sent = parameters(call);
      return [sent.get("Action"), sent.get("DBClusterSnapshotIdentifier")].filter(Boolean).join(" ");
    });
  };

  it("deletes its automatic backups, and no snapshot that somebody made", async () => {
    assert.deepEqual(await deleteWith({}), [
      "DescribeDBClusterSnapshots",
      "DeleteDBClusterSnapshot rds:aurora-dev-1",
    ]);
  });

  it("keeps them when it is told to", async () => {
    assert.deepEqual(await deleteWith({ DeleteAutomatedBackups: "false" }), []);
  });
});
