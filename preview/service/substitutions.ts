/**
 * The one place where the stack's world becomes this machine's: what a task is given in AWS, with the names, ports
 * and address ranges that are elsewhere here put in place of the real ones. Anything else stays as the stack says, so
 * that a wrong value is as wrong here as there.
 */

import { LOOPBACK } from "../../local/ports.ts";
import type { Blueprint } from "../blueprint/index.ts";
import { ENDPOINT_HOSTS } from "../database-endpoint.ts";

export interface Place {
  /** Port of the database's endpoints here. */
  databasePort: number;
  /** File with the local authority that stands for Amazon's RDS authorities. */
  authorityFile: string;
  /** The stack's. */
  clock: { readonly speed: number };
}

/** @returns the value of one variable as the task gets it here. */
export function substitutions(blueprint: Blueprint, place: Place): (value: string) => string {
  const { database, balancer } = blueprint;
  const words = new Map([
    [String(database.port), String(place.databasePort)],
    // Where the balancer stands is where the tasks see it calling from.
    ...balancer.subnetRanges.map((range): [string, string] => [range, `${LOOPBACK}/32`]),
  ]);
  return (value) =>
    value
      .replaceAll(
        `${database.readerEndpoint}:${database.port}`,
        `${ENDPOINT_HOSTS.READER}:${place.databasePort}`,
      )
      .replaceAll(`${database.endpoint}:${database.port}`, `localhost:${place.databasePort}`)
      .replaceAll(database.readerEndpoint, ENDPOINT_HOSTS.READER)
      .replaceAll(database.endpoint, "localhost")
      .split(",")
      .map((word) => words.get(word.trim()) ?? word)
      .join(",");
}
