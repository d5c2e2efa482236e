// CommonJS and JavaScript, in the peer's favour: aws-cdk-lib loads only the services that are used (an ESM import
// evaluates every lazy export of its barrels), and no types are stripped.
if (process.env.COMPILE_CACHE) require("node:module").enableCompileCache();
const { App, Tags } = require("aws-cdk-lib/core");
const { CatalogStack } = require("./catalog-stack.js");

// All defaults of aws-cdk-lib; the output folder is where bench/synth.ts looks.
const app = new App({ outdir: process.env.CDK_OUTDIR });
const stack = new CatalogStack(app, "TapStack", {
  environmentSuffix: process.env.ENVIRONMENT_SUFFIX || "dev",
  // A fixed account and region: nothing is looked up.
  env: { account: "123456789012", region: "eu-north-1" },
});
Tags.of(stack).add("Environment", "production");
Tags.of(stack).add("Project", "catalog-api");
app.synth();
