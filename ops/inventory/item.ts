/** A resource that exists in the account. */
export interface Item {
  /** Terraform's type: `aws_subnet`. */
  readonly type: string;
  /** What `terraform import` takes for this type. */
  readonly id: string;
  /**
   * What tells it from others of its type without knowing an id: its name, its `Name` tag, or, for what has neither, the
   * name of what it belongs to.
   */
  readonly name: string;
  /** The VPC that it stands in, for what stands in one. */
  readonly vpc?: string | undefined;
  /** Its region, where that is not the stack's own. */
  readonly region?: string | undefined;
  /** What AWS's calls about it name beside its id: a rule's group, a policy's target. */
  readonly parent?: string | undefined;
}

/** The `Name` tag in either of AWS's spellings of a tag; empty when there is none. */
export function nameTag(tags: readonly { Key?: string; Value?: string }[] | undefined): string {
  return tags?.find(({ Key }) => Key === "Name")?.Value ?? "";
}

/** All items of an asynchronous sequence of pages. */
export async function all<Page, T>(
  pages: AsyncIterable<Page>,
  pick: (page: Page) => readonly T[] | undefined,
): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) items.push(...(pick(page) ?? []));
  return items;
}
