/** From a task definition to the process that a task is here. */

import { LOOPBACK } from "../../local/ports.ts";
import type { Blueprint, ServiceBlueprint } from "../blueprint/index.ts";
import type { ContainerBlueprint } from "../blueprint/service.ts";
import type { Image } from "./image.ts";
import type { Launch } from "./parts.ts";
import { type Place, substitutions } from "./substitutions.ts";
import type { ContainerProcess } from "./task.ts";

/** What every Linux image has, and a process without it would not find its own tools. */
const IMAGE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Environment of a task, in the order in which later ones win: the image's, the container definition's, its secrets,
 * what a deployment changes. Then the things that differ here: `PORT` goes through the task's port map, as in
 * a container's bridge network; `HOST` keeps it on the loopback interface; the local authority stands beside Amazon's. And
 * `METRICS_INTERVAL_SECONDS` follows the stack's clock: a task tells its metrics once a minute of it.
 *
 * A container that listens on another port than the service registers gets a port that nobody calls: it is as
 * unreachable here as it would be there.
 */
export function taskLauncher(
  blueprint: Blueprint,
  image: Image,
  place: Place,
  { container, containerPort }: ServiceBlueprint = blueprint.service,
): Launch {
  const translate = substitutions(blueprint, place);
  const started = (each: ContainerBlueprint, folder: string, command?: string[]): ContainerProcess => {
    const environment: { [name: string]: string } = { PATH: IMAGE_PATH, ...image.environment };
    for (const [name, value] of Object.entries(each.environment)) environment[name] = translate(value);
    Object.assign(environment, each.secrets, { NODE_EXTRA_CA_CERTS: place.authorityFile });
    return {
      name: each.name,
      command: [...(each.entryPoint ?? image.entryPoint), ...(command ?? each.command ?? image.command)],
      folder,
      environment,
    };
  };
  return (change, port) => {
    const folder = change.image ?? image.folder;
    const main = started(container, folder, change.command);
    const { environment } = main;
    for (const [name, value] of Object.entries(change.environment ?? {})) {
      if (value === undefined) delete environment[name];
      else environment[name] = value;
    }
    const own = environment.PORT ?? image.ports[0];
    // 0 makes the system choose any free port: not the one that the balancer calls.
    if (own !== undefined) environment.PORT = Number(own) === containerPort ? String(port) : "0";
    environment.HOST = LOOPBACK;
    environment.METRICS_INTERVAL_SECONDS = String(Math.max(1, Math.round(60 / place.clock.speed)));
    const before = container.before.map((each) => started(each, folder));
    for (const each of before) Object.assign(each.environment, change.containers?.[each.name]);
    return { ...main, before };
  };
}
