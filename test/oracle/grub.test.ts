/** Scripts of GRUB, against the parser that GRUB brings. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseEnvironmentBlock, parseGrubScript } from '../../src/formats/grub/index.ts';
import { findTool, judge, oracle } from '../support/oracle.ts';
import { runs } from '../support/seed.ts';

let folder: string;

oracle({ tools: ['grub-script-check', 'grub-editenv'] })('GRUB', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-grub-script-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('takes the scripts that we take, and no others', () => {
    const piece = fc.constantFrom(
      ...[
        'if',
        'then',
        'elif',
        'else',
        'fi',
        'for',
        'in',
        'while',
        'until',
        'do',
        'done',
        'function',
        'name',
      ],
      ...['{', '}', ';', '\n', ' ', ' ', ' ', '\n', 'true', 'x=1', '$x', '$$', '"a b"', "'c d'", '"$x"'],
      ...[
        '\\',
        '\\\n',
        '"',
        "'",
        '$',
        '#',
        '[',
        ']',
        '!',
        '[[',
        ']]',
        '&&',
        '|',
        '<',
        '1',
        '$'.concat('{'),
        '$'.concat('{x}'),
        '$1',
        '$@',
      ],
      ...[
        'if true; then true; fi',
        'menuentry "a" {\n true\n}',
        'function f {\n true\n}',
        'for a in b c; do true; done',
      ],
      ...[
        'while false; do true; done',
        'echo if { true; }',
        'if a\nthen b\nelif c; then d;\nelse e\nfi',
        '$"t"',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 7 }), (pieces) => {
        // A comment keeps the script from having no command at all, which the judge refuses.
        const text = `true\n${pieces.join('')}\n`;
        expect([text, parseGrubScript(text).problem === undefined]).toEqual([text, isTaken(text)]);
      }),
      { numRuns: runs(400) },
    );
  });

  it('writes environments that we read', () => {
    const path = join(folder, 'grubenv');
    judge('grub-editenv', [path, 'create']);
    judge('grub-editenv', [
      path,
      'set',
      'a=one',
      'b=two words',
      'c=back\\slash',
      'd=',
      'e=x=y',
      'f=line\nbreak',
    ]);
    judge('grub-editenv', [path, 'unset', 'd']);
    const block = judge('cat', [path]);
    expect([...parseEnvironmentBlock(block)]).toEqual([
      ['a', 'one'],
      ['b', 'two words'],
      ['c', 'back\\slash'],
      ['e', 'x=y'],
      ['f', 'line\nbreak'],
    ]);
  });
});

function isTaken(text: string): boolean {
  const path = join(folder, 'script');
  writeFileSync(path, text);
  const { status } = spawnSync(findTool('grub-script-check')!, [path]);
  if (status === null) throw new Error('grub-script-check was ended');
  return status === 0;
}
