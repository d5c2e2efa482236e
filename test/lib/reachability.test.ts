import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { Configuration, type JsonObject } from "../../local/terraform-json/index.ts";
import { describePath, openPaths } from "../../ops/reachability.ts";
import { Draft } from "../ops/support/draft.ts";
import { variants } from "../support/variants.ts";

const paths = (root: JsonObject) =>
  openPaths(new Configuration(root))
    .map((path) => `${describePath(path)}${path.half ? " (half)" : ""}`)
    .sort();

/** Internet → CloudFront is the distribution's own; what follows is what the security groups leave open, and all of it. */
const ONLY = (listener: number) => [
  `CloudFront → load balancer tcp/${listener}`,
  "load balancer → tasks tcp/3000",
  "tasks → anywhere tcp/443",
  "tasks → database tcp/5432",
];

describe("reachability", () => {
  let plain: JsonObject;
  let full: JsonObject;
  before(async () => {
    [plain, full] = (await variants()).map(({ config }) => config.root) as [JsonObject, JsonObject];
  });

  it("the only paths are CloudFront → load balancer:80 → tasks:3000 → Aurora:5432, and tasks → any:443", () => {
    assert.deepEqual(paths(plain), ONLY(80));
  });

  it("with a certificate the load balancer is reached on 443 only", () => {
    assert.deepEqual(paths(full), ONLY(443));
  });

  const group = (draft: Draft, part: string) => `\${${draft.address("aws_security_group", part)}.id}`;
  const tcp = (port: number) => ({ ip_protocol: "tcp", from_port: port, to_port: port });
  /** Adds a rule to the group of a part; a peer that is a part is its group. */
  const opens =
    (direction: "ingress" | "egress", part: string, peer: object | string, protocol: object) =>
    (draft: Draft) =>
      draft.add(`aws_vpc_security_group_${direction}_rule`, "New", {
        security_group_id: group(draft, part),
        ...(typeof peer === "string" ? { referenced_security_group_id: group(draft, peer) } : peer),
        ...protocol,
      });

  const MORE: readonly [what: string, path: string | string[], open: (draft: Draft) => void][] = [
    [
      "a database open to the internet",
      "anywhere → database tcp/5432",
      opens("ingress", "Aurora", { cidr_ipv4: "0.0.0.0/0" }, tcp(5432)),
    ],
    [
      "a database open to IPv6",
      "anywhere → database tcp/5432",
      opens("ingress", "Aurora", { cidr_ipv6: "::/0" }, tcp(5432)),
    ],
    [
      "an office that may connect to tasks",
      "192.0.2.0/24 → tasks tcp/3000",
      opens("ingress", "ApiService", { cidr_ipv4: "192.0.2.0/24" }, tcp(3000)),
    ],
    [
      "a load balancer that may connect to the database",
      "load balancer → database tcp/5432",
      (draft) => {
        opens("ingress", "Aurora", "Alb", tcp(5432))(draft);
        opens("egress", "Alb", "Aurora", tcp(5432))(draft);
      },
    ],
    [
      "one half of a path",
      "load balancer → database tcp/5432 (half)",
      opens("egress", "Alb", "Aurora", tcp(5432)),
    ],
    [
      "any port of the tasks",
      "load balancer → tasks all (half)",
      opens("ingress", "ApiService", "Alb", { ip_protocol: "-1" }),
    ],
    [
      "an inline rule",
      "tasks → anywhere all",
      (draft) => {
        draft.first("aws_security_group", "ApiService").egress = [
          { protocol: "-1", from_port: 0, to_port: 0, cidr_blocks: ["0.0.0.0/0"] },
        ];
      },
    ],
    [
      "a rule of the older kind",
      "10.0.0.0/8 and anywhere → database tcp/22",
      (draft) =>
        draft.add("aws_security_group_rule", "New", {
          type: "ingress",
          security_group_id: group(draft, "Aurora"),
          cidr_blocks: ["10.0.0.0/8", "0.0.0.0/0"],
          protocol: "tcp",
          from_port: 22,
          to_port: 22,
        }),
    ],
    [
      "a resource of another type in the database's group",
      ["tasks → database and aws_instance.Jump tcp/5432"],
      (draft) => draft.add("aws_instance", "Jump", { vpc_security_group_ids: [group(draft, "Aurora")] }),
    ],
  ];
  for (const [what, path, open] of MORE) {
    it(`names ${what}`, () => {
      const draft = new Draft(plain);
      open(draft);
      const unexpected = paths(draft.root).filter((each) => !ONLY(80).includes(each));
      assert.deepEqual(unexpected, [path].flat());
    });
  }

  it("misses a path whose other half was taken away", () => {
    for (const [direction, port, half] of [
      ["ingress", 3000, "load balancer → tasks tcp/3000 (half)"],
      ["egress", 5432, "tasks → database tcp/5432 (half)"],
    ] as const) {
      const draft = new Draft(plain);
      draft.close(direction, port);
      assert.ok(paths(draft.root).includes(half));
    }
  });
});
