import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import swagger from "@fastify/swagger";
import type { FastifyReply, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { SHARED } from "../catalog/schemas.ts";
import { packageVersion } from "../config.ts";
import { describeRoute, finish, frame } from "../contract/document.ts";
import { etagOf } from "../http/etag.ts";
import { isWanted } from "../http/preconditions.ts";
import { Problem } from "../http/problem.ts";
import { sendNotModified } from "../http/send.ts";

/** The style sheet has a dark theme, which only the bundle's own frame of a page turns on. */
const INITIALIZER = `document.documentElement.classList.toggle("dark-mode", matchMedia("(prefers-color-scheme: dark)").matches);
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#ui", deepLinking: true, validatorUrl: null });\n`;
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Catalogue API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/initializer.js"></script>
</body>
</html>
`;
/** Everything comes from this origin; the reference works without the internet. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";
const FILES: Record<string, string> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
};

/** `/openapi.json` from the routes' schemas, and a reference page over it. */
export default fp(
  async (app, { reference }: { reference: boolean }) => {
    for (const schema of SHARED) app.addSchema(schema);
    await app.register(swagger, {
      refResolver: { buildLocalReference: (schema) => String(schema.$id) },
      openapi: frame(packageVersion()) as never,
      transform: describeRoute as never,
      transformObject: finish as never,
    });

    let document: Buffer | undefined;
    app.get("/openapi.json", { schema: { hide: true } }, (request, reply) => {
      document ??= Buffer.from(JSON.stringify(app.swagger()));
      return sendStatic(request, reply, document, "application/json; charset=utf-8");
    });
    if (!reference) return;
    const page = Buffer.from(PAGE);
    app.get("/docs", { schema: { hide: true } }, (request, reply) => {
      reply.header("content-security-policy", POLICY);
      return sendStatic(request, reply, page, "text/html; charset=utf-8");
    });
    app.get<{ Params: { file: string } }>(
      "/docs/:file",
      { schema: { hide: true } },
      async (request, reply) => {
        const { file } = request.params;
        if (file === "initializer.js")
          return sendStatic(request, reply, Buffer.from(INITIALIZER), FILES["swagger-ui-bundle.js"]!);
        const type = Object.hasOwn(FILES, file) ? FILES[file] : undefined;
        if (!type) throw new Problem("not-found", "the reference has no such file");
        return sendStatic(request, reply, await asset(file), type);
      },
    );
  },
  { name: "openapi" },
);

/** Only the page's files are used of @fastify/swagger-ui: its plugin loads a file server at start. */
const folder = join(dirname(createRequire(import.meta.url).resolve("@fastify/swagger-ui")), "static");
const assets = new Map<string, Promise<Buffer>>();

function asset(file: string): Promise<Buffer> {
  const known = assets.get(file) ?? readFile(join(folder, file));
  assets.set(file, known);
  return known;
}

function sendStatic(request: FastifyRequest, reply: FastifyReply, body: Buffer, type: string): FastifyReply {
  const etag = etagOf(body);
  const wanted = isWanted(request.headers, etag);
  reply.headers({ etag, "cache-control": "public, max-age=300", "x-request-id": request.id });
  if (!wanted) return sendNotModified(reply);
  return reply.type(type).send(body);
}
