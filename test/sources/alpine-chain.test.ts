import { expect, test } from 'vitest';
import { parseDependencies } from '../../src/formats/apk/index.ts';
import { resolve, Universe } from '../../src/sources/alpine/index.ts';
import { PackageTable } from '../../src/sources/alpine/package-table.ts';

/** More than a thread's stack has room for calls. */
const LENGTH = 6000;

test('packages in a chain of dependencies longer than the stack come last first', async () => {
  const records = Array.from({ length: LENGTH }, (_, index) => {
    const next = index + 1 < LENGTH ? `D:p${index + 1}\n` : '';
    return `C:${index}\nP:p${index}\nV:1\nI:1\n${next}`;
  });
  const index = new PackageTable(Buffer.from(records.join('\n')));
  const universe = new Universe([{ index }], Buffer.alloc(0));
  const { changes } = await resolve(universe, parseDependencies('p0'), () => undefined);
  const names = Array.from({ length: LENGTH }, (_, position) => `p${LENGTH - 1 - position}`);
  expect(changes.map((change) => change.new?.name.text)).toEqual(names);
});
