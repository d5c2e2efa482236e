import { Agent } from "undici";
import { type Drill, equals, loadChecks } from "../drill.ts";

interface Attempt {
  method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  path: string;
  headers: Record<string, string>;
}

/**
 * The balancer's security group admits every CloudFront distribution of the world, so that only the secret header
 * tells ours from another's
 * (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/restrict-access-to-load-balancer.html).
 */
export const bypass: Drill = {
  name: "bypass",
  title: "Bypass of the edge",
  description: "Requests go straight to the balancer, without the secret header of the distribution.",
  alarms: { rings: ["bypass"] },
  async run(context) {
    const { preview } = context;
    const load = await context.startLoad();
    await context.rest(5);
    load.enter("during");
    context.step("requests straight to the balancer");
    context.mark("bypass");
    const attempts = listAttempts(preview.apiKey);
    const rounds = context.short ? 5 : 20;
    const statuses = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      for (const status of await Promise.all(attempts.map((attempt) => ask(preview.balancerUrl, attempt)))) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    await context.untilRung("bypass");
    const figures = await context.conclude(load);
    const answers = [...statuses].map(([status, count]) => `${status} × ${count}`).join(", ");
    return {
      checks: [
        ...loadChecks(figures),
        equals("answers to requests without the header", answers, `403 × ${attempts.length * rounds}`),
        equals("failed requests at the edge meanwhile", figures.failed + figures.shed, 0),
      ],
    };
  },
};

/** What somebody would try who has found the balancer's address. */
function listAttempts(apiKey: string): Attempt[] {
  const reads = [
    "/",
    "/health",
    "/v1/products",
    "/v1/search?q=a",
    "/openapi.json",
    "/v1/products/../../health",
  ];
  const headers: Attempt["headers"][] = [
    {},
    { "x-origin-verify": "" },
    { "x-origin-verify": "guess" },
    { "x-origin-verify": "*" },
    { "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https" },
    { via: "1.1 0123456789abcdef.cloudfront.net (CloudFront)", "x-amz-cf-id": "guess" },
  ];
  return [
    ...reads.map((path): Attempt => ({ method: "GET", path, headers: {} })),
    ...headers.map((headers): Attempt => ({ method: "GET", path: "/v1/products", headers })),
    { method: "HEAD", path: "/v1/products", headers: {} },
    ...(["POST", "PUT", "DELETE"] as const).map(
      (method): Attempt => ({ method, path: "/v1/products:bulk", headers: { "x-api-key": apiKey } }),
    ),
  ];
}

const agent = new Agent({ keepAliveTimeout: 1_000 });

async function ask(balancerUrl: string, { method, path, headers }: Attempt): Promise<string> {
  try {
    const { statusCode, body } = await agent.request({ origin: balancerUrl, method, path, headers });
    await body.dump();
    return String(statusCode);
  } catch (error) {
    return String((error as { code?: string }).code ?? error);
  }
}
