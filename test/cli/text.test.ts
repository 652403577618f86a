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

  test('of others are faults of the program', () => {
    expect(toFailure(new TypeError('x is not a function'))).toMatchObject({
      code: 'RB_INTERNAL',
      exitCode: 1,
    });
    expect(toFailure('text')).toMatchObject({ code: 'RB_INTERNAL', message: 'text' });
  });
});
