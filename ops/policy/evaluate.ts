/** What IAM would say of a request, by an identity-based policy alone. */
import type { PolicyDocument } from "./deployer-policy.ts";
import type { AuthorisationRequest } from "./request.ts";

/**
 * True when statements allow the action on each of the resources. As IAM's own rules for wildcards: `*` and `?`, in the
 * action without regard to case.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function allows({ Statement }: PolicyDocument, request: AuthorisationRequest): boolean {
  return request.resources.every((resource) =>
    Statement.some(
      ({ Action, Resource, Condition }) =>
        Action.some((pattern) => matches(pattern.toLowerCase(), request.action.toLowerCase())) &&
        Resource.some((pattern) => matches(pattern, resource)) &&
        holds(Condition as PassCondition | undefined, request),
    ),
  );
}

interface PassCondition {
  readonly StringEqualsIfExists?: { readonly "iam:PassedToService"?: readonly string[] };
}

/** The one condition that the policy has. @throws Error for any other: what is not understood must not pass */
function holds(condition: PassCondition | undefined, { passedTo }: AuthorisationRequest): boolean {
  if (!condition) return true;
  const services = condition.StringEqualsIfExists?.["iam:PassedToService"];
  if (!services) throw new Error(`This condition is not understood: ${JSON.stringify(condition)}.`);
  return passedTo === undefined || services.includes(passedTo);
}

const patterns = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
  let expression = patterns.get(pattern);
  if (!expression) {
    const source = [...pattern].map((letter) => ({ "*": ".*", "?": "." })[letter] ?? RegExp.escape(letter));
    expression = new RegExp(`^${source.join("")}$`, "s");
    patterns.set(pattern, expression);
  }
  return expression.test(text);
}
