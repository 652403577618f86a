import type { Pause } from '../../host.ts';

/** Work that yields what is to be done before it goes on. */
export type Steps = Generator<Steps, void>;

/**
 * Does work with what it yields, as calls would, on a stack of its own: chains of dependencies may be longer than the
 * stack of a thread is deep.
 *
 * @param pause called after each step
 */
export async function runSteps(work: Steps, pause: Pause): Promise<void> {
  const stack = [work];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const { value, done } = top.next();
    if (done) stack.pop();
    else stack.push(value);
    const due = pause();
    if (due) await due;
  }
}
