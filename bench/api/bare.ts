// The least that Node can do: the bytes of files, read once, over node:http, with headers as large as the API's.
// Prints its address. Environment: BODIES (JSON: path → { file, headers }).
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const answers = new Map<string, { body: Buffer; headers: Record<string, string> }>();
const bodies: Record<string, { file: string; headers: Record<string, string> }> = JSON.parse(
  process.env.BODIES!,
);
for (const [path, { file, headers }] of Object.entries(bodies)) {
  answers.set(path, { body: readFileSync(file), headers });
}
const server = createServer((request, response) => {
  const answer = answers.get(request.url!);
  if (!answer) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, answer.headers).end(answer.body);
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as { port: number }).port}\n`);
});
