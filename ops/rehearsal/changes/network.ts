/** The ways from the edge to the tasks and from the tasks to the internet, told from AWS calls. */
import { type ApiResponse, type Call, parameters } from "../call.ts";
import type { WorldOptions } from "./world.ts";

/** How the edge connects to the load balancer. */
export interface OriginPath {
  readonly port: number;
  readonly host: string;
  readonly token: string;
  readonly webAcl: string;
}

interface Listener {
  readonly balancer: string;
  readonly port: number;
  readonly certificates: Set<string>;
  defaultCertificate: string;
}

const tag = (answer: ApiResponse, name: string) =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer.body.toString())?.[1] ?? "";
const members = (sent: URLSearchParams, pattern: RegExp) =>
  [...sent].filter(([key]) => pattern.test(key)).map(([, value]) => value);

export class Network {
  /** Where the edge's locations connect to; all of them once it is deployed. */
  present: OriginPath | undefined;
  /** Where they begin to, until the update is deployed. */
  next: OriginPath | undefined;
  readonly #options: WorldOptions;
  readonly #groups = new Map<string, Set<string>>();
  readonly #admissions = new Map<string, { group: string; port: number }>();
  readonly #listeners = new Map<string, Listener>();
  readonly #rules = new Map<string, { listener: string; tokens: string[] }>();
  readonly #gateways = new Set<string>();
  readonly #routes = new Map<string, string>();
  readonly #webAcls = new Set<string>();

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  observe(call: Call, answer: ApiResponse): void {
    if (call.service === "elasticloadbalancing") this.#balancing(call, answer);
    else if (call.service === "ec2") this.#ec2(call, answer);
    else if (call.service === "cloudfront") this.#edge(call, answer);
    else if (call.service === "wafv2") this.#firewall(call, answer);
  }

