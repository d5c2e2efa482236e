/** A proxy between this machine and the internet: Terraform goes by HTTPS_PROXY, HTTP_PROXY and NO_PROXY, and so do the commands. */
import http from "node:http";
import { UserError } from "./user-error.ts";

/** What is on this machine is never asked by way of a proxy, as in Go's programs; nor is who gives a machine or a task its credentials. */
const HERE = "localhost,127.0.0.1,[::1],169.254.169.254,169.254.170.2,169.254.170.23";

const NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] as const;

/** As Go reads it: without a protocol it is HTTP. */
const addressOf = (value: string) => (value.includes("://") ? value : `http://${value}`);

/** For an agent's `proxyEnv`. */
export function proxyEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const set = NAMES.flatMap((name) => (environment[name] ? [[name, addressOf(environment[name])]] : []));
  if (set.length === 0) return {};
  const except = environment.no_proxy ?? environment.NO_PROXY;
  return { ...Object.fromEntries(set), no_proxy: [HERE, ...(except ? [except] : [])].join(",") };
}

/** For `fetch`, and all that uses Node's own agents. @throws UserError for what is no address, or one of another protocol */
export function goByProxy(): void {
  const environment = proxyEnvironment();
  for (const name of NAMES) {
    const address = environment[name];
    if (address !== undefined && !/^https?:$/.test(URL.parse(address)?.protocol ?? ""))
      throw new UserError(
        `${name} '${process.env[name]}' is no address of an HTTP proxy: set it as http://proxy.example:3128, or unset it.`,
      );
  }
  if (environment.no_proxy) http.setGlobalProxyFromEnv(environment);
}
