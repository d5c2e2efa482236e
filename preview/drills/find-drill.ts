import { UserError } from "../../cli/user-error.ts";
import type { Drill } from "./drill.ts";
import { drills } from "./scenarios/index.ts";

/** @throws a sentence that lists the drills there are */
export function findDrill(name: string): Drill {
  const drill = drills.find((drill) => drill.name === name);
  if (!drill) {
    throw new UserError(
      `There is no drill "${name}". There are: ${drills.map(({ name }) => name).join(", ")}.`,
    );
  }
  return drill;
}
