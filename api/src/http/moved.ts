/** What is asked for has another address (RFC 9110, section 15.4.2). Thrown anywhere below a read. */
export class Moved extends Error {
  override name = "Moved";
  readonly location: string;

  constructor(location: string) {
    super(`moved to ${location}`);
    this.location = location;
  }
}
