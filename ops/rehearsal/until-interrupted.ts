/**
 * What `work` resolves to, unless the signal aborts first: then what it stands on is disposed of at once, which is how it ends,
 * and the signal's reason is thrown when all of that is gone.
 *
 * @param resources disposed of in any case
 */
export async function untilInterrupted<Result>(
  signal: AbortSignal,
  resources: AsyncDisposableStack,
  work: () => Promise<Result>,
): Promise<Result> {
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  stopped.catch(() => undefined); // whoever is not interrupted does not wait for it
  const end = () => void resources.disposeAsync().finally(() => stop(signal.reason));
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  try {
    signal.throwIfAborted();
    return await Promise.race([work(), stopped]);
  } catch (error) {
    if (signal.aborted) await stopped;
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
    await resources.disposeAsync();
  }
}
