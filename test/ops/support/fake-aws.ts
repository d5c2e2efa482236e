import { type Aws, awsClients } from "../../../ops/aws.ts";

/** What a command answers, by its class's name; one of the edge's region by `edge` before it. */
export type Answers = Readonly<Record<string, (input: Record<string, unknown>) => unknown>>;

/** An error as a client throws it. */
export function awsError(name: string, status = 400): Error {
  const $fault = status >= 500 ? "server" : "client";
  return Object.assign(new Error(`${name}, says AWS`), {
    name,
    $fault,
    $metadata: { httpStatusCode: status },
  });
}

/** Clients that answer from a table, and nothing where it has no row. */
export function fakeAws(answers: Answers): Aws {
  const local = { endpoint: "http://127.0.0.1:1", credentials: { accessKeyId: "x", secretAccessKey: "x" } };
  const clients = awsClients({ local });
  for (const [name, client] of Object.entries(clients) as [string, { send: unknown }][]) {
    client.send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
      const own = command.constructor.name;
      const answer = (name.startsWith("edge") ? answers[`edge ${own}`] : undefined) ?? answers[own];
      return answer?.(command.input) ?? {};
    };
  }
  return clients;
}
