import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonFault } from '../../src/recipe/json-fault.ts';
import { runs } from '../support/seed.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a text that is no JSON', () => {
  test.each([
    ['{"a": 1,}', 8, 'there is "}" where a key in double quotes must be'],
    ['{"a": 1\n "b": 2}', 9, 'there is "\\"" where "," or "}" must be'],
    ['{a: 1}', 1, 'there is "a" where a key in double quotes must be'],
    ["{'a': 1}", 1, 'there is "\'" where a key in double quotes must be'],
    ['{"a" 1}', 5, 'there is "1" where ":" must be'],
    ['{"a": 1', 7, 'the text ends where "," or "}" must be'],
    ['{"a": tru}', 6, 'there is "t" where a value must be'],
    ['{"a": 01}', 6, 'there is "0" where a value must be'],
    ['// x\n{}', 0, 'there is "/" where a value must be: JSON has no comments'],
    ['{} x', 3, 'there is "x" where nothing more must be'],
    ['["a\tb"]', 1, 'this text has no end, or holds what must be escaped'],
    ['', 0, 'the text ends where a value must be'],
  ])('%j', (text, offset, message) => {
    expect(isJson(text)).toBe(false);
    expect(jsonFault(text)).toMatchObject({ offset, message });
  });

  test('is what JSON.parse takes for none', () => {
    const edited = fc.json().chain((text) =>
      fc
        .record({
          at: fc.nat(text.length),
          cut: fc.nat(2),
          put: fc.constantFrom('', ',', '"', '0', ' ', '\u007f', '}', '\\u', 'e1', '-'),
        })
        .map(({ at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut)),
    );
    fc.assert(
      fc.property(edited, (text) => {
        expect(jsonFault(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: runs(2000) },
    );
  });
});
