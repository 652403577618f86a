import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    chance: Chance;
  }
}

/** What random tests draw from, and how much. */
export interface Chance {
  /** RB_SEED: of the same seed comes the same run. */
  readonly seed: number;
  /** RB_RUNS: how many times as many examples as a test asks for. */
  readonly factor: number;
}

/** vitest's global set-up: one seed for the whole run, said once, so that the run can be repeated. */
export default function setup(project: TestProject): void {
  const chance = {
    seed: numberOf('RB_SEED') ?? 1 + Math.floor(Math.random() * (2 ** 31 - 1)),
    factor: numberOf('RB_RUNS') ?? 1,
  };
  project.provide('chance', chance);
  process.stderr.write(`Random tests: RB_SEED=${chance.seed} RB_RUNS=${chance.factor}\n`);
}

function numberOf(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  if (number > 0 && number < 2 ** 31) return number;
  throw new Error(`${name} must be a number above 0 and below 2^31, and is ${JSON.stringify(text)}`);
}
