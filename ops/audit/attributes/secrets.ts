import { z } from "zod";
import { between, dependsOn, exactly, name, reference, replacedFirst, tags, text } from "./schema.ts";

const versionOf = (attribute: string) =>
  z.strictObject({
    secret_id: reference("aws_secretsmanager_secret_version", attribute),
    depends_on: dependsOn,
  });

export const secrets = {
  aws_secretsmanager_secret: z.strictObject({
    name,
    description: text,
    recovery_window_in_days: exactly(0),
    lifecycle: replacedFirst,
    tags,
  }),
  aws_secretsmanager_secret_version: z.strictObject({
    secret_id: reference("aws_secretsmanager_secret", "id"),
    secret_string_wo: reference("ephemeral.aws_secretsmanager_random_password", "random_password"),
    secret_string_wo_version: between(1, 9999),
    lifecycle: replacedFirst,
  }),
  "data.aws_secretsmanager_secret_version": versionOf("secret_id"),
  // A secret's id is known before it has a version: opened by it, a plan fails where an apply broke off between the two.
  "ephemeral.aws_secretsmanager_secret_version": versionOf("arn"),
  "ephemeral.aws_secretsmanager_random_password": z.strictObject({
    // Punctuation would have to be escaped in URLs and lists; the length makes up for it: 32 of 62 characters are 190 bits.
    exclude_punctuation: z.literal(true),
    password_length: between(32, 128),
  }),
};
