/** Tasks carried out side by side, past what fails, so that a run of an hour tells all that does not hold. */

export interface Task<Context> {
  readonly name: string;
  readonly run: (context: Context) => Promise<unknown>;
  /** Whether its context is of no use to other tasks. @default false */
  readonly usesUp?: boolean;
}

export interface Failure {
  readonly name: string;
  readonly error: unknown;
}

export interface RunAllOptions<Context> {
  /** How many tasks are carried out side by side, each of the workers in a context of its own. */
  readonly concurrency: number;
  /** Makes a context: for the first task of a worker, and after a task that used it up or failed, since nobody knows what that one left. */
  readonly makeContext: () => Promise<Context>;
  /** Nothing more is begun once it is aborted. */
  readonly signal: AbortSignal;
}

/**
 * Carries out every task once, in order.
 *
 * @returns those that failed, in the order in which they did
 * @throws the signal's reason
 */
export async function runAll<Context>(
  tasks: readonly Task<Context>[],
  { concurrency, makeContext, signal }: RunAllOptions<Context>,
): Promise<Failure[]> {
  const left = [...tasks];
  const failures: Failure[] = [];
  const worker = async () => {
    let context: Promise<Context> | undefined;
    for (let task = left.shift(); task; task = left.shift()) {
      signal.throwIfAborted();
      try {
        context ??= makeContext();
        await task.run(await context);
        if (task.usesUp) context = undefined;
      } catch (error) {
        signal.throwIfAborted();
        failures.push({ name: task.name, error });
        context = undefined;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, tasks.length) }, worker));
  return failures;
}
