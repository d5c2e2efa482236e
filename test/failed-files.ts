import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";

/** A reporter for node:test: the files in which a test failed, one a line, relative to the working directory. `.ci/run` runs them again. */
export default async function* failedFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const seen = new Set<string>();
  for await (const event of events) {
    if (event.type !== "test:fail") continue;
    const file = event.data.file ?? event.data.name;
    if (seen.has(file)) continue;
    seen.add(file);
    yield `${relative("", file)}\n`;
  }
}
