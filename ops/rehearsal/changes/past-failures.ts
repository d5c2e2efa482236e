/** Work in lanes that goes on past what fails, so that a run of an hour tells all that does not hold. */

export interface Task<Place> {
  readonly name: string;
  readonly run: (place: Place) => Promise<unknown>;
}

export interface Failure {
  readonly name: string;
  readonly error: unknown;
}

export interface PastFailuresOptions<Place> {
  /** How many tasks are carried out side by side, each lane in a place of its own. */
  readonly lanes: number;
  /** Makes a place: for the first task of a lane, and after a task that failed, since nobody knows what that one left. */
  readonly makePlace: () => Promise<Place>;
  /** Nothing more is begun once it is aborted. */
  readonly signal: AbortSignal;
}

/**
 * Carries out every task once, in order.
 *
 * @returns those that failed, in the order in which they did
 * @throws the signal's reason
 */
export async function pastFailures<Place>(
  tasks: readonly Task<Place>[],
  { lanes, makePlace, signal }: PastFailuresOptions<Place>,
): Promise<Failure[]> {
  const left = [...tasks];
  const failures: Failure[] = [];
  const lane = async () => {
    let place: Promise<Place> | undefined;
    for (let task = left.shift(); task; task = left.shift()) {
      signal.throwIfAborted();
      try {
        place ??= makePlace();
        await task.run(await place);
      } catch (error) {
        signal.throwIfAborted();
        failures.push({ name: task.name, error });
        place = undefined;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, tasks.length) }, lane));
  return failures;
}
