/** Commands go by the proxy that Terraform goes by. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { proxyEnvironment } from "../../cli/proxy.ts";
import { awsClients } from "../../ops/aws.ts";
import { awsErrorInWords } from "../../ops/aws-error.ts";

/** A proxy that lets nobody through, and writes down where each wanted to go. */
async function proxy() {
  const asked: string[] = [];
  const server = http.createServer();
  server.on("connect", ({ url = "" }, socket) => {
    asked.push(url);
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { asked, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("a proxy", () => {
  it("is what AWS is asked by, where the environment names one, and is named when it refuses", async () => {
    const { asked, server, url } = await proxy();
    const { env } = process;
    try {
      process.env = { ...env, HTTPS_PROXY: url, AWS_MAX_ATTEMPTS: "1" };
      const credentials = { accessKeyId: "a", secretAccessKey: "b" };
      const { sts } = awsClients({ local: { endpoint: "https://sts.example", credentials } });
      const error = await sts.send(new GetCallerIdentityCommand({})).then(
        () => assert.fail("it was answered"),
        (thrown: unknown) => thrown,
      );
      assert.deepEqual(asked, ["sts.example:443"]);
      assert.match(awsErrorInWords(error) ?? String(error), /proxy.*HTTPS_PROXY/);
    } finally {
      process.env = env;
      server.close();
    }
  });

  const HERE = "localhost,127.0.0.1,[::1],169.254.169.254,169.254.170.2,169.254.170.23";

  it("is never asked for this machine, nor for what the environment excepts", () => {
    assert.deepEqual(proxyEnvironment({ PATH: "/bin" }), {});
    assert.deepEqual(proxyEnvironment({ NO_PROXY: "a.example" }), {});
    assert.deepEqual(proxyEnvironment({ HTTPS_PROXY: "http://p:1" }), {
      HTTPS_PROXY: "http://p:1",
      no_proxy: HERE,
    });
    assert.deepEqual(proxyEnvironment({ https_proxy: "http://p:1", NO_PROXY: ".a.example" }), {
      https_proxy: "http://p:1",
      no_proxy: `${HERE},.a.example`,
    });
  });

  it("is one of HTTP where no protocol is named, as in Go's programs", () => {
    for (const address of [
      "proxy.example:3128",
      "localhost:3128",
      "10.0.0.1:3128",
      "[::1]:3128",
      "me:it@p:1",
    ])
      assert.equal(proxyEnvironment({ https_proxy: address }).https_proxy, `http://${address}`);
    for (const address of ["http://p:1", "https://p:1", "socks5://p:1"])
      assert.equal(proxyEnvironment({ HTTP_PROXY: address }).HTTP_PROXY, address);
  });
});
