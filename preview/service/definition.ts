/** From a task definition to the process that a task is here. */

import { LOOPBACK } from "../../local/ports.ts";
import type { Blueprint } from "../blueprint/index.ts";
import type { Image } from "./image.ts";
import type { Launch } from "./index.ts";
import { type Place, standIn } from "./stand-ins.ts";

/** What every Linux image has, and a process without it would not find its own tools. */
const imagePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Environment of a task, in the order in which later ones win: the image's, the container definition's, its secrets,
 * what a deployment changes. Then the three things that differ here: `PORT` goes through the task's port map, as in
 * a container's bridge network; `HOST` keeps it on the loopback interface; the local authority stands beside Amazon's.
 *
 * A container that listens on another port than the service registers gets a port that nobody calls: it is as
 * unreachable here as it would be there.
 */
export function taskLauncher(blueprint: Blueprint, image: Image, place: Place): Launch {
  const { container, containerPort } = blueprint.service;
  const translate = standIn(blueprint, place);
  return (change, port) => {
    const environment: { [name: string]: string } = { PATH: imagePath, ...image.environment };
    for (const [name, value] of Object.entries(container.environment)) environment[name] = translate(value);
    Object.assign(environment, container.secrets);
    for (const [name, value] of Object.entries(change.environment ?? {})) {
      if (value === undefined) delete environment[name];
      else environment[name] = value;
    }
    const own = environment.PORT ?? image.ports[0];
    // 0 makes the system choose any free port: not the one that the balancer calls.
    if (own !== undefined) environment.PORT = Number(own) === containerPort ? String(port) : "0";
    environment.HOST = LOOPBACK;
    environment.NODE_EXTRA_CA_CERTS = place.authorityFile;
    const command = change.command ?? container.command ?? image.command;
    return {
      command: [...(container.entryPoint ?? image.entryPoint), ...command],
      folder: image.folder,
      environment,
    };
  };
}
