import { mkdirSync } from "node:fs";
import { App } from "cdktn";
import { UserError } from "../lib/aws/core/index.ts";
import { readSettings } from "../lib/settings.ts";
import { TapStack } from "../lib/tap-stack.ts";

try {
  const settings = readSettings(process.env);
  // cdktn makes the folder, but none above it.
  if (process.env.CDKTF_OUTDIR) mkdirSync(process.env.CDKTF_OUTDIR, { recursive: true });
  const app = new App({ stackTraces: false });
  new TapStack(app, "TapStack", settings);
  app.synth();
  if (!settings.originCertificateArn) {
    process.stderr.write(
      "CloudFront will speak plain HTTP to the load balancer, write keys included: set ORIGIN_DOMAIN_NAME and ORIGIN_CERTIFICATE_ARN.\n",
    );
  }
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
