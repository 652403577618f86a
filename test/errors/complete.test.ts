import { expect, test } from 'vitest';
import { ERROR_EXIT_CODES } from '../../src/errors.ts';
import { BUILD, INTERRUPTION, VERIFICATION } from './provocations/build.ts';
import { INPUTS } from './provocations/inputs.ts';
import { INTEGRITY } from './provocations/integrity.ts';
import { NETWORK } from './provocations/network.ts';
import { USAGE } from './provocations/usage.ts';

/** Types say so, too; this tells it in words. */
test('every error code has a command line that raises it: add yours to test/errors/provocations', () => {
  const all = { ...BUILD, ...USAGE, ...INPUTS, ...NETWORK, ...INTEGRITY, ...VERIFICATION, ...INTERRUPTION };
  expect(Object.keys(all).sort()).toEqual(Object.keys(ERROR_EXIT_CODES).sort());
});
