import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareNames, decodeName, encodeName, isEscaped } from '../../src/tree/name.ts';

describe('names', () => {
  it('keeps valid UTF-8 as itself', () => {
    expect(decodeName(Buffer.from('größe-文件-🎂'))).toBe('größe-文件-🎂');
  });

  it('escapes bytes that are not UTF-8', () => {
    const name = decodeName(Buffer.from([0x61, 0xff, 0xc3, 0x62]));
    expect(name).toBe('a\udcff\udcc3b');
    expect(isEscaped(name)).toBe(true);
    expect(isEscaped('🎂')).toBe(false);
  });

  it('gives back any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(Buffer.from(encodeName(decodeName(bytes)))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('orders by bytes, whatever UTF-16 says', () => {
    const names = ['\uffee', '🎂', 'z', 'a', '\udcff', 'é'];
    const byBytes = [...names].sort((a, b) => Buffer.compare(encodeName(a), encodeName(b)));
    expect([...names].sort(compareNames)).toEqual(byBytes);
  });
});