  /** What does not hold now. */
  broken(): string[] {
    const ways: [string, OriginPath | undefined][] = [
      ["present", this.present],
      ["next", this.next],
    ];
    return [
      ...ways.flatMap(([which, way]) =>
        way ? this.#closed(way).map((why) => `the edge's ${which} way: ${why}`) : [],
      ),
      ...[...this.#routes]
        .filter(([, gateway]) => !this.#gateways.has(gateway))
        .map(([table]) => `route table ${table} leads to a NAT gateway that is gone`),
    ];
  }

  #closed({ port, host, token, webAcl }: OriginPath): string[] {
    const open = [...this.#listeners].filter(([, listener]) => listener.port === port);
    const admitted = open.filter(([, { balancer }]) => this.#admits(balancer, port));
    const known = admitted.filter(([arn]) =>
      [...this.#rules.values()].some((rule) => rule.listener === arn && rule.tokens.includes(token)),
    );
    const certificate = this.#options.certificates[host];
    const certified = ({ certificates, defaultCertificate }: Listener) =>
      certificate === undefined || defaultCertificate === certificate || certificates.has(certificate);
    return [
      ...(open.length === 0 ? [`no listener on ${port}`] : []),
      ...(open.length > 0 && admitted.length === 0 ? [`CloudFront is not admitted on ${port}`] : []),
      ...(admitted.length > 0 && known.length === 0 ? ["no rule accepts its token"] : []),
      ...(port === 443 && !open.some(([, listener]) => certified(listener))
        ? [`no certificate for ${host}`]
        : []),
      ...(webAcl && !this.#webAcls.has(webAcl) ? ["its web ACL is gone"] : []),
    ];
  }

  #admits(balancer: string, port: number): boolean {
    const groups = this.#groups.get(balancer) ?? new Set();
    return [...this.#admissions.values()].some((each) => each.port === port && groups.has(each.group));
  }

  #balancing(call: Call, answer: ApiResponse): void {
    const sent = parameters(call);
    const listener = sent.get("ListenerArn") ?? "";
    const rule = sent.get("RuleArn") ?? "";
    const certificates = () => members(sent, /^Certificates\.member\.\d+\.CertificateArn$/);
    const tokens = () => members(sent, /HttpHeaderConfig\.Values\.member\.\d+$/);
    const securityGroups = () => new Set(members(sent, /^SecurityGroups\.member\.\d+$/));
    if (call.operation === "CreateLoadBalancer")
      this.#groups.set(tag(answer, "LoadBalancerArn"), securityGroups());
    if (call.operation === "SetSecurityGroups")
      this.#groups.set(sent.get("LoadBalancerArn")!, securityGroups());
    if (call.operation === "CreateListener") {
      this.#listeners.set(tag(answer, "ListenerArn"), {
        balancer: sent.get("LoadBalancerArn")!,
        port: Number(sent.get("Port")),
        certificates: new Set(),
        defaultCertificate: certificates()[0] ?? "",
      });
    }
    const known = this.#listeners.get(listener);
    if (call.operation === "ModifyListener" && known) {
      const port = Number(sent.get("Port") ?? known.port);
      this.#listeners.set(listener, { ...known, port, defaultCertificate: certificates()[0] ?? "" });
    }
    if (call.operation === "DeleteListener") this.#listeners.delete(listener);
    if (call.operation === "AddListenerCertificates")
      for (const each of certificates()) known?.certificates.add(each);
    if (call.operation === "RemoveListenerCertificates")
      for (const each of certificates()) known?.certificates.delete(each);
    if (call.operation === "CreateRule")
      this.#rules.set(tag(answer, "RuleArn"), { listener, tokens: tokens() });
    const before = this.#rules.get(rule);
    if (call.operation === "ModifyRule" && before) this.#rules.set(rule, { ...before, tokens: tokens() });
    if (call.operation === "DeleteRule") this.#rules.delete(rule);
  }

  #ec2(call: Call, answer: ApiResponse): void {
    const sent = parameters(call);
    const table = sent.get("RouteTableId") ?? "";
    if (
      call.operation === "AuthorizeSecurityGroupIngress" &&
      sent.has("IpPermissions.1.PrefixListIds.1.PrefixListId")
    ) {
      const port = Number(sent.get("IpPermissions.1.FromPort"));
      this.#admissions.set(tag(answer, "securityGroupRuleId"), { group: sent.get("GroupId")!, port });
    }
    if (call.operation === "ModifySecurityGroupRules") {
      const known = this.#admissions.get(sent.get("SecurityGroupRule.1.SecurityGroupRuleId") ?? "");
      const port = sent.get("SecurityGroupRule.1.SecurityGroupRule.FromPort");
      if (known && port) known.port = Number(port);
    }
    if (call.operation === "RevokeSecurityGroupIngress")
      for (const id of members(sent, /^SecurityGroupRuleId\.\d+$/)) this.#admissions.delete(id);
    if (call.operation === "CreateNatGateway") this.#gateways.add(tag(answer, "natGatewayId"));
    if (call.operation === "DeleteNatGateway") this.#gateways.delete(sent.get("NatGatewayId")!);
    if (/^(Create|Replace)Route$/.test(call.operation) && sent.has("NatGatewayId"))
      this.#routes.set(table, sent.get("NatGatewayId")!);
    if (call.operation === "DeleteRoute") this.#routes.delete(table);
  }

  #edge(call: Call, answer: ApiResponse): void {
    const [method, path = ""] = call.operation.split(" ");
    const sent = call.body.toString();
    if (method === "POST" && /\/distribution$/.test(path)) this.present = originPath(sent);
    if (method === "PUT" && /\/distribution\/[^/]+\/config$/.test(path)) this.next = originPath(sent);
    if (method === "DELETE" && /\/distribution\/[^/]+$/.test(path)) this.present = this.next = undefined;
    // The provider asks half a minute after the update, and again until it is deployed.
    const deployed =
      method === "GET" && /\/distribution\/[^/]+$/.test(path) && tag(answer, "Status") === "Deployed";
    if (deployed && this.next) {
      this.present = this.next;
      this.next = undefined;
    }
  }

  #firewall(call: Call, answer: ApiResponse): void {
    if (call.operation === "CreateWebACL") this.#webAcls.add(JSON.parse(answer.body.toString()).Summary.ARN);
    if (call.operation !== "DeleteWebACL") return;
    const { Id } = JSON.parse(call.body.toString()) as { Id: string };
    for (const arn of this.#webAcls) if (arn.endsWith(`/${Id}`)) this.#webAcls.delete(arn);
  }
}

function originPath(config: string): OriginPath {
  const [, origin = ""] = /<Origins>([\s\S]*?)<\/Origins>/.exec(config) ?? [];
  const value = (name: string, text = origin) =>
    new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? "";
  return {
    port:
      value("OriginProtocolPolicy") === "https-only" ? Number(value("HTTPSPort")) : Number(value("HTTPPort")),
    host: value("DomainName"),
    token: value("HeaderValue"),
    webAcl: value("WebACLId", config),
  };
}
