import { UserError } from "../core/index.ts";

/** A TCP port that a security group rule opens. */
export class Port {
  static readonly HTTP = Port.tcp(80);
  static readonly HTTPS = Port.tcp(443);

  /** One TCP port. @throws UserError outside of 1–65535 */
  static tcp(port: number): Port {
    return new Port(port);
  }

  readonly number: number;

  private constructor(port: number) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new UserError(`Port ${port} does not exist: use 1 to 65535.`);
    }
    this.number = port;
  }

  toString(): string {
    return `tcp/${this.number}`;
  }
}
