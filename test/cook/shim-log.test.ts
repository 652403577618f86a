import { describe, expect, it } from 'vitest';
import { parseShimCall } from '../../src/cook/shims/shim-log.ts';

const parse = (text: string) => parseShimCall(Buffer.from(text, 'latin1'), 7n);

describe('parseShimCall', () => {
  it('reads program, folder, arguments and inodes', () => {
    const call = parse('chown\0/etc\0-R\0root:shadow\0a file\0\0' + '12 a file\n');
    expect(call).toEqual({
      program: 'chown',
      cwd: '/etc',
      args: ['-R', 'root:shadow', 'a file'],
      inodes: new Map([['a file', 12n]]),
      time: 7n,
    });
  });

  it('keeps empty arguments, newlines and bytes that are not UTF-8', () => {
    expect(parse('chmod\0/\0\0a\nb\0\xff\0\0')?.args).toEqual(['', 'a\nb', '\udcff']);
  });

  it('reads a call without arguments', () => {
    expect(parse('chown\0/\0\0')?.args).toEqual([]);
  });

  it.each(['', 'chown', 'chown\0', 'chown\0/etc\0-R', '\0\0', 'chown\0etc\0\0'])(
    '%j is not complete',
    (text) => {
      expect(parse(text)).toBeUndefined();
    },
  );
});
