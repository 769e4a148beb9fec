/** steps: long work as a generator, which yields between its steps: done at once, or in slices between which others are heard. */

/** Does all of it now. */
export function finish<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Does it in slices of about so many milliseconds, each in a turn of the event loop. */
export async function inSlices<T>(steps: Generator<void, T>, sliceMs: number): Promise<T> {
  for (;;) {
    const end = performance.now() + sliceMs;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (performance.now() < end);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
