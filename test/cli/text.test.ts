import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { formatFailure, toFailure } from '../../src/cli/failure.ts';
import { bakeSummary } from '../../src/cli/summary.ts';
import { RootlessBakeError } from '../../src/errors.ts';

const plain = picocolors.createColors(false);

test('the summary of a bake', async () => {
  const text = bakeSummary({
    path: 'my images/alpine.img',
    size: 128 << 20,
    allocated: 25_690_112,
    sha256: 'ab'.repeat(32),
    uuid: '99999999-9999-9999-9999-999999999999',
    kernelRelease: '6.1.0-56-cloud-amd64',
    modules: ['virtio.ko', 'virtio_blk.ko'],
    packages: [{ name: 'openrc', version: '0.52.1-r2' }],
    directories: [
      { path: '/usr', bytes: 8_000_000, entries: 1 },
      { path: '/boot', bytes: 1_200_000, entries: 1 },
      { path: '/srv', bytes: 0, entries: 1 },
    ],
    times: [
      { step: 'packages', milliseconds: 1100 },
      { step: 'root file system', milliseconds: 61_000 },
    ],
    elapsed: 61_500,
  });
  await expect(text).toMatchFileSnapshot('goldens/summary.txt');
});

describe('errors', () => {
  const cause = new Error('EACCES');
  const error = new RootlessBakeError('RB_NETWORK', 'cannot fetch https://example.org/x', {
    hint: 'try again',
    cause,
  });

  test('have a code and a hint', () => {
    expect(formatFailure(error, plain, false)).toBe(
      'error[RB_NETWORK]: cannot fetch https://example.org/x\nhint: try again\n',
    );
    expect(toFailure(error).exitCode).toBe(3);
  });

  test('have stacks and causes with --debug', () => {
    const text = formatFailure(error, plain, true);
    expect(text).toMatch(/^RootlessBakeError: cannot fetch .*\n +at /m);
    expect(text).toMatch(/^caused by Error: EACCES\n +at /m);
  });

  test('have the causes of an aggregate, of each of them, and what is no error', () => {
    const first = new Error('no route', { cause: 'a text' });
    const both = new AggregateError([first, new Error('refused')], 'all failed');
    const text = formatFailure(
      new RootlessBakeError('RB_NETWORK', 'no answer', { cause: both }),
      plain,
      true,
    );
    const lines = text.split('\n').filter((line) => !/^ +at /.test(line));
    expect(lines).toEqual([
      'error[RB_NETWORK]: no answer',
      'hint: rootless-bake explain RB_NETWORK tells what it means',
      'more: rootless-bake explain RB_NETWORK',
      'RootlessBakeError: no answer',
      'caused by AggregateError: all failed',
      '  1 of 2: Error: no route',
      '  caused by a text',
      '  2 of 2: Error: refused',
      '',
    ]);
  });

  test('end where a cause is its own', () => {
    const round = new Error('round');
    round.cause = round;
    expect(formatFailure(round, plain, true).match(/Error: round/g)).toHaveLength(1);
  });

  test('carry their place', () => {
    const where = { file: 'cake.yaml', line: 4, column: 3 };
    const misspelt = new RootlessBakeError('RB_RECIPE_UNKNOWN_KEY', 'unknown', { where });
    expect(toFailure(misspelt)).toMatchObject({ where, exitCode: 2 });
    expect(toFailure(error)).not.toHaveProperty('where');
  });

  test('of others are faults of the program', () => {
    expect(toFailure(new TypeError('x is not a function'))).toMatchObject({
      code: 'RB_INTERNAL',
      exitCode: 1,
    });
    expect(toFailure('text')).toMatchObject({ code: 'RB_INTERNAL', message: 'text' });
  });
});
