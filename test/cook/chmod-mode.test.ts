import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMode } from '../../src/cook/shims/chmod-mode.ts';

const apply = (word: string, mode: number, isDirectory = false) =>
  parseMode(word)?.(mode, isDirectory).toString(8);

describe('parseMode', () => {
  it.each([
    ['644', 0o755, '644'],
    ['4755', 0o600, '4755'],
    ['0', 0o777, '0'],
    ['u+s', 0o755, '4755'],
    ['g+s', 0o755, '2755'],
    ['+t', 0o777, '1777'],
    ['a-w', 0o666, '444'],
    ['+x', 0o644, '755'],
    ['+w', 0o444, '644'],
    ['go=', 0o755, '700'],
    ['u=rwx,g=rx,o=', 0o000, '750'],
    ['g=u', 0o640, '660'],
    ['o=g-w', 0o660, '664'],
    ['u=s', 0o755, '4055'],
    ['ug+rw,o-rwx', 0o407, '660'],
    ['-x', 0o755, '644'],
  ])('%s', (word, mode, expected) => {
    expect(apply(word, mode)).toBe(expected);
  });

  it('X is x for directories and for what some class can run', () => {
    expect(apply('a+X', 0o644)).toBe('644');
    expect(apply('a+X', 0o744)).toBe('755');
    expect(apply('a+X', 0o644, true)).toBe('755');
  });

  it.each(['', '8', '12345', 'u', 'z+x', 'u+rwx,', '--reference'])('%j is no mode', (word) => {
    expect(parseMode(word)).toBeUndefined();
  });

  it('never leaves the twelve bits', () => {
    const word = fc.stringMatching(/^[ugoa]{0,3}[-+=][rwxXst]{0,4}$/);
    fc.assert(
      fc.property(word, fc.nat(0o7777), fc.boolean(), (text, mode, isDirectory) => {
        const result = parseMode(text)!(mode, isDirectory);
        expect(result & ~0o7777).toBe(0);
      }),
    );
  });
});
