import { UserError } from "./errors.ts";

/** A length of time. Made by its unit, read in the unit that the consumer needs. */
export class Duration {
  static seconds(amount: number): Duration {
    return new Duration(amount);
  }

  static minutes(amount: number): Duration {
    return new Duration(amount * 60);
  }

  static hours(amount: number): Duration {
    return new Duration(amount * 3_600);
  }

  static days(amount: number): Duration {
    return new Duration(amount * 86_400);
  }

  readonly #seconds: number;

  private constructor(seconds: number) {
    if (!(seconds >= 0))
      throw new UserError(`A duration cannot be negative, got ${seconds} s: use 0 or more.`);
    this.#seconds = seconds;
  }

  toSeconds(): number {
    return this.#seconds;
  }

  /** @throws UserError when the duration is not a whole number of days. */
  toDays(): number {
    const days = this.#seconds / 86_400;
    if (!Number.isInteger(days))
      throw new UserError(`${this.#seconds} s is not a whole number of days: use Duration.days().`);
    return days;
  }
}
