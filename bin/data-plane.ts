/** The preview as the data plane of the rehearsal's AWS API: what ECS, the balancer and the edge say is what it does. */
import { join } from "node:path";
import type { Aws } from "../ops/aws.ts";
import { secretValues, stackFileOf } from "../ops/rehearsal/data-plane/applied.ts";
import type { StartDataPlane } from "../ops/rehearsal/data-plane/data-plane.ts";
import { PreviewDataPlane } from "../preview/data-plane.ts";

/**
 * @param folder databases and logs of the previews
 * @param aws holds the secrets
 * @param say called with what goes on, a line at a time
 */
export function previewDataPlane(folder: string, aws: Aws, say: (line: string) => void): StartDataPlane {
  return ({ suffix, ...service }) => {
    const plane = new PreviewDataPlane(service);
    const stackFile = stackFileOf(service.name, suffix);
    const stateFolder = join(folder, suffix);
    if (stackFile)
      void plane.start({ stackFile, stateFolder, secrets: () => secretValues(aws, suffix), say });
    else plane.fail(`the synthesised stack of '${suffix}' is not in .catalog or cdktf.out on this machine`);
    return plane;
  };
}
