import { testHost } from './host.ts';

/** How often the event loop turns until the work is done. */
export async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const turn = (): void => {
    turns += 1;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isDone = true;
  return turns;
}

/** Breathes at every call, as if each step took long: what is counted are the places where it may. */
export function slowHost(): ReturnType<typeof testHost>['host'] {
  let time = 0;
  return testHost({ now: () => (time += 1000) }).host;
}
