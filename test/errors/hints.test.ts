import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hintFaults } from '../support/hint-style.ts';
import { hintTexts } from '../support/hint-texts.ts';

const hints = hintTexts(resolve(import.meta.dirname, '../..'));

describe('hints in the source', () => {
  test('are found', () => {
    expect(hints.length).toBeGreaterThan(200);
  });

  test('are one sentence in lower case without a full stop', () => {
    const faults = hints.flatMap(({ place, text }) =>
      hintFaults(text).map((fault) => `${place}: ${fault}: ${text}`),
    );
    expect(faults).toEqual([]);
  });
});
