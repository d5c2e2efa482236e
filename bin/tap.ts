import { App } from "cdktn";
import { makeFolder } from "../cli/folder.ts";
import { systemErrorInWords } from "../cli/system-error.ts";
import { UserError } from "../lib/aws/core/index.ts";
import { readSettings } from "../lib/settings.ts";
import { TapStack } from "../lib/tap-stack.ts";

const outdir = process.env.CDKTF_OUTDIR || "cdktf.out";
try {
  const settings = readSettings(process.env);
  // cdktn makes the folder, but none above it.
  makeFolder(outdir);
  const app = new App({ stackTraces: false, outdir });
  new TapStack(app, "TapStack", settings);
  app.synth();
  if (!settings.originCertificateArn) {
    process.stderr.write(
      "CloudFront will speak plain HTTP to the load balancer, write keys included: set ORIGIN_DOMAIN_NAME and ORIGIN_CERTIFICATE_ARN.\n",
    );
  }
} catch (error) {
  const refused = systemErrorInWords(error);
  if (!(error instanceof UserError) && !refused) throw error;
  const message = refused
    ? `${refused} Set CDKTF_OUTDIR to a folder that can be written to.`
    : (error as UserError).message;
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
