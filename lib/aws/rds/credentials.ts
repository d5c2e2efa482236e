import type { Secret } from "../secretsmanager/index.ts";

/** Name and password of the cluster's main user. */
export class Credentials {
  /** The password is the secret's whole value. */
  static fromSecret(secret: Secret, username: string): Credentials {
    return new Credentials(username, secret);
  }

  readonly username: string;
  readonly secret: Secret;

  private constructor(username: string, secret: Secret) {
    this.username = username;
    this.secret = secret;
  }
}
