export { Secret, type SecretProps } from "./secret.ts";
