/** Deploys a change of one setting, which is written into the settings file: a rotation, or the way back. */
import { readFileSync } from "node:fs";
import type { Session } from "../environment/session.ts";
import { replaceText, writeSetting } from "../environment/settings-file.ts";
import { type Deployed, type DeployOptions, deploy } from "./deploy.ts";

export interface ChangedSetting extends DeployOptions {
  /** The settings file. */
  readonly file: string;
  readonly setting: string;
  readonly value: string;
  /** Opens the session, with the file as it is by then. */
  readonly open: () => Session;
}

/**
 * The file is written first, so that a deployment that is cut short is gone on with by the next one. When nothing was
 * begun, it is put back as it was, unless somebody has changed it meanwhile.
 */
export async function deployChanged(options: ChangedSetting): Promise<Deployed> {
  const { file, setting, value, open, confirm, ...rest } = options;
  const before = readFileSync(file, "utf8");
  writeSetting(file, setting, value);
  const written = readFileSync(file, "utf8");
  let confirmed = false;
  try {
    return await deploy(open(), {
      ...rest,
      confirm: async (planned) => {
        await confirm(planned);
        confirmed = true;
      },
    });
  } catch (error) {
    if (!confirmed && readFileSync(file, "utf8") === written) replaceText(file, before);
    throw error;
  }
}
