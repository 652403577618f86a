import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { type Provocation, type Provocations, Stage } from './provocation.ts';

/**
 * Tests that every code of a table is raised by its command line, as text and with `--json`: code, exit code, one
 * hint, nothing or one object on stdout, and nothing half written.
 */
export function raises(provocations: Provocations<ErrorCode> | Partial<Provocations<ErrorCode>>): void {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.set(inject('product'));
  });
  afterEach(() => stage.clear());

  test.each(Object.entries(provocations))('%s', async (code, provoke) => {
    const provocation = await provoke(stage);
    const { args, env, where, ...refusal } = provocation;
    const expected = { code: code as ErrorCode, ...refusal };
    const all = { RB_CACHE_DIR: stage.cache, ...env };
    await stage.work.refuses(args, expected, all);
    const { error } = await stage.work.refusesInJson(args, expected, all);
    if (where) expect(error.where).toEqual({ file: recipeOf(provocation), ...where });
    const { file, line, column } = error.where ?? {};
    expect(error.message.startsWith(`${file}:${line}:${column}: `)).toBe(file !== undefined);
  });
}

function recipeOf({ args }: Provocation): string {
  return args.find((word) => /\.(?:ya?ml|json|mjs|ts)$/.test(word))!;
}
