/** An argument's value in a draft; tests reach into it without ceremony. */
// biome-ignore lint/suspicious/noExplicitAny: the drafts are JSON that each mutation knows the shape of
export type Body = Record<string, any>;

/** One change to a configuration. */
export type Mutation = (draft: Draft) => void;

/** A copy of a synthesised configuration, to break in one way. */
export class Draft {
  readonly root: Body;

  constructor(root: object) {
    this.root = structuredClone(root);
  }

  /** Every resource of a type, or those whose name holds `part`. @throws when there is none: the mutation would be void */
  all(type: string, part = "", mode = "resource"): Body[] {
    const found = Object.entries<Body>(this.root[mode][type] ?? {}).filter(([name]) => name.includes(part));
    if (found.length === 0)
      throw new Error(`no ${mode} ${type} with '${part}' in its name: mend the mutation`);
    return found.map(([, body]) => body);
  }

  first(type: string, part?: string, mode?: string): Body {
    return this.all(type, part, mode)[0]!;
  }

  /** `aws_lb.Alb` of the first of a type. */
  address(type: string, part = "", mode = "resource"): string {
    const body = this.first(type, part, mode);
    const [name] = Object.entries<Body>(this.root[mode][type]).find(([, each]) => each === body)!;
    return `${mode === "resource" ? "" : `${mode}.`}${type}.${name}`;
  }

  add(type: string, name: string, body: Body): void {
    this.root.resource[type] = { ...this.root.resource[type], [name]: body };
  }

  remove(type: string, part = ""): void {
    const gone = this.all(type, part);
    for (const [name, body] of Object.entries<Body>(this.root.resource[type])) {
      if (gone.includes(body)) delete this.root.resource[type][name];
    }
  }

  /** Changes a JSON text inside of an argument. */
  editJson(body: Body, argument: string, edit: (parsed: Body) => void): void {
    const parsed = JSON.parse(body[argument]);
    edit(parsed);
    body[argument] = JSON.stringify(parsed);
  }

  /** Changes the API's container. */
  container(edit: (container: Body) => void): void {
    this.editJson(this.first("aws_ecs_task_definition"), "container_definitions", (containers) =>
      edit(containers[0]),
    );
  }

  /** Takes a security group rule away, by direction and port. */
  close(direction: "ingress" | "egress", port: number): void {
    const rules: Record<string, Body> = this.root.resource[`aws_vpc_security_group_${direction}_rule`];
    const [name] = Object.entries(rules).find(([, rule]) => rule.from_port === port)!;
    delete rules[name];
  }

  /** Takes the entries that hold `part` out of a `depends_on`. @throws when there is none */
  forget(body: Body, ...parts: string[]): void {
    const kept = body.depends_on.filter((address: string) => !parts.some((part) => address.includes(part)));
    if (kept.length === body.depends_on.length)
      throw new Error(`nothing waits for ${parts}: mend the mutation`);
    body.depends_on = kept;
  }
}
