/** Entries of the Boot Loader Specification, against systemd's reading of them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareVersions, parseBlsEntry, sortBls } from '../../src/formats/bls/index.ts';
import { judge, oracle } from '../support/oracle.ts';
import { runs } from '../support/seed.ts';

let folder: string;

/** Versions as distributions have them, and what the rules have exceptions for. */
const version = fc
  .array(
    fc.constantFrom('0', '1', '2', '10', '010', 'a', 'B', 'rc', 'fc39', '.', '-', '^', '~', '_', '+', '..'),
    {
      maxLength: 7,
    },
  )
  .map((parts) => parts.join(''));

oracle({ tools: ['systemd-analyze', 'bootctl', 'unshare', 'mount'], root: true })('entries', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-bls-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('have versions that compare as systemd-analyze compares them', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        fc.pre(a !== '' && b !== '' && !a.startsWith('-') && !b.startsWith('-'));
        const told = judge('systemd-analyze', ['compare-versions', a, b], [0, 11, 12]);
        const sign = ['<', '==', '>'][Math.sign(compareVersions(a, b)) + 1];
        expect(told.trim().slice(a.length + 1, told.trim().length - b.length - 1)).toBe(sign);
      }),
      { numRuns: runs(150) },
    );
  });

  it('are read and sorted as bootctl does', () => {
    const word = fc.constantFrom('debian', 'fedora', 'a', 'B', 'x-1');
    const entry = fc.record(
      {
        title: fc.constantFrom('A title', '  two  blanks ', 'ünï'),
        version,
        'machine-id': fc.constantFrom('0'.repeat(32), '0123456789abcdef0123456789ABCDEF'),
        'sort-key': word,
        options: fc.constantFrom('root=UUID=1 ro', 'quiet "a b"', 'x\noptions y'),
        initrd: fc.constantFrom('/i', '/i\ninitrd /j'),
        unknown: word,
      },
      { requiredKeys: [] },
    );
    const name = fc.tuple(word, version, fc.constantFrom('', '+3', '+0-2', '+2-1', '+0'));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, entry), { minLength: 2, maxLength: 12 }), (items) => {
        const files = new Map<string, string>();
        for (const [index, [[stem, middle, counter], values]] of items.entries()) {
          const lines = Object.entries(values).map(([key, value]) => `${key}\t ${value}`);
          const text = `# comment\n\n${['linux /k', ...lines].join('\n')}\n`;
          // Each has a number, for two of one name and other counters are the same entry.
          files.set(`${stem}-${middle.replaceAll(/[+~^]/g, '_')}.${index}${counter}.conf`, text);
        }
        const told = bootctl(files);
        const sorted = sortBls([...files].map(([file, text]) => parseBlsEntry(text, file)));
        expect(
          sorted.map(
            ({ id, title, version: number, machineId, sortKey, options, initrds, linux, triesLeft }) => ({
              id: `${id}.conf`,
              title,
              version: number,
              machineId,
              sortKey,
              options: options === '' ? undefined : options,
              initrds: initrds.length === 0 ? undefined : initrds,
              linux,
              triesLeft,
            }),
          ),
        ).toEqual(told);
      }),
      { numRuns: runs(40) },
    );
  });
});

/** What bootctl lists of a file system of its own that has the entries. */
function bootctl(files: ReadonlyMap<string, string>): unknown[] {
  const source = mkdtempSync(join(folder, 'esp-'));
  mkdirSync(join(source, 'loader/entries'), { recursive: true });
  for (const name of ['k', 'i', 'j']) writeFileSync(join(source, name), '');
  for (const [name, text] of files) writeFileSync(join(source, 'loader/entries', name), text);
  const script = `mount -t tmpfs none /mnt; cp -a ${source}/. /mnt/; export SYSTEMD_RELAX_ESP_CHECKS=1
    exec bootctl --esp-path=/mnt --boot-path=/mnt list --json=short`;
  const lines = judge('unshare', ['-m', 'sh', '-euc', script]).trim().split('\n');
  return lines.map((line) => {
    const { id, title, version, machineId, sortKey, options, initrd, linux, triesLeft } = JSON.parse(line);
    return { id, title, version, machineId, sortKey, options, initrds: initrd, linux, triesLeft };
  });
}
