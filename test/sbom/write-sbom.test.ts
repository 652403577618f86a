import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cook } from '../../src/library.ts';
import { checkSbom, type SbomFile } from '../../src/sbom/write-sbom.ts';
import { debianPackage } from '../support/ar-archive.ts';
import { cyclonedxFaults, spdxFaults } from '../support/sbom-judges.ts';
import { tarBlocks } from '../support/tar-blocks.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rootless-bake-sbom-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const CONTROL =
  'Package: hello\nVersion: 2.10-3\nArchitecture: amd64\nMaintainer: A <a@example.org>\nDescription: x\n';

async function cookWith(sboms: readonly SbomFile[]): Promise<void> {
  const deb = debianPackage([
    ['control.tar', tarBlocks([{ name: 'control', body: CONTROL }])],
    ['data.tar', tarBlocks([{ name: 'usr/bin/hello', body: 'hi' }])],
  ]);
  writeFileSync(join(folder, 'hello.deb'), deb);
  const recipe = {
    name: 'bill',
    cook: { base: { empty: true as const }, contents: [{ deb: join(folder, 'hello.deb') }] },
  };
  const root = await cook(recipe, { sboms, storeDirectory: join(folder, 'store') });
  await root.dispose();
}

describe('bills of materials of a cook', () => {
  test('are written when the root is cooked, each in the format of its name', async () => {
    const [spdx, cyclonedx] = ['a.spdx.json', 'a.cdx.json'].map((name) => join(folder, name));
    await cookWith([{ path: spdx! }, { path: cyclonedx!, files: true }]);
    const bill = JSON.parse(readFileSync(spdx!, 'utf8'));
    expect(spdxFaults(bill)).toEqual([]);
    expect(bill.packages.map(({ name }: { name: string }) => name)).toEqual(['bill', 'hello']);
    const other = JSON.parse(readFileSync(cyclonedx!, 'utf8'));
    expect(cyclonedxFaults(other)).toEqual([]);
    expect(other.components[0].components).toMatchObject([{ type: 'file', name: '/usr/bin/hello' }]);
    expect(readdirSync(folder).sort()).toEqual(['a.cdx.json', 'a.spdx.json', 'hello.deb', 'store']);
  });

  test('that cannot be written are refused before anything is cooked', async () => {
    writeFileSync(join(folder, 'old.cdx.json'), 'old');
    const refused = (file: Omit<SbomFile, 'path'> & { name: string }) => () =>
      checkSbom({ ...file, path: join(folder, file.name) });
    expect(refused({ name: 'bill.json' })).toThrow(expect.objectContaining({ code: 'RB_ARGUMENT' }));
    expect(refused({ name: 'old.cdx.json' })).toThrow(expect.objectContaining({ code: 'RB_OUTPUT_EXISTS' }));
    expect(refused({ name: 'no/bill.cdx.json' })).toThrow(
      expect.objectContaining({ code: 'RB_OUTPUT_UNWRITABLE' }),
    );
    expect(refused({ name: 'old.cdx.json', force: true })).not.toThrow();
    expect(refused({ name: 'bill.json', format: 'spdx' })).not.toThrow();
    await expect(cookWith([{ path: join(folder, 'bill.json') }])).rejects.toMatchObject({
      code: 'RB_ARGUMENT',
    });
    expect(readdirSync(folder).sort()).toEqual(['hello.deb', 'old.cdx.json']);
  });
});
