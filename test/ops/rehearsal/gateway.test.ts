import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { jsonResponse } from "../../../ops/rehearsal/call.ts";
import type { Correction } from "../../../ops/rehearsal/corrections/correction.ts";
import { SwitchableFaults } from "../../../ops/rehearsal/faults.ts";
import { type Gateway, startGateway } from "../../../ops/rehearsal/gateway.ts";

const SIGNED = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=testing/20250101/eu-north-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

describe("gateway", () => {
  const seen: { method?: string; url?: string; body: string }[] = [];
  const calls: string[] = [];
  const faults = new SwitchableFaults();
  let upstream: http.Server;
  let gateway: Gateway;

  const corrections: Correction[] = [
    {
      service: "ecs",
      operations: ["Missing"],
      answer: async () => jsonResponse({ answered: "by the gateway" }),
    },
    {
      service: "ecs",
      operations: ["Wrong"],
      answer: async (_, forward) => {
        const answer = await forward();
        return jsonResponse({ corrected: answer.body.toString() });
      },
    },
    {
      service: "cloudfront",
      operations: /^GET \/distribution\//,
      answer: async () => jsonResponse({ rest: true }),
    },
  ];

  before(async () => {
    upstream = http.createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      seen.push({ method: request.method, url: request.url, body });
      response.writeHead(request.url === "/missing" ? 404 : 200, {
        "x-upstream": "yes",
        "content-length": "5",
      });
      response.end(request.method === "HEAD" ? undefined : "moto!");
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
    gateway = await startGateway({
      upstreamPort: (upstream.address() as AddressInfo).port,
      corrections,
      faults,
      onCall: (call, answer) => calls.push(`${call.service} ${call.operation} ${answer?.status ?? 0}`),
    });
  });

  after(async () => {
    await gateway.close();
    upstream.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));
  });

  const post = (service: string, operation: string, body = "{}") =>
    fetch(gateway.url, {
      method: "POST",
      body,
      headers: { authorization: SIGNED(service), "x-amz-target": `Target.${operation}` },
    });

  it("passes a call that needs no correction on as it is, and its answer back", async () => {
    const response = await post("ecs", "Fine", '{"a":1}');
    assert.equal(await response.text(), "moto!");
    assert.equal(response.headers.get("x-upstream"), "yes");
    assert.deepEqual(seen.at(-1), { method: "POST", url: "/", body: '{"a":1}' });
  });

  it("passes an error's status back", async () => {
    const response = await fetch(`${gateway.url}/missing`, { headers: { authorization: SIGNED("s3") } });
    assert.equal(response.status, 404);
  });

  it("keeps the length that the answer to a HEAD tells", async () => {
    const response = await fetch(`${gateway.url}/object`, {
      method: "HEAD",
      headers: { authorization: SIGNED("s3") },
    });
    assert.equal(response.headers.get("content-length"), "5");
  });

  it("answers what moto lacks without asking it", async () => {
    const before = seen.length;
    assert.deepEqual(await (await post("ecs", "Missing")).json(), { answered: "by the gateway" });
    assert.equal(seen.length, before);
  });

  it("corrects what moto answers", async () => {
    assert.deepEqual(await (await post("ecs", "Wrong")).json(), { corrected: "moto!" });
  });

  it("tells services apart by the signature, not by the operation", async () => {
    assert.equal(await (await post("ec2", "Missing")).text(), "moto!");
  });

  it("tells REST operations by method and path, without the query string", async () => {
    const response = await fetch(`${gateway.url}/distribution/E1?x=1`, {
      headers: { authorization: SIGNED("cloudfront") },
    });
    assert.deepEqual(await response.json(), { rest: true });
  });

  it("tells query operations by their Action", async () => {
    await fetch(gateway.url, {
      method: "POST",
      body: new URLSearchParams({ Action: "CreateVpc" }),
      headers: { authorization: SIGNED("ec2") },
    });
    assert.equal(calls.at(-1), "ec2 CreateVpc 200");
  });

  it("breaks a connection before the call is carried out, or after it", async () => {
    const before = seen.length;
    faults.current = { next: () => ({ kind: "drop" }) };
    await assert.rejects(post("ecs", "Fine"));
    assert.equal(seen.length, before, "a dropped call reached moto");
    faults.current = { next: () => ({ kind: "lose-answer" }) };
    await assert.rejects(post("ecs", "Fine"));
    assert.equal(seen.length, before + 1, "a call whose answer is lost did not reach moto");
    faults.current = undefined;
    assert.equal(calls.at(-1), "ecs Fine 0");
  });

  it("answers 502 when moto is gone", async () => {
    const probe = http.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => probe.once("listening", resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const orphan = await startGateway({ upstreamPort: port });
    try {
      assert.equal((await fetch(orphan.url)).status, 502);
    } finally {
      await orphan.close();
    }
  });
});
