/** The image that a container runs. */
export class ContainerImage {
  /** An image in a registry, by its reference; prefer a digest or a tag that never moves. */
  static fromRegistry(reference: string): ContainerImage {
    return new ContainerImage(reference);
  }

  /**
   * Stands where an image is not known yet: the stack can be synthesised, tested and previewed, and `terraform plan`
   * refuses it with `errorMessage`, before anything is touched.
   */
  static placeholder(reference: string, errorMessage: string): ContainerImage {
    return new ContainerImage(reference, errorMessage);
  }

  readonly reference: string;
  readonly missing?: string;

  private constructor(reference: string, missing?: string) {
    this.reference = reference;
    this.missing = missing;
  }
}
