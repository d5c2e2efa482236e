/** Which rule of the listener takes a request. */
import type { IncomingHttpHeaders } from "node:http";
import { BlockList, isIPv6 } from "node:net";
import type { Action, BalancerBlueprint, Condition } from "../blueprint/index.ts";
import { fieldText, matchesWildcard } from "../headers.ts";

export interface RoutedRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  clientAddress: string;
}

/** The first rule by priority whose conditions all hold, else the listener's default action. */
export function chooseAction(blueprint: BalancerBlueprint, request: RoutedRequest): Action {
  const rule = blueprint.rules.find(({ conditions }) =>
    conditions.every((condition) => holds(condition, request)),
  );
  return rule?.action ?? blueprint.listener.defaultAction;
}

/** Why no rule took a request, for a person who looks for the mistake in the stack. */
export function explainDefault(blueprint: BalancerBlueprint, request: RoutedRequest): string {
  const reasons = blueprint.rules.map(({ address, conditions }) => {
    const unmet = conditions.filter((condition) => !holds(condition, request)).map(describe);
    return `${address} asks for ${unmet.join(" and ")}`;
  });
  return `the default action of ${blueprint.listener.address} answered, since ${reasons.join("; ") || "it has no rules"}`;
}

function holds(condition: Condition, { method, url, headers, clientAddress }: RoutedRequest): boolean {
  const [path, query] = splitUrl(url);
  switch (condition.kind) {
    case "header": {
      const value = fieldText(headers[condition.name.toLowerCase()]);
      return value !== undefined && condition.values.some((pattern) => matchesWildcard(pattern, value, true));
    }
    case "host": {
      const host = (headers.host ?? "").replace(/:\d+$/, "");
      return condition.values.some((pattern) => matchesWildcard(pattern, host, true));
    }
    case "path":
      return condition.values.some((pattern) => matchesWildcard(pattern, path));
    case "method":
      return condition.values.includes(method);
    case "sourceIp":
      return condition.values.some((range) => inRange(clientAddress, range));
    case "query": {
      const pairs = [...new URLSearchParams(query)];
      return condition.pairs.some(({ key, value }) =>
        pairs.some(
          ([name, text]) =>
            (key === undefined || matchesWildcard(key, name, true)) && matchesWildcard(value, text, true),
        ),
      );
    }
  }
}

/** Without the values of headers: one of them is the secret that admits the edge. */
function describe(condition: Condition): string {
  if (condition.kind === "header") return `the header ${condition.name} with the right value`;
  if (condition.kind === "query") return "a query string";
  return `${condition.kind} ${condition.values.join(" or ")}`;
}

function splitUrl(url: string): [string, string] {
  const at = url.indexOf("?");
  return at < 0 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
}

function inRange(address: string, range: string): boolean {
  const [network = "", prefix = ""] = range.split("/");
  const family = isIPv6(network) ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family);
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
