/** Whether the tasks of a service could be started now, of the revision that runs and of the one that is wanted. */
import { type ApiResponse, type Call, json, parameters } from "../call.ts";

interface Revision {
  readonly role: string;
  readonly secrets: readonly string[];
  readonly images: readonly string[];
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: string | string[];
}

interface Container {
  readonly image: string;
  readonly secrets?: readonly { readonly valueFrom: string }[];
}

interface Service {
  readonly running: string;
  readonly wanted: string;
}

export class Tasks {
  readonly #revisions = new Map<string, Revision>();
  readonly #services = new Map<string, Service>();
  readonly #secrets = new Set<string>();
  readonly #policies = new Map<string, Map<string, readonly Statement[]>>();

  observe(call: Call, answer: ApiResponse): void {
    if (call.service === "ecs") this.#ecs(call, answer);
    if (call.service === "secretsmanager") this.#secretsManager(call, answer);
    if (call.service === "iam") this.#iam(call);
  }

  /** What does not hold now. */
  broken(): string[] {
    return [...this.#services].flatMap(([name, { running, wanted }]) =>
      [...new Set([running, wanted])].flatMap((arn) =>
        this.#missing(arn).map((what) => `${name} cannot start a task of ${arn.split("/").at(-1)}: ${what}`),
      ),
    );
  }

  #missing(arn: string): string[] {
    const revision = this.#revisions.get(arn);
    if (!revision) return ["the revision is gone"];
    const may = (action: string, resource: string) =>
      [...(this.#policies.get(revision.role)?.values() ?? [])]
        .flat()
        .some(
          ({ Action, Resource }) => [Action].flat().includes(action) && [Resource].flat().includes(resource),
        );
    return [
      ...revision.secrets
        .filter((secret) => !this.#secrets.has(secret))
        .map((secret) => `${secret} is deleted`),
      ...revision.secrets
        .filter((secret) => !may("secretsmanager:GetSecretValue", secret))
        .map((secret) => `its role may not read ${secret}`),
      ...revision.images
        .flatMap(repositoryOf)
        .filter((repository) => !may("ecr:BatchGetImage", repository))
        .map((repository) => `its role may not pull from ${repository}`),
    ];
  }

  #ecs(call: Call, answer: ApiResponse): void {
    if (call.operation === "RegisterTaskDefinition") {
      const sent = json<{ executionRoleArn: string; containerDefinitions: Container[] }>(call);
      const { taskDefinition } = json<{ taskDefinition: { taskDefinitionArn: string } }>(answer);
      this.#revisions.set(taskDefinition.taskDefinitionArn, {
        role: sent.executionRoleArn.split("/").at(-1)!,
        secrets: sent.containerDefinitions.flatMap(({ secrets = [] }) =>
          secrets.map(({ valueFrom }) => valueFrom),
        ),
        images: sent.containerDefinitions.map(({ image }) => image),
      });
    }
    if (call.operation === "DeregisterTaskDefinition")
      this.#revisions.delete(json<{ taskDefinition: string }>(call).taskDefinition);
    if (call.operation === "CreateService" || call.operation === "UpdateService") {
      const { service, serviceName, taskDefinition } = json<Record<string, string>>(call);
      const name = (serviceName ?? service ?? "").split("/").at(-1)!;
      const running = this.#services.get(name)?.running ?? taskDefinition;
      if (taskDefinition && running) this.#services.set(name, { running, wanted: taskDefinition });
    }
    if (call.operation === "DeleteService")
      this.#services.delete(json<{ service: string }>(call).service.split("/").at(-1)!);
    // A service is only described as stable once its new tasks have taken over.
    if (call.operation === "DescribeServices") {
      const { services = [] } = json<{ services?: { serviceName: string; taskDefinition: string }[] }>(
        answer,
      );
      for (const { serviceName, taskDefinition } of services)
        if (this.#services.has(serviceName))
          this.#services.set(serviceName, { running: taskDefinition, wanted: taskDefinition });
    }
  }

  #secretsManager(call: Call, answer: ApiResponse): void {
    if (call.operation === "CreateSecret") this.#secrets.add(json<{ ARN: string }>(answer).ARN);
    if (call.operation === "DeleteSecret") this.#secrets.delete(json<{ SecretId: string }>(call).SecretId);
  }

  #iam(call: Call): void {
    const sent = parameters(call);
    const role = sent.get("RoleName") ?? "";
    const policies = this.#policies.get(role) ?? new Map<string, readonly Statement[]>();
    this.#policies.set(role, policies);
    if (call.operation === "PutRolePolicy")
      policies.set(sent.get("PolicyName")!, JSON.parse(sent.get("PolicyDocument")!).Statement);
    if (call.operation === "DeleteRolePolicy") policies.delete(sent.get("PolicyName")!);
  }
}

/** The ARN of the ECR repository that an image is in; none for another registry. */
function repositoryOf(image: string): string[] {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)/.exec(image);
  return match ? [`arn:aws:ecr:${match[2]}:${match[1]}:repository/${match[3]}`] : [];
}
