/** Names that the rehearsal gives to what it makes. */

/** Credentials that moto takes; they open nothing anywhere. */
export const CREDENTIALS = { accessKeyId: "testing", secretAccessKey: "testing" };

/** Bucket and lock table of the Terraform states, made by the bootstrap command's own code. */
export const STATE = {
  bucket: "terraform-state-rehearsal",
  lockTable: "terraform-lock-rehearsal",
  region: "eu-north-1",
};

/** Two environments in one account. */
export const SUFFIXES = { calm: "calm", stormy: "stormy" };

/** Images that nobody pulls: moto runs no containers. */
export const IMAGES = {
  first: "registry.example/catalog-api:1.0.0",
  second: "registry.example/catalog-api:1.0.1",
};
