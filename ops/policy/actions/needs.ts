/** What a policy's statements are made of, and how what only looks is told from what changes. */

export interface Needs {
  /** IAM actions. */
  readonly actions: readonly string[];
  /**
   * Resources by name, with `SUFFIX`, `ACCOUNT`, `NUMBER` (the account's, within a name) and `REGION`; `*` where AWS knows no
   * other for one of the actions. Names are whole: a wildcard before the suffix `prod` would take in those of `eu-prod`, and
   * `role-*` the role of the deployer itself.
   */
  readonly resources: readonly string[];
}

/** For each type of resource. */
export type NeedsByType = Readonly<Record<string, Needs | readonly Needs[]>>;

export const on = (service: string, actions: readonly string[], resources: readonly string[]): Needs => ({
  actions: actions.map((action) => `${service}:${action}`),
  resources,
});

/** For actions that AWS knows no resource of by name. */
export const anywhere = (service: string, ...actions: readonly string[]): Needs =>
  on(service, actions, ["*"]);

/** What only looks may look everywhere: most of it knows no resource, and what is not there yet has none. */
export const split = (
  service: string,
  actions: readonly string[],
  resources: readonly string[],
): readonly Needs[] => {
  const looks = (action: string) => /^(?:Describe|List|Get)/.test(action);
  return [
    anywhere(service, ...actions.filter(looks)),
    on(
      service,
      actions.filter((action) => !looks(action)),
      resources,
    ),
  ];
};
